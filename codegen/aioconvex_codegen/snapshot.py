"""The snapshot in `schema/`: what a deployment offers, in one form whatever source it came from.

A live server sorts fields, stores numbers as floats and adds keys of its own; the command line and
a project's sources do not. What remains here is what all of them agree on, without the URL.
"""

from __future__ import annotations

from typing import Any, Final, Self

from attrs import frozen

from .errors import GenerateError
from .jsontext import as_list, as_object, as_text, dump, parse

__all__ = ["DOCS", "FUNCTION_SPEC", "TABLES", "Snapshot", "is_snapshot"]

FUNCTION_SPEC: Final = "function_spec.json"
TABLES: Final = "tables.json"
DOCS: Final = "docs.json"

_CONTENT: Final = {FUNCTION_SPEC: "functions", TABLES: "tables"}
_CONFLICT: Final = "<<<<<<< "
_MAX_FUNCTIONS: Final = 20_000
_ANY: Final = {"type": "any"}
_SYSTEM_FIELDS: Final = ("_id", "_creationTime")
# The parts of an index that say what it is, by the key its kind is listed under.
_INDEX_KINDS: Final = {
    "indexes": ("indexDescriptor", "fields"),
    "stagedDbIndexes": ("indexDescriptor", "fields"),
    "searchIndexes": ("indexDescriptor", "searchField", "filterFields"),
    "stagedSearchIndexes": ("indexDescriptor", "searchField", "filterFields"),
    "vectorIndexes": ("indexDescriptor", "vectorField", "dimensions", "filterFields"),
    "stagedVectorIndexes": ("indexDescriptor", "vectorField", "dimensions", "filterFields"),
}


@frozen
class Snapshot:
    """Functions and schema as JSON values in normal form."""

    functions: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    schema_validation: bool = True

    @classmethod
    def of(cls, functions: object, schema: object) -> Self:
        """Normalise what a source gave.

        Args:
            functions: the list of functions of Convex's function spec.
            schema: the exported schema, or None where there is none.

        Raises:
            GenerateError: it is something else.
        """
        entries = as_list(functions)
        if entries is None:
            raise GenerateError("The function spec holds no list of functions")
        if len(entries) > _MAX_FUNCTIONS:
            raise GenerateError(f"The function spec lists more than {_MAX_FUNCTIONS} functions")
        no_schema: dict[str, Any] = {"tables": []}
        exported = no_schema if schema is None else as_object(schema)
        tables = as_list(exported.get("tables")) if exported else None
        if exported is None or tables is None:
            raise GenerateError("The schema holds no list of tables")
        return cls(
            sorted(map(_function, entries), key=_function_order),
            sorted(map(_table, tables), key=lambda table: table["tableName"]),
            schema_validation=exported.get("schemaValidation") is not False,
        )

    def files(self) -> dict[str, str]:
        """The snapshot's files by name."""
        return {FUNCTION_SPEC: dump({"functions": self.functions}), TABLES: dump(self._schema())}

    def text(self) -> str:
        """All of it as one JSON text, which `--spec` reads too."""
        return dump({"functions": self.functions, "schema": self._schema()})

    def _schema(self) -> dict[str, Any]:
        return {"schemaValidation": self.schema_validation, "tables": self.tables}


def is_snapshot(name: str, text: str) -> bool:
    """Tell whether a file of this name is a snapshot's, be it torn by a merge."""
    try:
        content = as_object(parse(text, name))
    except GenerateError:
        return _CONFLICT in text
    if content is None:
        return False
    if name == DOCS:
        return all(".js:" in identifier for identifier in content)
    return _CONTENT[name] in content


def _function(entry: object) -> dict[str, Any]:
    given = as_object(entry) or {}
    if given.get("functionType") == "HttpAction":
        return {
            "functionType": "HttpAction",
            "method": _text(given, "method"),
            "path": _text(given, "path"),
        }
    return {
        "args": given.get("args") or _ANY,
        "functionType": _text(given, "functionType"),
        "identifier": _text(given, "identifier"),
        "returns": given.get("returns"),
        "visibility": given.get("visibility") or {"kind": "public"},
    }


def _function_order(entry: dict[str, Any]) -> tuple[bool, str, str]:
    if "identifier" in entry:
        return False, entry["identifier"], ""
    return True, entry["path"], entry["method"]


def _table(entry: object) -> dict[str, Any]:
    given = as_object(entry) or {}
    table: dict[str, Any] = {
        "tableName": _text(given, "tableName"),
        "documentType": _without_system_fields(given.get("documentType") or _ANY),
    }
    for kind, parts in _INDEX_KINDS.items():
        indexes = [_index(index, parts) for index in as_list(given.get(kind)) or []]
        table[kind] = sorted(indexes, key=lambda index: index["indexDescriptor"])
    return table


def _index(entry: object, parts: tuple[str, ...]) -> dict[str, Any]:
    given = as_object(entry) or {}
    index = {part: given.get(part) for part in parts}
    index["indexDescriptor"] = _text(given, "indexDescriptor")
    if "filterFields" in index:
        index["filterFields"] = sorted(filter(None, map(as_text, given.get("filterFields") or [])))
    if "fields" in index:  # every index ends in the creation time; most sources do not say so
        fields = as_list(given.get("fields")) or []
        index["fields"] = fields[:-1] if fields[-1:] == ["_creationTime"] else fields
    return index


def _without_system_fields(document: Any) -> Any:
    validator = as_object(document) or {}
    content = validator.get("value")
    if validator.get("type") == "union":
        arms = as_list(content) or []
        return {"type": "union", "value": [_without_system_fields(arm) for arm in arms]}
    if validator.get("type") == "object" and (fields := as_object(content)) is not None:
        kept = {name: item for name, item in fields.items() if name not in _SYSTEM_FIELDS}
        return {"type": "object", "value": kept}
    return document


def _text(entry: dict[str, Any], key: str) -> str:
    text = as_text(entry.get(key))
    if text is None:
        raise GenerateError(
            f"An entry of the spec has no {key}: is this the output of `npx convex function-spec`?"
        )
    return text
