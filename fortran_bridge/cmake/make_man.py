"""Turn the bridge's README.md into a manual page: `make_man.py README.md VERSION paramnet.3`. Standard library only."""

import re
import sys
from pathlib import Path


def inline(text: str) -> str:
    """Escapes, then `code` and **bold** in bold, links as their words."""
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text.replace("\\", r"\e").replace("-", r"\-"))
    text = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"\\fB\1\\fR", text)
    return r"\&" + text if text.startswith((".", "'")) else text


def rows(line: str) -> list[str]:
    """Cells of a table's line that are not empty."""
    return [cell.strip() for cell in line.strip().strip("|").split("|") if cell.strip()]


def table(lines: list[str]) -> list[str]:
    """Each row as a tagged paragraph: the first cell is the tag."""
    page = []
    for line in lines:
        if cells := rows(line):
            page += [".TP", inline(cells[0]), inline("; ".join(cells[1:])) or r"\&"]
    return [*page, ".PP"]


def body(lines: list[str]) -> list[str]:
    """Headings, code, tables, lists and paragraphs, in order."""
    page: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if line.startswith("```"):
            end = lines.index("```", position)
            page += [".PP", ".nf", ".RS 4", *(inline(code) or ".sp" for code in lines[position:end]), ".RE", ".fi", ".PP"]
            position = end + 1
        elif line.startswith("|"):
            start = position - 1
            while position < len(lines) and lines[position].startswith("|"):
                position += 1
            head, rule, *rest = lines[start:position]
            page += table(rest if set(rule) <= set("|- ") else [head, rule, *rest])
        elif heading := re.match(r"(#+) (.+)", line):
            page.append(f"{'.SH' if heading[1] == '##' else '.SS'} {inline(heading[2])}")
        elif item := re.match(r"(?:-|\d+\.) (.+)", line):
            page += [r".IP \(bu 2", inline(item[1])]
        else:
            page.append(inline(line.strip()) or ".PP")
    return page


def main() -> None:
    source, version, target = sys.argv[1:]
    lines = Path(source).read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("## "))
    title = f'.TH PARAMNET 3 "" "paramnet {version}" "paramnet manual"'
    Path(target).write_text("\n".join([title, *body(lines[start:])]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
