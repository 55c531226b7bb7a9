"""The one rule between Python names and wire names; a declaration states only its exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import attrs

__all__ = ["camel", "wire_name"]


def camel(name: str) -> str:
    """Spell a Python name as it is on the wire by the rule: `thread_id` is `threadId`."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def wire_name(item: attrs.Attribute[Any]) -> str:
    """Spell a model's field as it is on the wire."""
    name: str = item.metadata.get("wire") or camel(item.name)
    return name
