"""Which threads a run works on, as far as its snapshot tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

__all__ = ["threads_of"]

_OF_INPUT: Final = ("messageListState", "memoryInfo", "threadId")
_OF_STEP: Final = ("suspendPayload", "__streamState", "messageList", "memoryInfo", "threadId")


def threads_of(snapshot: Mapping[str, Any]) -> list[object]:
    """List the threads of the memory that the input and the suspended steps carry."""
    context = snapshot.get("context")
    if not isinstance(context, Mapping):
        return []
    steps = cast("Mapping[str, object]", context)
    return [_at(steps.get("input"), _OF_INPUT), *(_at(step, _OF_STEP) for step in steps.values())]


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = cast("Mapping[str, object]", value).get(name)
    return value
