"""Convex values in Python, and their tagged JSON form on the wire (`convex_encoded_json`).

Rules and limits: https://docs.convex.dev/database/types and Convex's `values` package.
"""

from __future__ import annotations

import math
import operator
import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from struct import Struct
from struct import error as StructError  # noqa: N812  # its own name says nothing
from typing import Any, Final, Self, TypeAlias, cast

import orjson

from .errors import ArgumentError

__all__ = [
    "ConvexValue",
    "Int64",
    "decode_reply",
    "decode_value",
    "dumps",
    "encode_value",
    "loads",
    "read_int64",
    "write_json",
]

ConvexValue: TypeAlias = (
    "bool | float | Int64 | str | bytes | list[ConvexValue] | dict[str, ConvexValue] | None"
)

_MAX_ARRAY: Final = 8192
_MAX_FIELDS: Final = 1024
_MAX_KEY: Final = 1024
_MAX_DEPTH: Final = 64
_MAX_SAFE_INT: Final = 2**53
_INT64: Final = Struct("<q")
_FLOAT64: Final = Struct("<d")
_new: Final = int.__new__  # of an `Int64` without its check, for what is known to be in range
_KEY: Final = re.compile(r"[ -~]*")
# `type`, but what it gives of `Any` is no half-known type.
_kind_of: Final = cast("Callable[[object], object]", type)


class Int64(int):
    """A 64-bit integer, distinct from a float64: what `v.int64()` and `v.bigint()` hold.

    Needed only where no validator says int64: in untyped calls and in `v.any()` positions. There a
    plain `int` is sent as float64, like a number in TypeScript.

    Raises:
        OverflowError: the number does not fit 64 bits.
    """

    __slots__ = ()

    def __new__(cls, value: int = 0, /) -> Self:
        """Check the range, then build the number."""
        number = super().__new__(cls, operator.index(value))  # which refuses 1.5 and "1"
        if not -(2**63) <= number < 2**63:
            raise OverflowError(f"{value} does not fit a 64-bit integer")
        return number

    def __repr__(self) -> str:
        return f"Int64({int(self)})"


def dumps(value: object) -> bytes:
    """The wire text of a value: UTF-8 JSON in Convex's tagged encoding.

    Raises:
        ArgumentError: the value, or one inside it, is no Convex value.
    """
    return write_json(encode_value(value))


def loads(text: bytes) -> Any:
    """The value of a wire text.

    Raises:
        ValueError: the text is no JSON or breaks Convex's encoding.
    """
    return decode_reply(orjson.loads(text), text)


def write_json(encoded: object) -> bytes:
    """Write what `encode_value` returned; arrays of floats are written from memory."""
    return orjson.dumps(encoded, option=orjson.OPT_SERIALIZE_NUMPY)


def decode_reply(parsed: Any, text: bytes | bytearray) -> Any:
    """Unwrap the tags of parsed JSON, if its text has any.

    Raises:
        ValueError: a tag is unknown, or its content malformed.
    """
    # Finding a lone `$` costs microseconds; walking every value costs more than parsing them.
    if b"$" not in text or b'"$' not in text:
        return parsed
    tags: list[str] = []
    whole = [parsed]
    _unwrap(whole, enumerate(whole), tags)
    # Where each `$` of the text was a tag's there is none left over to begin a key.
    if text.count(b"$") != len(tags):
        _check_keys(whole)
    return whole[0]


def _unwrap(box: Any, items: Iterable[tuple[Any, Any]], tags: list[str]) -> None:
    """Do to what a list or dict holds what `decode_value` does, in place, and list the tags.

    Most values can stay as they are, so this takes half the time of making new ones.
    """
    item: Any
    for place, item in items:
        kind = _kind_of(item)
        if kind is str or kind is float:
            continue
        if kind is dict:
            if len(item) == 1:
                if "$integer" in item:  # by far the most common
                    tags.append("$integer")
                    box[place] = _new(Int64, read_int64(item["$integer"]))
                    continue
                (key,) = item
                if key.startswith("$"):
                    tags.append(key)
                    box[place] = _decode_tagged(item)
                    continue
            _unwrap(item, item.items(), tags)
        elif kind is list:
            elements: enumerate[Any] = enumerate(item)
            _unwrap(item, elements, tags)
        elif kind is int:
            box[place] = float(item)


def _check_keys(value: Any) -> None:
    kind = _kind_of(value)
    if kind is dict:
        # A look into all keys at once; only one that has the sign is worth a look at each.
        if "$" in "".join(value) and any(key.startswith("$") for key in value):
            raise _unknown_tag(value)
        value = value.values()
    elif kind is not list:
        return
    for item in value:
        _check_keys(item)


def encode_value(value: object, path: str = "$") -> Any:
    """A value as JSON types (`dict`, `list`, `str`, `float`, `bool`, `None`), specials tagged.

    Besides `ConvexValue` it takes plain `int` (sent as float64), tuples, any `Mapping` with string
    keys and numpy arrays of numbers (sent as arrays of float64). `path` names the value in errors.

    Raises:
        ArgumentError: the value, or one inside it, is no Convex value.
    """
    try:
        return _encode(value, 0)
    except _Invalid as invalid:
        raise ArgumentError(path + "".join(reversed(invalid.trail)), invalid.reason) from None


class _Invalid(Exception):  # noqa: N818  # never leaves this module
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.trail: list[str] = []


def _encode(value: object, depth: int) -> Any:
    encoder = _ENCODERS.get(type(value)) or _encoder_of_subclass(value)
    return encoder(value, depth)


def _encoder_of_subclass(value: object) -> Callable[[Any, int], Any]:
    if getattr(value, "ndim", 0):  # no scalar of numpy's, which may be a subclass of float
        return _encode_numpy
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return _encode_numpy
    advice = _ADVICE.get(type(value).__name__, "convert it to one first")
    raise _Invalid(f"{type(value).__name__} is no Convex value; {advice}")


def _encode_as_is(value: bool | None, _depth: int) -> bool | None:  # noqa: FBT001
    return value


def _encode_text(value: str, _depth: int) -> str:
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Invalid("the text has a lone surrogate, which Convex refuses") from None
    return value


def _encode_float(value: float, _depth: int) -> Any:
    value = float(value)  # a subclass such as numpy.float64 is foreign to the JSON writer
    if math.isfinite(value) and not (value == 0 and math.copysign(1, value) < 0):
        return value
    return {"$float": b64encode(_FLOAT64.pack(value)).decode("ascii")}


def _encode_int64(value: Int64, _depth: int) -> Any:
    return {"$integer": b64encode(_INT64.pack(value)).decode("ascii")}


def _encode_bytes(value: bytes | bytearray | memoryview, _depth: int) -> Any:
    return {"$bytes": b64encode(value).decode("ascii")}


def _encode_int(value: int, _depth: int) -> Any:
    if abs(value) > _MAX_SAFE_INT:
        raise _Invalid(f"{value} loses digits as a float64; use Int64 or float")
    return float(value)


def _encode_object(value: Mapping[Any, object], depth: int) -> dict[str, Any]:
    depth += 1
    _check_size(len(value), _MAX_FIELDS, "fields", depth)
    encoded: dict[str, Any] = {}
    for key, item in value.items():
        _check_key(key)
        if type(item) is str and item.isascii():  # the most common, without a look-up
            encoded[key] = item
            continue
        try:
            encoded[key] = _encode(item, depth)
        except _Invalid as invalid:
            invalid.trail.append(f".{key}")
            raise
    return encoded


def _encode_array(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    depth += 1
    _check_size(len(value), _MAX_ARRAY, "elements", depth)
    encoded: list[Any] = []
    for index, item in enumerate(value):
        try:
            encoded.append(_encode(item, depth))
        except _Invalid as invalid:
            invalid.trail.append(f"[{index}]")
            raise
    return encoded


def _encode_numpy(value: Any, depth: int) -> Any:
    import numpy as np  # noqa: PLC0415  # who passes an array has paid for the import

    kind = value.dtype.kind
    if kind not in "fiub":
        raise _Invalid(f"a numpy value of dtype {value.dtype} is no Convex value")
    if value.ndim == 1 and kind != "b":
        _check_size(len(value), _MAX_ARRAY, "elements", depth + 1)
        # A look for a False in memory, since `all()` takes longer than `isfinite` itself.
        if kind == "f" and b"\0" in np.isfinite(value).tobytes():
            return _encode(value.tolist(), depth)
        # The JSON writer takes a plain float64 array from memory, without a Python float each.
        return np.ascontiguousarray(value, dtype=np.float64)
    return _encode(value.tolist(), depth)


# In order of how special they are: the look-up for a subclass takes the first that fits.
_ENCODERS: Final[dict[type[Any], Callable[[Any, int], Any]]] = {
    type(None): _encode_as_is,
    bool: _encode_as_is,
    str: _encode_text,
    float: _encode_float,
    Int64: _encode_int64,
    int: _encode_int,
    dict: _encode_object,
    list: _encode_array,
    tuple: _encode_array,
    bytes: _encode_bytes,
    bytearray: _encode_bytes,
    memoryview: _encode_bytes,
    Mapping: _encode_object,
}
_ADVICE: Final = {
    "datetime": "send epoch milliseconds (`when.timestamp() * 1000`) or ISO text",
    "date": "send ISO text (`day.isoformat()`)",
    "Decimal": "send a float or text",
    "UUID": "send text (`str(uuid)`)",
    "set": "send a list",
    "frozenset": "send a list",
}


def _check_size(size: int, limit: int, what: str, depth: int) -> None:
    if size > limit:
        raise _Invalid(f"{size} {what}, but Convex allows {limit}")
    if depth > _MAX_DEPTH:
        raise _Invalid(f"nested deeper than the {_MAX_DEPTH} levels Convex allows")


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise _Invalid(f"the key {key!r} is no string")
    if len(key) <= _MAX_KEY and key.isidentifier() and key.isascii():
        return  # what keys usually are, at less cost
    if len(key) > _MAX_KEY or key.startswith("$") or not _KEY.fullmatch(key):
        raise _Invalid(
            f"the key {key[:40]!r} is not allowed: at most {_MAX_KEY} printable ASCII characters, "
            "the first not '$'"
        )


def decode_value(value: Any) -> Any:
    """The Python value of parsed wire JSON: tags unwrapped, every bare number a float.

    Raises:
        ValueError: a tag is unknown, or its content malformed.
    """
    kind = _kind_of(value)
    if kind is dict:
        if any(key.startswith("$") for key in value):
            return _decode_tagged(value)
        return {key: decode_value(item) for key, item in value.items()}
    if kind is list:
        return [decode_value(item) for item in value]
    return float(value) if kind is int else value


def _decode_tagged(fields: dict[str, Any]) -> Int64 | float | bytes:
    if len(fields) == 1:
        ((tag, content),) = fields.items()
        if tag == "$integer":
            return _new(Int64, read_int64(content))
        if tag in {"$float", "$bytes"}:
            return _decode_other(tag, content)
    raise _unknown_tag(fields)


def _decode_other(tag: str, content: object) -> float | bytes:
    if not isinstance(content, str):
        raise ValueError(f"{tag} holds no text")  # noqa: TRY004  # malformed input
    raw = a2b_base64(content, strict_mode=True)
    if tag == "$bytes":
        return raw
    if len(raw) != _FLOAT64.size:
        raise ValueError(f"{tag} holds {len(raw)} bytes instead of {_FLOAT64.size}")
    number: float = _FLOAT64.unpack(raw)[0]
    return number


def _unknown_tag(fields: dict[str, Any]) -> ValueError:
    return ValueError(f"unknown tag in an object with the keys {sorted(fields)[:8]}")


def read_int64(content: Any) -> int:
    """Read the content of `$integer`: eight bytes in base64.

    Raises:
        ValueError: it is something else.
    """
    try:
        number: int = _INT64.unpack(a2b_base64(content, strict_mode=True))[0]
    except (TypeError, StructError):
        raise ValueError(f"$integer holds {content!r} instead of 8 bytes") from None
    return number
