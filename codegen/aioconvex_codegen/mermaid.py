"""A diagram in Mermaid's language, as a class diagram."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .diagram import Box, Diagram

__all__ = ["as_mermaid"]

# What Mermaid reads as text wherever a member or a label may stand.
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_ .,:?()\[\]/-]")


def as_mermaid(diagram: Diagram) -> str:
    """Write a class diagram: tables and modules are classes, ids are arrows."""
    lines = ["classDiagram", "  direction LR"]
    for number, box in enumerate(diagram.tables):
        lines += _class(f"t{number}", box)
    for number, box in enumerate(diagram.modules):
        lines += _class(f"m{number}", box)
    lines += [
        f"  t{edge.source} --> t{edge.target} : {_text(edge.label)}" for edge in diagram.edges
    ]
    return "\n".join(lines) + "\n"


def _class(name: str, box: Box) -> list[str]:
    members = (*box.lines, *box.footer)
    return [
        f'  class {name}["{_text(box.title)}"] {{',
        f"    <<{box.kind}>>",
        *(f"    {_text(member)}" for member in members),
        "  }",
    ]


def _text(text: str) -> str:
    return _UNSAFE.sub("_", text.replace(" | ", " or ").replace("…", "...")) or "_"
