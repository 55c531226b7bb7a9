"""Memory: threads, messages, resources and observations of a Mastra app."""

from __future__ import annotations

from typing import Final

from ._memory.cloning import CloningMemory
from ._memory.live import LiveMemory
from ._memory.messages import MessageMemory
from ._memory.models import (
    ClonedThread,
    CopiedThread,
    CopyOptions,
    DateRange,
    Include,
    Message,
    MessageList,
    MessageUpdate,
    Resource,
    Thread,
    ThreadList,
)
from ._memory.resources import ResourceMemory
from ._memory.threads import ThreadMemory
from ._observations.models import (
    ActivatedChunk,
    ActivationResult,
    ExtractionFailure,
    ObservationalMemory,
    ObservationChunk,
)
from ._observations.observing import ObservingMemory
from ._observations.records import RecordMemory
from ._observations.reflecting import ReflectingMemory

__all__ = [
    "ActivatedChunk",
    "ActivationResult",
    "ClonedThread",
    "CopiedThread",
    "CopyOptions",
    "DateRange",
    "ExtractionFailure",
    "Include",
    "MemoryConvex",
    "Message",
    "MessageList",
    "MessageUpdate",
    "ObservationChunk",
    "ObservationalMemory",
    "Resource",
    "Thread",
    "ThreadList",
]

_TABLES: Final = (
    "mastra_messages",
    "mastra_threads",
    "mastra_resources",
    "mastra_observational_memory",
)


class MemoryConvex(
    ThreadMemory,
    MessageMemory,
    CloningMemory,
    ResourceMemory,
    LiveMemory,
    RecordMemory,
    ObservingMemory,
    ReflectingMemory,
):
    """The memory of a Mastra app: threads, messages, resources, and what was observed of them.

        async with MemoryConvex(deployment_url=url, auth_token=token) as memory:
            thread = await memory.save_thread(thread=Thread(resource_id="ada", title="Garden"))
            await memory.save_messages(messages=[
                Message(thread_id=thread.id, resource_id="ada", role="user", content={"text": "Hi"}),
            ])
            newest = await memory.list_messages(thread_id=thread.id, per_page=20, order="desc")

    Every method checks its arguments before anything is sent, and raises `ConvexError`; what it
    says of Mastra's rules is a `MastraError`. Where only the functions of `@mastra/convex` are
    deployed, lists end in an error at 10,000 rows, and an update reads and writes in two steps.
    """

    async def dangerously_clear_all(self) -> None:
        """Delete all threads, messages, resources and observational memory.

        Raises:
            ConvexError: as for `ConvexClient.mutation`; what was deleted before stays so.
        """
        for table in _TABLES:
            await self._client.call_storage_until_done({"op": "clearTable", "tableName": table})
