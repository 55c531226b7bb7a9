"""A generated module around its body: header, docstring, and exactly the imports it uses."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen
from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Import", "Module", "fill"]

Import = tuple[str, str, str]
"""Module, name in it, name here."""

_BINDINGS: Final = "aioconvex.bindings"
# Functions are imported under private names: no wire name becomes one, so none can shadow them.
_VOCABULARY: Final[list[Import]] = [
    ("collections.abc", "Mapping", "Mapping"),
    ("functools", "cached_property", "_cached_property"),
    *(
        ("typing", name, name)
        for name in (
            "TYPE_CHECKING",
            "Annotated",
            "Any",
            "Final",
            "Literal",
            "Never",
            "NewType",
            "TypeAlias",
        )
    ),
    *(
        (_BINDINGS, name, name)
        for name in (
            "CONVEX",
            "INT64",
            "ITEMS",
            "UNSET",
            "BigInt",
            "Count",
            "Dimensions",
            "Exactly",
            "Namespace",
            "Page",
            "Unset",
            "Vector",
        )
    ),
    *(
        (_BINDINGS, name, f"_{name}")
        for name in ("action", "field", "later", "model", "mutation", "paginated", "query")
    ),
]
_templates: Final = Environment(  # noqa: S701  # Python source, no HTML; all values are names of ours
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    auto_reload=False,
)


def fill(template: str, **values: Any) -> str:
    """Fill a template of this package."""
    return _templates.get_template(f"{template}.jinja2").render(values)


@frozen(kw_only=True)
class Module:
    """A module to write.

    Args:
        header: its first line.
        doc: its docstring.
        body: its source, without imports.
        later: what it may import besides the vocabulary of the bindings, when it is needed.
        typing_only: what it imports for annotations that nothing evaluates.
        exports: its `__all__`.
        stubs: whether its functions have no bodies.
    """

    header: str
    doc: str
    body: str
    later: Sequence[Import] = ()
    typing_only: Sequence[Import] = ()
    exports: Sequence[str] = ()
    stubs: bool = False

    def source(self) -> str:
        """Its complete source, unformatted."""
        used = _names_in(self.body)
        later = [item for item in self.later if item[2] in used]
        typing_only = [*later, *self.typing_only]
        if typing_only:
            used.add("TYPE_CHECKING")
        if later:
            used.add("_later")
        return fill(
            "module",
            header=self.header,
            doc=self.doc,
            body=self.body.strip(),
            imports=_statements(item for item in _VOCABULARY if item[2] in used),
            typing_imports=_statements(typing_only),
            later=_later_call(later),
            exports=list(self.exports),
            stubs=self.stubs,
        )


def _later_call(later: Sequence[Import]) -> str:
    """The call whose result is the module's `__getattr__`; empty if there is nothing to import."""
    sources = {source for source, _, _ in later}
    if not sources:
        return ""
    (source,) = sources
    renamed = {here: name for _, name, here in later if here != name}
    more = f", {renamed!r}" if renamed else ""
    return f"_later(__name__, __package__, {source!r}{more})"


def _names_in(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def _statements(imports: Iterable[Import]) -> list[str]:
    by_module: dict[str, list[tuple[str, str]]] = {}
    for source, name, here in imports:
        by_module.setdefault(source, []).append((name, here))
    lines: list[str] = []
    group = None
    for source in sorted(by_module, key=lambda source: (_group(source), source)):
        if group not in {None, _group(source)}:
            lines.append("")
        group = _group(source)
        names = sorted(by_module[source], key=_name_order)
        renamed = (name if name == here else f"{name} as {here}" for name, here in names)
        lines.append(f"from {source} import {', '.join(renamed)}")
    return lines


def _group(source: str) -> int:
    """Order modules as import sorters do: standard library, other packages, this package."""
    if source.startswith("."):
        return 2
    return 1 if source == _BINDINGS else 0


def _name_order(item: tuple[str, str]) -> tuple[int, str]:
    """Order names as import sorters do: constants, classes, the rest."""
    name = item[0]
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name
