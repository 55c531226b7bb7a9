"""A diagram as a picture: boxes in columns of even height, ids as curves between them."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .diagram import Box, Diagram, Edge

__all__ = ["as_svg"]

_CHARACTER: Final = 7.3
"""Width of a character of the fixed font at 12 px, rounded up."""
_LINE: Final = 18
_PADDING: Final = 10
_GAP: Final = 56
_MARGIN: Final = 24
_STYLE: Final = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}"
    ".title{font-weight:bold}.note{fill:#59636e}"
    ".box{fill:#fff;stroke:#8c959f}.table{fill:#ddf4ff}.module{fill:#fbefff}"
    ".edge{fill:none;stroke:#0969da;stroke-opacity:.55}"
)


@frozen
class _Placed:
    box: Box
    left: float
    top: float
    width: float

    @property
    def height(self) -> float:
        return _height(self.box)

    def row(self, field: str) -> float:
        """The middle of a field's line."""
        for number, line in enumerate(self.box.lines, 1):
            if line.startswith((f"{field}:", f"{field}?:")):
                return self.top + _LINE * (number + 0.5) + _PADDING / 2
        return self.top + _LINE / 2


def as_svg(diagram: Diagram) -> str:
    """Draw tables on the left, modules on the right of them."""
    tables = _place(diagram.tables, _MARGIN)
    edge_of_tables = max((item.left + item.width + _GAP for item in tables), default=_MARGIN)
    modules = _place(diagram.modules, edge_of_tables)
    placed = [*tables, *modules]
    width = max((item.left + item.width for item in placed), default=0) + _MARGIN
    height = max((item.top + item.height for item in placed), default=0) + _MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        "<title>Convex schema</title>",
        f"<style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#f6f8fa"/>',
        *(_curve(tables, edge) for edge in diagram.edges),
        *(part for item in placed for part in _draw(item)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _height(box: Box) -> float:
    return _LINE * (1 + len(box.lines) + len(box.footer)) + 2 * _PADDING


def _width(box: Box) -> float:
    longest = max(map(len, (box.title, *box.lines, *box.footer)))
    return longest * _CHARACTER + 2 * _PADDING


def _place(boxes: Sequence[Box], left: float) -> list[_Placed]:
    """Fill as many columns as make the whole about as high as it is wide, the shortest first."""
    total = sum(_height(box) + _GAP for box in boxes)
    widest = max(map(_width, boxes), default=0) + _GAP
    columns = max(1, min(len(boxes), round(math.sqrt(total / widest)) if boxes else 1))
    tops = [float(_MARGIN)] * columns
    chosen: list[tuple[Box, int, float]] = []
    for box in boxes:
        column = tops.index(min(tops))
        chosen.append((box, column, tops[column]))
        tops[column] += _height(box) + _GAP / 2
    widths = [
        max((_width(box) for box, column, _ in chosen if column == number), default=0)
        for number in range(columns)
    ]
    lefts = [left + sum(widths[:number]) + _GAP * number for number in range(columns)]
    return [_Placed(box, lefts[column], top, widths[column]) for box, column, top in chosen]


def _draw(item: _Placed) -> list[str]:
    left, top, width = item.left, item.top, item.width
    box = item.box
    text_left = left + _PADDING
    parts = [
        _rectangle("box", left, top, width, item.height),
        _rectangle(box.kind, left + 1, top + 1, width - 2, _LINE + _PADDING / 2),
        _write(text_left, top + _LINE - 2, box.title, "title"),
    ]
    rows = [(line, "") for line in box.lines] + [(line, "note") for line in box.footer]
    for number, (line, style) in enumerate(rows, 1):
        parts.append(_write(text_left, top + _LINE * (number + 1) + _PADDING / 2 - 4, line, style))
    return parts


def _rectangle(kind: str, left: float, top: float, width: float, height: float) -> str:
    place = f'x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return f'<rect class="{escape(kind)}" {place} rx="3"/>'


def _write(left: float, base: float, text: str, style: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    named = f' class="{style}"' if style else ""
    return f'<text x="{left:.0f}" y="{base:.0f}"{named}>{escape(shown)}</text>'


def _curve(tables: Sequence[_Placed], edge: Edge) -> str:
    source, target = tables[edge.source], tables[edge.target]
    start_height, end_height = source.row(edge.label), target.top + _LINE / 2
    # Leave and arrive on the sides that face each other.
    forward = target.left > source.left
    start = source.left + source.width if forward else source.left
    end = target.left if forward else target.left + target.width
    bend = max(_GAP, abs(end - start) / 2) * (1 if forward else -1)
    return (
        f'<path class="edge" d="M{start:.0f},{start_height:.0f} '
        f"C{start + bend:.0f},{start_height:.0f} {end - bend:.0f},{end_height:.0f} "
        f'{end:.0f},{end_height:.0f}"/>'
        f'<circle cx="{end:.0f}" cy="{end_height:.0f}" r="3" fill="#0969da"/>'
    )
