"""Contents, numbers, figures and tables that all reports share."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from paramnet.reporting import style
from paramnet.reporting.html import contents, environment, link_between
from paramnet.reporting.picture import Picture, numbered


def test_headings_of_the_same_text_have_different_places() -> None:
    found = contents("<h2>Rain &amp; snow</h2><p>x</p><h3>Rain</h3><h2>Rain</h2><h1>Title</h1>")
    assert [(level, place) for level, place, _ in found.headings] == [(2, "rain-snow"), (3, "rain"), (2, "rain--2")]
    assert '<h2 id="rain--2">Rain</h2>' in found.body and "<h1>Title</h1>" in found.body


def test_a_page_links_to_another_once_and_only_if_it_can(tmp_path: Path) -> None:
    report, other = tmp_path / "comparison" / "report.html", tmp_path / "skill" / "report.html"
    assert link_between(report, other, "a comparison") == ""
    other.parent.mkdir()
    other.write_text("<ul><!--further reports--></ul>")
    for _ in range(2):
        assert link_between(report, other, "<a comparison>") == "../skill/report.html"
    assert other.read_text() == ('<ul><li><a href="../comparison/report.html">&lt;a comparison&gt;</a></li><!--further reports--></ul>')


def test_figures_are_numbered_in_order_without_those_that_were_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "one.svg").write_text("<svg/>")
    drawn = [(None, "a", "t", "c", "w"), (tmp_path / "one.svg", "b", "title", "caption", "what it shows")]
    (only,) = numbered(drawn)
    assert only == Picture(tmp_path / "one.svg", 1, "b", "title", "caption", "what it shows")
    assert only.source == "data:image/svg+xml;base64,PHN2Zy8+" and only.link == f"{tmp_path.name}/one.svg"


def test_a_large_drawing_becomes_a_raster_and_replaces_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with style.figure_style():
        figure, axes = plt.subplots()
        axes.plot(np.arange(3))
        assert style.save(figure, tmp_path, "line").suffix == ".svg"
        monkeypatch.setattr(style, "LARGEST", 1000)
        figure, axes = plt.subplots()
        axes.plot(np.arange(3))
        assert style.save(figure, tmp_path, "line").suffix == ".png"
    assert [path.name for path in tmp_path.iterdir()] == ["line.png"]


@pytest.mark.parametrize("name", list(style.COLOURS))
def test_lines_are_seen_on_white(name: str) -> None:
    assert contrast(style.COLOURS[name], "#ffffff") >= 3.0


@pytest.mark.parametrize(("which", "ground"), [(0, "paper"), (1, "paper"), (0, "box"), (1, "box")])
def test_text_of_the_page_is_read_in_both_schemes(which: int, ground: str) -> None:
    colours = schemes()[which]
    for name in ("ink", "soft", "good", "bad", "link"):
        assert contrast(colours[name], colours[ground]) >= 4.5, name


@pytest.mark.parametrize(
    ("minus", "better"),
    [({"low": 0.1, "high": 0.3}, True), ({"low": -0.1, "high": 0.3}, False), ({"low": None, "high": None}, False), ({}, False)],
)
def test_a_score_is_bold_only_if_the_interval_of_its_difference_excludes_zero(minus: dict, better: bool) -> None:
    row = {"r2": 0.5, "low": {"r2": 0.4}, "high": {"r2": 0.6}, "learned_minus": {"linear": {"r2": minus}}}
    assert (_macro("better(row, 'r2', ['linear'])", row) == "yes") == better
    shown = _macro("cell(row.r2, 2, row, 'r2')", row)
    assert "0.50" in shown and "[0.40, 0.60]" in shown


@pytest.mark.parametrize(("low", "high", "significant"), [(1.2, 3.0, True), (0.4, 0.8, True), (0.9, 1.4, False), (0.9, None, False)])
def test_a_ratio_is_bold_only_if_its_interval_excludes_one(low: float, high: float | None, significant: bool) -> None:
    shown = _macro("ratio(1.3, row, 'pass')", {"value": 1.3, "low": low, "high": high})
    assert ("significant" in shown) == significant and "1.3" in shown


def _macro(call: str, row: dict) -> str:
    source = "{% import 'report_parts.html' as parts %}{{ parts." + call + " }}"
    return environment().from_string(source).render(row=row)


def schemes() -> list[dict[str, str]]:
    """Colours of the page, light and dark."""
    text = (Path(style.__file__).parent / "templates" / "report.css").read_text()
    blocks = [block.split("}")[0] for block in text.split(":root {")[1:3]]
    return [dict(part.strip().removeprefix("--").split(": ") for part in block.split(";") if "#" in part) for block in blocks]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    low, high = sorted(_luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
