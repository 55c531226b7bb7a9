"""From the snapshot's JSON to `Spec`. One odd function never stops the run: it becomes a warning."""

from __future__ import annotations

import ast
import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field, frozen

from .errors import GenerateError
from .jsontext import as_list, as_object, as_text
from .names import shown
from .spec import (
    NEVER,
    Array,
    Field,
    Function,
    FunctionKind,
    Id,
    Literals,
    Object,
    Primitive,
    Record,
    Route,
    Spec,
    Table,
    Union,
    Validator,
    union_of,
)

if TYPE_CHECKING:
    from .snapshot import Snapshot

__all__ = ["read_spec"]

_MAX_DEPTH: Final = 64
_MAX_SAFE_INT: Final = 2**53
_MAX_DIMENSIONS: Final = 4096  # https://docs.convex.dev/search/vector-search
# Convex allows at most 64 characters for each part of a path and for a name.
_IDENTIFIER: Final = re.compile(
    r"((?:[A-Za-z0-9_.]{1,64}/)*[A-Za-z0-9_.]{1,64}?)(\.js)?:([A-Za-z_][A-Za-z0-9_]{0,63})"
)
_NO_PATH: Final = (
    "no path of a Convex function: its parts are letters, digits, _ and, of modules, dots, of 64 "
    "characters at the most"
)
_TABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_KINDS: Final[dict[str, FunctionKind]] = {
    "Query": "query",
    "Mutation": "mutation",
    "Action": "action",
}
_PRIMITIVES: Final = {
    "any": Primitive.ANY,
    "null": Primitive.NULL,
    "number": Primitive.NUMBER,
    "float64": Primitive.NUMBER,
    "bigint": Primitive.INT64,
    "int64": Primitive.INT64,
    "commitTs": Primitive.INT64,
    "boolean": Primitive.BOOLEAN,
    "string": Primitive.STRING,
    "bytes": Primitive.BYTES,
}


def read_spec(snapshot: Snapshot) -> Spec:
    """Read the functions, the tables and the HTTP routes of a snapshot.

    Raises:
        GenerateError: a validator is nested deeper than Convex allows.
    """
    log = _Log()
    functions: dict[str, Function] = {}
    routes: list[Route] = []
    for entry in snapshot.functions:
        if entry["functionType"] == "HttpAction":
            routes.append(Route(entry["path"], entry["method"]))
            continue
        function = _function(entry, log)
        if function is not None and functions.setdefault(function.path, function) != function:
            log.skipped.append(f"{function.path}: listed twice, the first is kept")
    tables = [table for entry in snapshot.tables if (table := _table(entry, log))]
    return Spec(
        functions=tuple(functions[path] for path in sorted(functions)),
        tables=tuple(sorted(tables, key=lambda table: table.name)),
        routes=tuple(sorted(set(routes))),
        warnings=tuple(log.warnings),
        skipped=tuple(log.skipped),
    )


@frozen
class _Log:
    """What could not be typed exactly, and what could not be read at all."""

    warnings: list[str] = field(factory=list[str])
    skipped: list[str] = field(factory=list[str])


def _function(entry: dict[str, Any], log: _Log) -> Function | None:
    match = _IDENTIFIER.fullmatch(entry["identifier"])
    if match is None:
        log.skipped.append(f"{shown(entry['identifier'])}: {_NO_PATH}")
        return None
    stem, suffix, name = match.groups()
    # The server adds the suffix unless there is a dot already, so such a module keeps its own.
    module = f"{stem}{suffix or ''}" if "." in stem.rpartition("/")[2] else stem
    path = f"{module}:{name}"
    kind = _KINDS.get(entry["functionType"])
    if kind is None:
        log.skipped.append(f"{path}: the unknown kind {shown(entry['functionType'])}")
        return None
    args = _Reader(f"{path}: args", log.warnings).read(entry["args"])
    if not isinstance(args, Object) and args is not Primitive.ANY:
        log.warnings.append(f"{path}: args are neither an object nor any, typed as any")
    returns = entry["returns"]
    reader = _Reader(f"{path}: returns", log.warnings)
    return Function(
        path=path,
        module=tuple(stem.split("/")),
        name=name,
        kind=kind,
        args=args if isinstance(args, Object) else None,
        returns=None if returns is None else reader.read(returns),
        internal=(as_object(entry["visibility"]) or {}).get("kind") == "internal",
    )


def _table(entry: dict[str, Any], log: _Log) -> Table | None:
    name = entry["tableName"]
    if not _TABLE.fullmatch(name):
        log.skipped.append(f"{shown(name)}: no Convex table name")
        return None
    return Table(
        name=name,
        document=_document(name, entry["documentType"], log.warnings),
        indexes=_index_names(entry["indexes"]),
        search_indexes=_index_names(entry["searchIndexes"]),
        vector_indexes=_index_names(entry["vectorIndexes"]),
        vector_fields=_vector_fields(*entry["vectorIndexes"], *entry["stagedVectorIndexes"]),
    )


def _document(table: str, value: object, warnings: list[str]) -> Validator:
    document = _Reader(f"table {table}", warnings).read(value)
    arms = document.arms if isinstance(document, Union) else (document,)
    if document is Primitive.ANY or (arms and all(isinstance(arm, Object) for arm in arms)):
        return document
    warnings.append(f"table {table}: documents are not objects only, typed as any")
    return Primitive.ANY


def _vector_fields(*indexes: dict[str, Any]) -> dict[str, int | None]:
    found: dict[str, set[int | None]] = {}
    for index in indexes:
        path, size = as_text(index["vectorField"]), index["dimensions"]
        known = size if type(size) is int and 0 < size <= _MAX_DIMENSIONS else None
        if path:
            found.setdefault(path, set()).add(known)
    return {path: sizes.pop() if len(sizes) == 1 else None for path, sizes in found.items()}


def _index_names(indexes: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(index["indexDescriptor"] for index in indexes)


@define
class _Reader:
    """Reads one validator; what it cannot type exactly it types wider and says so."""

    place: str
    warnings: list[str]
    _trail: list[str] = field(factory=list[str], init=False)

    def read(self, value: object) -> Validator:  # noqa: PLR0911  # one per kind
        validator = as_object(value) or {}
        kind, content = as_text(validator.get("type")), validator.get("value")
        if len(self._trail) > _MAX_DEPTH:
            raise GenerateError(
                f"{self.place}: nested deeper than the {_MAX_DEPTH} levels of Convex"
            )
        match kind:
            case "array":
                return Array(self._below("[]", content))
            case "object":
                return self._object(as_object(content) or {})
            case "record":
                return self._record(validator)
            case "union":
                arms = as_list(content) or []
                return union_of([self._below("|", arm) for arm in arms]) if arms else NEVER
            case "id":
                return Id(as_text(validator.get("tableName")) or "")
            case "literal":
                return self._literal(content)
            case _:
                return self._primitive(kind)

    def _below(self, step: str, value: object) -> Validator:
        self._trail.append(step)
        validator = self.read(value)
        self._trail.pop()
        return validator

    def _object(self, fields: dict[str, Any]) -> Object:
        return Object(
            tuple(
                Field(
                    wire, self._below(f".{wire}", item.get("fieldType")), bool(item.get("optional"))
                )
                for wire, item in sorted(
                    (name, as_object(raw) or {}) for name, raw in fields.items()
                )
            )
        )

    def _record(self, validator: dict[str, Any]) -> Record:
        values = as_object(validator.get("values")) or {}
        key = self._below("[key]", validator.get("keys"))
        if not _is_text(key):
            key = self._wider(Primitive.STRING, "a record key that is no text")
        return Record(key=key, value=self._below("[value]", values.get("fieldType")))

    def _literal(self, value: object) -> Validator:
        tagged = as_object(value)
        if tagged is not None:
            return self._tagged_literal(tagged)
        if isinstance(value, float) or (isinstance(value, int) and abs(value) > _MAX_SAFE_INT):
            return Literals("float", (repr(float(value)),))
        if isinstance(value, bool | int | str):
            return Literals("plain", (repr(value),))
        return self._wider(Primitive.ANY, "a literal of no known kind")

    def _tagged_literal(self, tagged: dict[str, Any]) -> Validator:
        text = as_text(tagged.get("$integer"))
        if text is None:
            return self._wider(Primitive.NUMBER, "a literal that JSON has no number for")
        try:
            raw = b64decode(text, validate=True)
        except Base64Error:
            return self._wider(Primitive.INT64, "a malformed int64 literal")
        return Literals("int64", (repr(int.from_bytes(raw[:8], "little", signed=True)),))

    def _primitive(self, kind: str | None) -> Validator:
        known = _PRIMITIVES.get(kind or "")
        if known is not None:
            return known
        return self._wider(Primitive.ANY, f"the unknown validator kind {shown(kind or 'nothing')}")

    def _wider(self, instead: Primitive, what: str) -> Validator:
        trail = shown("".join(self._trail))
        self.warnings.append(f"{self.place}{trail}: {what} is typed as {instead.value}")
        return instead


def _is_text(validator: Validator) -> bool:
    match validator:
        case Union(arms=arms):
            return all(map(_is_text, arms))
        case Literals(texts=texts):
            return all(isinstance(ast.literal_eval(text), str) for text in texts)
        case _:
            return validator is Primitive.STRING or isinstance(validator, Id)
