"""Hypothesis strategies: validators, and Convex values that a validator admits."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from hypothesis import strategies as st

from aioconvex.values import Int64
from codegen.validators import (
    JSON,
    array,
    id_,
    int64_literal,
    kind,
    lit,
    obj_of,
    opt,
    record,
    union,
)

__all__ = ["documents", "hostile_fields", "validators", "values_of"]

_LEAVES = [
    *map(kind, ("any", "null", "number", "bigint", "boolean", "string", "bytes")),
    *map(lit, ("x", "y\n", "", "1", "True", 1, 0, -2, True, False, 1.5, 2**53, 1e300)),
    int64_literal(3),
    int64_literal(2**63 - 1),
    id_("users"),
    id_("_storage"),
    union(),
]
_FIELDS = st.sampled_from(
    [
        "a",
        "b",
        "_a",
        "id",
        "class",
        "str",
        "userId",
        "user_id",
        "UserID",
        "Any",
        "self",
        "args",
        "cls",
        "None",
        "True",
        "async",
        "list",
        "dict",
        "type",
        "object",
        "int",
        "Literal",
        "URL",
        "HTTPServer",
        "__dunder__",
        "x1",
        "X1",
        "field",
        "kind",
        "_field",
        "property",
        "copy",
    ]
)
_RECORD_KEYS = st.sampled_from([kind("string"), id_("users"), union(id_("x"), kind("string"))])


def _objects_of(inner: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    fields = inner | inner.map(opt)
    return st.dictionaries(_FIELDS, fields, max_size=4).map(obj_of)


def hostile_fields(fields: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    """Objects, as arguments are, with names that Python or the bindings use themselves."""
    return st.dictionaries(_FIELDS, fields, max_size=4).map(obj_of)


def _unions_of(inner: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    return st.lists(inner, max_size=4).map(lambda arms: union(*arms))


validators: st.SearchStrategy[JSON] = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: (
        st.builds(array, inner)
        | _unions_of(inner)
        | _objects_of(inner)
        | st.builds(record, _RECORD_KEYS, inner)
    ),
    max_leaves=10,
)
documents: st.SearchStrategy[JSON] = (
    _objects_of(validators) | _unions_of(_objects_of(validators)) | st.just(kind("any"))
)

_TEXT = st.text(max_size=4)
_KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=4).filter(
    lambda key: not key.startswith("$")
)
_FLOATS = st.floats()
_INT64 = st.integers(-(2**63), 2**63 - 1).map(Int64)
_SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "any": st.none() | st.booleans() | _FLOATS | _INT64 | _TEXT | st.binary(max_size=3),
    "null": st.none(),
    "number": _FLOATS,
    "bigint": _INT64,
    "commitTs": _INT64,
    "boolean": st.booleans(),
    "string": _TEXT,
    "bytes": st.binary(max_size=4),
    "id": st.text("abcdef0123456789", min_size=4, max_size=4),
}


def values_of(validator: JSON) -> st.SearchStrategy[Any]:
    """Values of a validator other than the empty union."""
    match validator:
        case {"type": "literal", "value": value}:
            return st.just(_literal(value))
        case {"type": "array", "value": item}:
            return st.lists(values_of(item), max_size=2)
        case {"type": "object", "value": fields}:
            return _objects(fields)
        case {"type": "record", "keys": keys, "values": values}:
            return st.dictionaries(_keys_of(keys), values_of(values["fieldType"]), max_size=2)
        case {"type": "union", "value": arms}:
            return st.one_of(*map(values_of, arms))
        case {"type": kind}:
            return _SIMPLE[kind]
        case _:
            raise AssertionError(validator)


def _keys_of(validator: JSON) -> st.SearchStrategy[str]:
    return _SIMPLE["id"] if validator["type"] == "id" else _KEYS


def _objects(fields: dict[str, JSON]) -> st.SearchStrategy[dict[str, Any]]:
    items = {name: _field(name, item["fieldType"]) for name, item in fields.items()}
    optional = {name for name, item in fields.items() if item["optional"]}
    return st.fixed_dictionaries(
        {name: value for name, value in items.items() if name not in optional},
        optional={name: value for name, value in items.items() if name in optional},
    )


def _field(name: str, validator: JSON) -> st.SearchStrategy[Any]:
    if name == "embedding" and validator["type"] == "array":
        # Under a vector index in each project here, which takes no other number of dimensions.
        return st.lists(values_of(validator["value"]), min_size=3, max_size=3)
    return values_of(validator)


def _literal(value: Any) -> Any:
    match value:
        case {"$integer": text}:
            return Int64(int.from_bytes(b64decode(text), "little", signed=True))
        case bool() | str():
            return value
        case _:
            return float(value)
