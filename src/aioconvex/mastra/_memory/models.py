"""Threads, messages and resources as Python has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import Factory, field, frozen

from aioconvex._types import UNSET, Unset
from aioconvex.mastra._arguments import given_time, optional_time
from aioconvex.mastra._rows import new_id, now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = [
    "ClonedThread",
    "CopiedThread",
    "CopyOptions",
    "DateRange",
    "Include",
    "Message",
    "MessageList",
    "MessageUpdate",
    "Order",
    "Resource",
    "Thread",
    "ThreadList",
]

Order: TypeAlias = Literal["asc", "desc"]
"""Oldest or newest first."""


def _nothing() -> dict[str, Any]:
    return {}


def _as_created(stored: Thread | Resource) -> datetime:
    return stored.created_at


@frozen(kw_only=True)
class Thread:
    """A conversation, which belongs to one resource.

    Times are cut to milliseconds, so that what is read compares equal to what was saved.

    Attributes:
        id: the thread's id.
        resource_id: whose it is, usually a user's id.
        title: empty when nobody gave one.
        metadata: any JSON object.
        created_at: now, unless told.
        updated_at: as `created_at`, unless told.

    Raises:
        ArgumentError: a time is naive, or none.
    """

    id: str = Factory(new_id)
    resource_id: str
    title: str = ""
    metadata: Mapping[str, Any] = field(factory=_nothing, repr=False)
    created_at: datetime = field(factory=now, converter=given_time)
    updated_at: datetime = field(
        default=Factory(_as_created, takes_self=True), converter=given_time
    )


@frozen(kw_only=True)
class Message:
    """A message of a thread.

    Attributes:
        id: the message's id.
        thread_id: the thread that it belongs to.
        resource_id: the thread's resource; every message that is saved needs one.
        role: `user`, `assistant`, `system` or `tool`.
        content: any JSON value; it comes back as it was.
        type: Mastra's name for the shape of `content`.
        created_at: now, unless told; cut to milliseconds.

    Raises:
        ArgumentError: the time is naive, or none.
    """

    id: str = Factory(new_id)
    thread_id: str
    resource_id: str | None = None
    role: str
    content: Any = field(repr=False)
    type: str = "v2"
    created_at: datetime = field(factory=now, converter=given_time)


@frozen(kw_only=True)
class Resource:
    """What is remembered of a user beyond one thread.

    Attributes:
        id: the resource's id.
        working_memory: its text; None if there is none, and when saved leaves the stored one.
        metadata: any JSON object.
        created_at: now, unless told; cut to milliseconds.
        updated_at: as `created_at`, unless told.

    Raises:
        ArgumentError: a time is naive, or none.
    """

    id: str
    working_memory: str | None = field(default=None, repr=False)
    metadata: Mapping[str, Any] = field(factory=_nothing, repr=False)
    created_at: datetime = field(factory=now, converter=given_time)
    updated_at: datetime = field(
        default=Factory(_as_created, takes_self=True), converter=given_time
    )


@frozen(kw_only=True)
class MessageUpdate:
    """What to change of a message; None, or nothing, leaves it as it is.

    Attributes:
        id: the message.
        content: an object is merged into the stored one, one level deep, and two in `metadata`;
            anything else takes its place.
        thread_id: the thread to move it to.
        resource_id: the resource to give it to.
        role: the new role.
        type: the new type.
        created_at: the new time.

    Raises:
        ArgumentError: the time is naive, or none.
    """

    id: str
    content: Any | Unset = field(default=UNSET, repr=False)
    thread_id: str | None = None
    resource_id: str | None = None
    role: str | None = None
    type: str | None = None
    created_at: datetime | None = field(default=None, converter=optional_time)


@frozen(kw_only=True)
class Include:
    """A message to return whatever the filters say, and how many of its thread around it."""

    id: str
    with_previous_messages: int = 0
    with_next_messages: int = 0


@frozen(kw_only=True)
class DateRange:
    """A span of time; a bound that is None does not restrict it, and both belong to it unless told.

    Raises:
        ArgumentError: a bound is naive, or no time.
    """

    start: datetime | None = field(default=None, converter=optional_time)
    end: datetime | None = field(default=None, converter=optional_time)
    start_exclusive: bool = False
    end_exclusive: bool = False


@frozen(kw_only=True)
class ThreadList:
    """One page of threads.

    Attributes:
        threads: the page.
        total: how many threads the whole list has; None if it was not to be counted.
        page: which page, from 0 on.
        per_page: its size; False for everything.
        has_more: whether threads come after.
    """

    threads: list[Thread]
    total: int | None
    page: int
    per_page: int | Literal[False]
    has_more: bool


@frozen(kw_only=True)
class MessageList:
    """One page of messages, and those that were to be included.

    Attributes:
        messages: the page, in the order that was asked for.
        total: how many messages the whole list has, without included ones; None if it was not to
            be counted.
        page: which page, from 0 on.
        per_page: its size; False for everything.
        has_more: whether messages come after.
    """

    messages: list[Message]
    total: int | None
    page: int
    per_page: int | Literal[False]
    has_more: bool


@frozen(kw_only=True)
class CopyOptions:
    """Which messages of a thread to copy.

    Attributes:
        message_ids: only these.
        start_date: only those created then or later.
        end_date: only those created then or earlier.
        message_limit: of what is left, only so many of the most recent.

    Raises:
        ArgumentError: a date is naive, or none.
    """

    message_ids: Sequence[str] | None = None
    start_date: datetime | None = field(default=None, converter=optional_time)
    end_date: datetime | None = field(default=None, converter=optional_time)
    message_limit: int | None = None


@frozen(kw_only=True)
class CopiedThread:
    """A copy of a thread; `message_ids` maps each message's id to that of its copy."""

    thread: Thread
    message_ids: dict[str, str]


@frozen(kw_only=True)
class ClonedThread(CopiedThread):
    """A copy of a thread, with its messages."""

    messages: list[Message]
