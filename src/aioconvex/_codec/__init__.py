"""Between Convex values and the types that bindings declare: cattrs with strict hooks of our own."""

from ._decode import decode
from ._encode import encoder
from ._names import camel, wire_name
from ._wrong import WrongValue

__all__ = ["WrongValue", "camel", "decode", "encoder", "wire_name"]
