"""One straight-line function per model: half the time of the general one that cattrs makes.

The source is built from class and field names of the model alone; wire names and everything else
are passed in as values, so nothing that came over the wire is ever compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args

import attrs

from aioconvex._types import BigInt
from aioconvex.values import read_int64

from ._kinds import is_literal, is_newtype, is_union, union_arms
from ._names import wire_name
from ._wrong import wrong

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["compile_model"]

Hook: TypeAlias = Callable[[Any, Any], Any]

_MISSING: Final = object()


def compile_model(kind: Any, converter: Converter) -> Hook:
    """Make the function that builds a model from a wire object.

    It raises `WrongValue`, or `KeyError` for a missing field.
    """
    scope: dict[str, Any] = {
        "model": kind,
        "blank": _blank(kind),
        "wrong": wrong,
        "missing": _MISSING,
    }
    lines = [
        "def structure(value, _kind):",
        "    if type(value) is not dict:",
        "        raise wrong(model.__name__, value)",
    ]
    fields = attrs.fields(kind)
    for number, item in enumerate(fields):
        scope[f"wire{number}"] = wire_name(item)
        scope[f"default{number}"] = item.default
        lines += _read(number, item, converter, scope)
    # A model refuses assignments, and every way around that costs a call for each field. A blank
    # with the same slots takes them, and becomes the model when it is complete.
    lines.append("    made = blank()")
    lines += [f"    made.{item.name} = v{number}" for number, item in enumerate(fields)]
    lines += ["    made.__class__ = model", "    return made"]
    code = compile("\n".join(lines), f"<decoder of {kind.__name__}>", "exec")
    exec(code, scope)  # noqa: S102  # the source is ours; see the module's docstring
    structure: Hook = scope["structure"]
    return structure


def _blank(kind: type[Any]) -> type[Any]:
    """Make a class of the same layout that has slots and nothing else."""
    return type(kind.__name__, (), {"__slots__": vars(kind)["__slots__"]})


def _read(
    number: int, item: attrs.Attribute[Any], converter: Converter, scope: dict[str, Any]
) -> list[str]:
    """Write the lines that read and check one field."""
    check = _check(number, item.type, converter, scope)
    if item.default is attrs.NOTHING:
        return [f"    v{number} = value[wire{number}]", *(f"    {line}" for line in check)]
    return [
        f"    v{number} = value.get(wire{number}, missing)",
        f"    if v{number} is missing:",
        f"        v{number} = default{number}",
        "    else:",
        *(f"        {line}" for line in check),
    ]


def _check(number: int, kind: Any, converter: Converter, scope: dict[str, Any]) -> list[str]:
    """Write the lines that check a value, or replace it by what its hook makes of it."""
    usual = _usual(number, kind, scope)
    if usual == f"v{number} is None":
        kind = union_arms(kind)[1]  # the hook will not see None
    scope[f"hook{number}"] = converter.get_structure_hook(kind)
    scope[f"kind{number}"] = kind
    convert = f"v{number} = hook{number}(v{number}, kind{number})"
    if kind == BigInt:
        scope["int64"] = read_int64
        tagged = f"type(v{number}) is dict and len(v{number}) == 1 and '$integer' in v{number}"
        read = f"v{number} = int64(v{number}['$integer'])"
        return [f"if {tagged}:", f"    {read}", "else:", f"    {convert}"]
    # The usual case needs no call; the hook takes what is rarer, or refuses it.
    return [convert] if usual is None else [f"if not ({usual}):", f"    {convert}"]


def _usual(number: int, kind: Any, scope: dict[str, Any]) -> str | None:
    """Write the condition under which a value can stay as it is."""
    while is_newtype(kind):
        kind = kind.__supertype__
    if kind in (str, bool, float):
        return f"type(v{number}) is {kind.__name__}"
    if is_literal(kind) and all(isinstance(item, str) for item in get_args(kind)):
        scope[f"literals{number}"] = frozenset(get_args(kind))
        return f"type(v{number}) is str and v{number} in literals{number}"
    if is_union(kind):
        arms = union_arms(kind)
        if len(arms) == 2 and arms[0] is type(None):  # noqa: PLR2004  # `X | None`
            inner = _usual(number, arms[1], scope)
            return f"v{number} is None" + (f" or {inner}" if inner else "")
    return None
