"""The schema as a drawing: tables, fields, ids as edges, indexes, and functions by module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from .mermaid import as_mermaid
from .reading import read_spec
from .spec import (
    Array,
    Function,
    Id,
    Literals,
    Object,
    Primitive,
    Record,
    Union,
    Validator,
    Vector,
    nested,
)
from .svg import as_svg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .snapshot import Snapshot
    from .spec import Field, Table

__all__ = ["Box", "Diagram", "Edge", "as_mermaid", "as_svg", "diagram_of"]

_MOST_CHARACTERS: Final = 60


@frozen
class Box:
    """A table or a module: its lines, and under a rule its indexes."""

    kind: str
    title: str
    lines: tuple[str, ...]
    footer: tuple[str, ...] = ()


@frozen
class Edge:
    """A field of a table that holds the id of a table: positions of both, the field's line."""

    source: int
    target: int
    label: str


@frozen
class Diagram:
    """Boxes of tables, boxes of modules, and the edges between the tables."""

    tables: tuple[Box, ...]
    modules: tuple[Box, ...]
    edges: tuple[Edge, ...]


def diagram_of(snapshot: Snapshot) -> Diagram:
    """Lay out what a snapshot holds, in order of names.

    Raises:
        GenerateError: the snapshot cannot be read.
    """
    spec = read_spec(snapshot)
    places = {table.name: place for place, table in enumerate(spec.tables)}
    edges = [
        Edge(places[table.name], places[target], item.wire)
        for table in spec.tables
        for item in _fields(table.document)
        for target in dict.fromkeys(_tables_in(item.validator))
        if target in places
    ]
    modules: dict[str, list[Function]] = {}
    for function in spec.functions:
        modules.setdefault("/".join(function.module), []).append(function)
    return Diagram(
        tables=tuple(map(_table_box, spec.tables)),
        modules=tuple(
            Box("module", name, tuple(map(_function_line, functions)))
            for name, functions in modules.items()
        ),
        edges=tuple(dict.fromkeys(edges)),
    )


def _fields(document: Validator) -> list[Field]:
    """The fields of a document; those of all arms, in order of names, if it is a union."""
    arms = document.arms if isinstance(document, Union) else (document,)
    fields = {
        item.wire: item for arm in arms if isinstance(arm, Object) for item in reversed(arm.fields)
    }
    return [fields[wire] for wire in sorted(fields)]


def _tables_in(validator: Validator) -> Iterable[str]:
    return (part.table for part in nested(validator) if isinstance(part, Id))


def _table_box(table: Table) -> Box:
    lines = tuple(
        f"{item.wire}{'?' if item.optional else ''}: {_short(spell(item.validator))}"
        for item in _fields(table.document)
    )
    footer = tuple(
        f"{mark}{name}"
        for mark, names in (
            ("index ", table.indexes),
            ("search ", table.search_indexes),
            ("vector ", table.vector_indexes),
        )
        for name in names
    )
    return Box("table", table.name, lines or ("any fields",), footer)


def _function_line(function: Function) -> str:
    fields = function.args.fields if function.args else ()
    names = ", ".join(f"{item.wire}{'?' if item.optional else ''}" for item in fields)
    given = names if function.args else "..."
    returns = "any" if function.returns is None else spell(function.returns)
    internal = "internal " if function.internal else ""
    return f"{internal}{function.kind} {function.name}({_short(given)}): {_short(returns)}"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def spell(validator: Validator) -> str:  # noqa: PLR0911  # one per kind
    """A validator in a word or two."""
    match validator:
        case Primitive():
            return "int64" if validator is Primitive.INT64 else validator.value
        case Id(table=table):
            return f"Id {table}"
        case Vector():
            return "number[]"
        case Literals(texts=texts):
            return " | ".join(texts)
        case Array(item=item):
            inner = spell(item)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case Record(value=value):
            return f"record of {spell(value)}"
        case Object():
            return "object"
        case Union(arms=()):
            return "never"
        case Union(arms=arms):
            return " | ".join(dict.fromkeys(map(spell, arms)))
