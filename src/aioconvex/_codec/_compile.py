"""One straight-line function per model: half the time of the general one that cattrs makes.

The source is built from class and field names of the model alone; wire names and everything else
are passed in as values, so nothing that came over the wire is ever compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from ._kinds import is_newtype
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
    scope: dict[str, Any] = {"model": kind, "wrong": wrong, "missing": _MISSING}
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
    arguments = ", ".join(f"{item.alias}=v{number}" for number, item in enumerate(fields))
    lines.append(f"    return model({arguments})")
    code = compile("\n".join(lines), f"<decoder of {kind.__name__}>", "exec")
    exec(code, scope)  # noqa: S102  # the source is ours; see the module's docstring
    structure: Hook = scope["structure"]
    return structure


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
    while is_newtype(kind):
        kind = kind.__supertype__
    scope[f"hook{number}"] = converter.get_structure_hook(kind)
    scope[f"kind{number}"] = kind
    convert = f"v{number} = hook{number}(v{number}, kind{number})"
    if kind in {str, bool, float}:
        # The usual case needs no call; the hook takes what is rarer, or refuses it.
        return [f"if type(v{number}) is not {kind.__name__}:", f"    {convert}"]
    return [convert]
