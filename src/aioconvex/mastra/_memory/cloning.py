"""Copies of threads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack
from uuid import uuid4

import anyio
from attrs import evolve, field, frozen

from aioconvex.errors import ArgumentError, ConvexError
from aioconvex.mastra._arguments import given_text
from aioconvex.mastra._paging import Window
from aioconvex.mastra._rows import now, time_text
from aioconvex.mastra.errors import storage_error

from .backend import MessageFilter
from .base import MemoryDomain
from .checks import check_ids, check_object, check_texts, date_bounds
from .lists import in_order, read_list
from .models import ClonedThread, CopiedThread, CopyOptions, DateRange, Thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .backend import MemoryBackend
    from .models import Message

__all__ = ["CloningMemory"]

_COPIED_AT_ONCE: Final = 200


@frozen(kw_only=True)
class _Plan:
    """What a copy is made of: the thread to be, the messages, and their new ids."""

    thread: Thread
    owner: str | None
    messages: Sequence[Message] = field(repr=False)
    new_ids: dict[str, str] = field(repr=False)


class CopyRequest(TypedDict, total=False):
    """What the copy of a thread shall be like.

    Attributes:
        new_thread_id: its id, which must be free; a new one unless given.
        resource_id: whose it is; as the source unless given.
        title: its title; `Clone of …` unless given.
        metadata: its metadata, to which `clone` is added: `sourceThreadId`, `clonedAt`, and
            `lastMessageId` if there was a message.
        options: which messages to copy; all unless given.
    """

    new_thread_id: str | None
    resource_id: str | None
    title: str | None
    metadata: Mapping[str, Any] | None
    options: CopyOptions | None


class CloningMemory(MemoryDomain):
    """The copies of memory."""

    async def copy_thread(
        self, *, source_thread_id: str, **wanted: Unpack[CopyRequest]
    ) -> CopiedThread:
        """Copy a thread with its messages under new ids.

        Up to 200 messages, and the thread itself, are copied in one transaction. A longer thread
        is in several, and the thread appears with the last; if one fails, the copies are deleted.

        Args:
            source_thread_id: the thread to copy.
            **wanted: what the copy shall be like, see `CopyRequest`.

        Raises:
            MastraError: there is no source, or the new id is taken.
            ArgumentError: an argument is wrong.
            ConvexError: as for `ConvexClient.mutation`.
        """
        plan = await self._copy(source_thread_id, wanted)
        return CopiedThread(thread=plan.thread, message_ids=plan.new_ids)

    async def clone_thread(
        self, *, source_thread_id: str, **wanted: Unpack[CopyRequest]
    ) -> ClonedThread:
        """Copy a thread, and return the copied messages too; see `copy_thread`."""
        plan = await self._copy(source_thread_id, wanted)
        messages = [
            evolve(
                message,
                id=plan.new_ids[message.id],
                thread_id=plan.thread.id,
                resource_id=message.resource_id if plan.owner is None else plan.owner,
            )
            for message in plan.messages
        ]
        return ClonedThread(thread=plan.thread, message_ids=plan.new_ids, messages=messages)

    async def _copy(self, source_id: str, wanted: CopyRequest) -> _Plan:
        _check(source_id, wanted)
        backend = await self._backend()
        source = await backend.thread(source_id)
        if source is None:
            text = f"Source thread with id {source_id} not found"
            raise storage_error("cloneThread", "SOURCE_NOT_FOUND", text)
        new_id = wanted.get("new_thread_id")
        if new_id is not None and await backend.thread(new_id) is not None:
            text = f"Thread with id {new_id} already exists"
            raise storage_error("cloneThread", "THREAD_EXISTS", text)
        messages = await _chosen(backend, source_id, wanted.get("options") or CopyOptions())
        plan = _Plan(
            thread=_new_thread(source, wanted, messages),
            owner=wanted.get("resource_id"),
            messages=messages,
            new_ids={message.id: str(uuid4()) for message in messages},
        )
        return await _carry_out(backend, plan)


async def _carry_out(backend: MemoryBackend, plan: _Plan) -> _Plan:
    pairs = list(plan.new_ids.items())
    made: set[str] = set()
    try:
        for start in range(0, max(1, len(pairs)), _COPIED_AT_ONCE):
            part = pairs[start : start + _COPIED_AT_ONCE]
            last = start + _COPIED_AT_ONCE >= len(pairs)
            made.update(await backend.copy_messages(part, plan.thread, plan.owner, last=last))
    except BaseException as failure:
        with anyio.CancelScope(shield=True):
            try:
                await _clean_up(backend, plan)
            except ConvexError as error:
                failure.add_note(f"Copies are left in thread {plan.thread.id}: {error}")
        raise
    # Messages that were deleted since they were listed have no copies.
    kept = {source: new for source, new in pairs if new in made}
    messages = [message for message in plan.messages if message.id in kept]
    return evolve(plan, messages=messages, new_ids=kept)


async def _clean_up(backend: MemoryBackend, plan: _Plan) -> None:
    # The last call may have been applied although nobody heard of it.
    if await backend.thread(plan.thread.id) == plan.thread:
        await backend.delete_thread(plan.thread.id)
    ids = list(plan.new_ids.values())
    for start in range(0, len(ids), _COPIED_AT_ONCE):
        await backend.delete_messages(ids[start : start + _COPIED_AT_ONCE])


async def _chosen(backend: MemoryBackend, source_id: str, options: CopyOptions) -> list[Message]:
    start, end = date_bounds(DateRange(start=options.start_date, end=options.end_date))
    everything = MessageFilter(thread_ids=[source_id], start=start, end=end)
    ids = None if options.message_ids is None else set(options.message_ids)
    limit = options.message_limit or 0
    if ids is None and limit > 0:
        start = await _start_of_last(backend, everything, limit)
        everything = evolve(everything, start=start)
    read = partial(backend.messages_part, everything)
    found = await read_list(Window(0, None), read, counting=True)
    messages = in_order(found.items, "asc")
    if ids is not None:
        messages = [message for message in messages if message.id in ids]
    return messages[-limit:] if limit > 0 else messages


async def _start_of_last(backend: MemoryBackend, wanted: MessageFilter, limit: int) -> str | None:
    # Of the messages of that one time the last stored count, so all of them are read.
    read = partial(backend.messages_part, evolve(wanted, order="desc"))
    newest = await read_list(Window(0, limit), read, counting=False)
    if len(newest.items) < limit:
        return wanted.start
    return time_text(newest.items[-1].value.created_at, "created_at")


def _new_thread(source: Thread, wanted: CopyRequest, messages: Sequence[Message]) -> Thread:
    time = now()
    clone = {"sourceThreadId": source.id, "clonedAt": time_text(time, "now")}
    if messages:
        clone["lastMessageId"] = messages[-1].id
    title = wanted.get("title")
    if title is None:
        title = f"Clone of {source.title}" if source.title else ""
    return Thread(
        id=wanted.get("new_thread_id") or str(uuid4()),
        resource_id=wanted.get("resource_id") or source.resource_id,
        title=title,
        metadata={**(wanted.get("metadata") or {}), "clone": clone},
        created_at=time,
        updated_at=time,
    )


def _check(source_id: object, wanted: CopyRequest) -> None:
    given_text(source_id, "source_thread_id")
    for name in ("new_thread_id", "resource_id"):
        if wanted.get(name) is not None:
            given_text(wanted.get(name), name)
    check_texts("thread", title=wanted.get("title") or "")
    check_object({} if (metadata := wanted.get("metadata")) is None else metadata, "metadata")
    options = wanted.get("options") or CopyOptions()
    check_ids(options.message_ids or (), "options.message_ids")
    limit = options.message_limit
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("options.message_limit", f"{limit!r} is no number of messages")
