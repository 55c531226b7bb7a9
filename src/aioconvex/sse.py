"""Server-sent events from a live query, for any web framework that streams bytes.

With Starlette or FastAPI, for example:

    @app.get("/threads/{thread_id}/events")
    async def thread_events(thread_id: str, last_event_id: str | None = Header(None)):
        thread = api.mastra.queries.watch_thread.watch(thread_id=thread_id)
        body = sse.events(thread, last_event_id=last_event_id)
        return StreamingResponse(body, media_type=sse.MEDIA_TYPE)

And in the browser, which connects again by itself whenever the stream ends:

    const source = new EventSource("/threads/t-1/events");
    source.addEventListener("value", ({ data }) => show(JSON.parse(data)));

Servers that are told to stop may wait for open streams, which never end by themselves: give uvicorn
`--timeout-graceful-shutdown`, for example.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import anyio

from .errors import ApplicationError, FunctionError
from .values import dumps

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .live import LiveQuery

__all__ = ["MEDIA_TYPE", "events"]

MEDIA_TYPE: Final = "text/event-stream"

_RETRY: Final = b"retry: 2000\n\n"
_HEARTBEAT: Final = b":\n\n"


async def events(
    query: LiveQuery[Any], *, last_event_id: str | None = None, heartbeat: float = 15.0
) -> AsyncGenerator[bytes]:
    """Watch a query for as long as somebody reads, and give its results as events.

    A result is an event `value` with the result as Convex's JSON (`jsonToConvex` of npm `convex`
    reads what plain JSON has no form for, such as int64). An error of the function is an event
    `failure` with `path`, `message` and, if the function threw a `ConvexError`, its `data`; the
    stream goes on. A slow reader gets the newest result.

    Args:
        query: not entered yet; of a paginated query, its window's `as_query()`.
        last_event_id: what the browser sends in the header `Last-Event-ID` when it connects again;
            the result that it has already is left out.
        heartbeat: seconds without a result after which a comment is sent, which keeps proxies from
            closing the stream and lets a server notice that nobody reads any more.

    Raises:
        ValueError: the heartbeat has no pause.
        ConvexError: the query cannot be watched any longer; see `LiveQuery`.
    """
    if not heartbeat > 0:
        raise ValueError(f"heartbeat must be more than 0 seconds, not {heartbeat}")
    yield _RETRY
    async with query.as_json().with_errors() as live:
        while True:
            item: bytes | FunctionError | None = None
            with anyio.move_on_after(heartbeat):
                item = await anext(live)
            if item is None:
                yield _HEARTBEAT
                continue
            name, data = _failure(item) if isinstance(item, FunctionError) else (b"value", item)
            number = blake2b(data, digest_size=8).hexdigest()
            if number != last_event_id:
                yield b"id: %b\nevent: %b\ndata: %b\n\n" % (number.encode(), name, data)
            last_event_id = None


def _failure(error: FunctionError) -> tuple[bytes, bytes]:
    told: dict[str, object] = {"path": error.path, "message": error.message}
    if isinstance(error, ApplicationError):
        told["data"] = error.data
    return b"failure", dumps(told)
