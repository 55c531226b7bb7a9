"""Validators in Convex's JSON form, written as short as in TypeScript."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, TypeAlias

__all__ = [
    "JSON",
    "array",
    "func",
    "id_",
    "int64_literal",
    "kind",
    "lit",
    "obj",
    "obj_of",
    "opt",
    "record",
    "table",
    "union",
]

JSON: TypeAlias = dict[str, Any]


def kind(name: str) -> JSON:
    return {"type": name}


def opt(validator: JSON) -> JSON:
    return {"fieldType": validator, "optional": True}


def obj(**fields: JSON) -> JSON:
    return obj_of(fields)


def obj_of(fields: dict[str, JSON]) -> JSON:
    return {
        "type": "object",
        "value": {
            name: item if "fieldType" in item else {"fieldType": item, "optional": False}
            for name, item in fields.items()
        },
    }


def array(item: JSON) -> JSON:
    return {"type": "array", "value": item}


def record(key: JSON, value: JSON) -> JSON:
    return {"type": "record", "keys": key, "values": {"fieldType": value, "optional": False}}


def union(*arms: JSON) -> JSON:
    return {"type": "union", "value": list(arms)}


def lit(value: object) -> JSON:
    return {"type": "literal", "value": value}


def int64_literal(value: int) -> JSON:
    raw = b64encode(value.to_bytes(8, "little", signed=True)).decode()
    return lit({"$integer": raw})


def id_(name: str) -> JSON:
    return {"type": "id", "tableName": name}


def func(
    path: str,
    args: JSON | None = None,
    returns: JSON | None = None,
    *,
    kind: str = "Query",
    visibility: str = "public",
) -> JSON:
    """A function of a spec; without `args` it has no args validator."""
    return {
        "args": args or {"type": "any"},
        "functionType": kind,
        "identifier": path,
        "returns": returns,
        "visibility": {"kind": visibility},
    }


def table(name: str, document: JSON, **indexes: list[JSON]) -> JSON:
    return {"tableName": name, "documentType": document, **indexes}
