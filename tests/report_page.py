"""What a reader finds in a report, and what would keep some readers from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """ids, links and alternative texts of a page; figures numbered as their captions say; headings by level."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    tables: int = 0
    in_scrolling: int = 0
    _in_caption: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attributes}
        if "id" in known:
            self.ids.append(known["id"])
        if tag == "a":
            self.links.append(known["href"])
        if tag == "img":
            self.pictures.append(known.get("alt", ""))
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.in_scrolling += known.get("class") == "scroll" and known.get("tabindex") == "0" and bool(known.get("aria-label"))
        self._in_caption = tag == "b" and bool(self.pictures) and len(self.captions) < len(self.pictures)

    def handle_data(self, data: str) -> None:
        if self._in_caption:
            self.captions.append(data)
            self._in_caption = False

    def faults(self) -> list[str]:
        """Links to no place, ids given twice, figures without text or out of order, tables that do not scroll, levels skipped."""
        inner = [link[1:] for link in self.links if link.startswith("#")]
        found = [f"no place for #{link}" for link in inner if link not in self.ids]
        found += [f"{name} given twice" for name in set(self.ids) if self.ids.count(name) > 1]
        found += [f"figure {place}: text {text!r}" for place, text in enumerate(self.pictures, 1) if len(text) < 30 or text.endswith(". .")]
        wanted = [f"Figure {place}." for place in range(1, len(self.pictures) + 1)]
        found += [] if self.captions == wanted else [f"captions {self.captions}"]
        found += [] if self.tables == self.in_scrolling else [f"{self.tables} tables, {self.in_scrolling} that scroll"]
        return found + [f"h{two} after h{one}" for one, two in zip(self.headings, self.headings[1:], strict=False) if two > one + 1]


def page(text: str) -> Page:
    """Read a report."""
    found = Page()
    found.feed(text)
    return found
