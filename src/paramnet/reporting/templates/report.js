"use strict";
const make = (name, properties) => Object.assign(document.createElement(name), properties);

// Contents: folded where they stand above the text.
const folded = document.querySelector("nav details");
if (folded && matchMedia("(max-width: 75rem)").matches) folded.open = false;

// Tables: a button in each heading sorts by its column, numbers by their value and cells without one last.
const value = (row, column) => row.cells[column]?.dataset.value ?? row.cells[column]?.textContent.trim() ?? "";
const order = (a, b, sign) => {
  if (a === "" || b === "") return (a === "") - (b === "");
  return sign * (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b);
};
for (const table of document.querySelectorAll("table.sortable")) {
  const rows = [...table.tBodies[0].rows];
  for (const [column, heading] of [...table.tHead.rows[table.tHead.rows.length - 1].cells].entries()) {
    if (!heading.textContent.trim() || rows.length < 2) continue;
    const button = make("button", { type: "button", title: "sort" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.onclick = () => {
      const sign = heading.ariaSort === "descending" ? 1 : heading.ariaSort === "ascending" ? -1 : column ? -1 : 1;
      for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      rows.sort((a, b) => order(value(a, column), value(b, column), sign));
      table.tBodies[0].append(...rows);
    };
  }
}

// Figures: the link "full size" opens the figure over the page.
for (const figure of document.querySelectorAll("figure")) {
  const [picture, link] = [figure.querySelector("img"), figure.querySelector("a.full")];
  if (!picture || !link) continue;
  picture.onclick = link.onclick = (event) => {
    event.preventDefault();
    const dialog = make("dialog", { tabIndex: -1 });
    dialog.setAttribute("aria-label", figure.querySelector("b").textContent);
    const close = make("button", { type: "button", textContent: "close" });
    close.onclick = dialog.onclick = () => dialog.close();
    dialog.onclose = () => { dialog.remove(); link.focus(); };
    dialog.append(close, picture.cloneNode());
    document.body.append(dialog);
    dialog.showModal();
  };
}
