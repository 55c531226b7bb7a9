"""One deadline for a call with all it needs, and what it says when it is over."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex import ConvexClient
from aioconvex._protocol.backoff import delay, read_retry_after
from aioconvex.errors import (
    ConvexConnectionError,
    ConvexError,
    ConvexTimeoutError,
    MutationOutcomeUnknown,
    OverloadedError,
)
from client.deployment import Stub

BUSY = {"status": 503, "body": {"code": "WorkerOverloaded", "message": "Busy."}}
SHORT = 0.1  # seconds of timeout where the timeout is what the test waits for


async def outcome(call: Callable[..., Awaitable[Any]], *args: object) -> Any:
    try:
        return await call(*args)
    except ConvexError as error:
        return error


@pytest.mark.anyio
async def test_tries_end_with_the_last_error_when_the_next_would_be_too_late(stub: Stub) -> None:
    """It does not wait for a try that the deadline would end: the last answer says more."""
    case = stub.case({**BUSY, "headers": {"Retry-After": "30"}})
    async with ConvexClient(stub.url, timeout=20) as client:
        with pytest.raises(OverloadedError):
            await client.mutation(f"{case}:f")

    assert len(stub.seen(case).requests) == 1


@pytest.mark.anyio
@pytest.mark.usefixtures("delays")
async def test_a_deadline_during_the_wait_gives_the_last_error(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the clock was wrong about the wait."""

    async def forever(_seconds: float) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr("aioconvex._engine.anyio.sleep", forever)
    case = stub.case(BUSY)
    async with ConvexClient(stub.url, timeout=1) as client:
        with pytest.raises(OverloadedError):
            await client.mutation(f"{case}:f")


@pytest.mark.anyio
async def test_a_second_try_that_hangs_is_over_with_the_first_deadline(
    stub: Stub, delays: list[Any]
) -> None:
    """The deadline covers all tries; which kind of call it was decides what is known."""
    query, mutation = stub.case(BUSY, {"hold": True}), stub.case(BUSY, {"hold": True})
    async with ConvexClient(stub.url, timeout=SHORT * 3) as client:
        assert type(await outcome(client.query, f"{query}:f")) is ConvexTimeoutError
        assert type(await outcome(client.mutation, f"{mutation}:f")) is MutationOutcomeUnknown

    assert len(delays) == 2
    assert len(stub.seen(mutation).requests) == 2


@pytest.mark.anyio
async def test_retry_after_is_what_decides_the_wait(
    stub: Stub, delays: list[tuple[int, float | None]]
) -> None:
    """Seconds, and nonsense, which is no wish; a lost connection has none."""
    case = stub.case(
        {**BUSY, "headers": {"Retry-After": "7"}},
        {**BUSY, "headers": {"Retry-After": "soon"}},
        {"status": 429, "body": "", "headers": {"Retry-After": "900"}},
        {},
    )
    async with ConvexClient(stub.url, max_retries=5) as client:
        await client.mutation(f"{case}:f")

    assert delays == [(1, 7.0), (2, None), (3, 900.0)]


@given(st.integers(1, 50), st.none() | st.floats(0, 1e9), st.floats(0, 1))
def test_waits_grow_with_jitter_and_believe_the_server_up_to_a_minute(
    tries: int, retry_after: float | None, jitter: float
) -> None:
    """Half to full of 0.5, 1, 2, 4, 8 seconds, or what was asked for, but never above 60."""
    seconds = delay(tries, retry_after, jitter)
    full = min(0.5 * 2 ** (tries - 1), 8.0)
    assert (
        max(full / 2, min(retry_after or 0, 60)) <= seconds <= max(full, min(retry_after or 0, 60))
    )


@given(
    st.text() | st.integers().map(str) | st.datetimes().map(lambda when: f"{when:%a, %d %b %Y %X}")
)
def test_any_retry_after_is_read(value: str) -> None:
    """A header is the server's, and may hold anything."""
    seconds = read_retry_after(value, datetime(2026, 1, 1, tzinfo=UTC))
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("Wed, 31 Dec 2025 23:59:30 GMT", 0.0),
        (" 7 ", 7.0),
        ("-7", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_may_be_a_date(value: str | None, seconds: float | None) -> None:
    """As HTTP has it; one in the past is now."""
    assert read_retry_after(value, datetime(2026, 1, 1, tzinfo=UTC)) == seconds


@pytest.mark.anyio
async def test_a_mutation_that_waited_for_its_turn_only_was_surely_not_applied(stub: Stub) -> None:
    """Timed out in the queue of `ordered=True`, nothing of it was sent."""
    held, case = stub.case({"hold": True}), stub.case({})
    async with ConvexClient(stub.url, ordered=True) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(outcome, client.mutation, f"{held}:f")
        while not stub.seen(held).requests:
            await anyio.lowlevel.checkpoint()
        view = client.with_options(timeout=SHORT)
        assert type(await outcome(view.mutation, f"{case}:f")) is ConvexTimeoutError
        tasks.cancel_scope.cancel()

    assert stub.seen(case).requests == []


@pytest.mark.anyio
async def test_a_mutation_that_waited_for_a_slot_only_was_surely_not_applied(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timed out while others were in flight, nothing of it was sent."""
    held, case = stub.case({"hold": True}), stub.case({})
    async with ConvexClient(stub.url) as client, anyio.create_task_group() as tasks:
        await client.query("healthy:f")
        monkeypatch.setattr(client._calls.engine.opened().slots, "_free", 1)  # noqa: SLF001
        tasks.start_soon(outcome, client.mutation, f"{held}:f")
        while not stub.seen(held).requests:
            await anyio.lowlevel.checkpoint()
        view = client.with_options(timeout=SHORT)
        assert type(await outcome(view.mutation, f"{case}:f")) is ConvexTimeoutError
        tasks.cancel_scope.cancel()

    assert stub.seen(case).requests == []


@pytest.mark.anyio
async def test_a_mutation_that_waited_for_its_token_only_was_surely_not_applied(stub: Stub) -> None:
    """Before the first try, and after a refusal."""
    refused, case = stub.case({"tokens": []}), stub.case({})

    async def never(*, force_refresh: bool) -> str:
        if force_refresh:
            await anyio.sleep_forever()
        return "t"

    async def never_at_all(*, force_refresh: bool) -> str:
        return await never(force_refresh=not force_refresh)

    async with ConvexClient(stub.url, timeout=SHORT) as client:
        for auth, path in ((never, refused), (never_at_all, case)):
            error = await outcome(client.with_auth(auth).mutation, f"{path}:f")
            assert type(error) is ConvexTimeoutError

    assert stub.seen(case).requests == []


@pytest.mark.anyio
async def test_a_mutation_whose_connection_is_not_there_in_time_was_surely_not_applied() -> None:
    """A server that accepts no connection has seen nothing of it."""
    with contextlib.ExitStack() as sockets:
        full = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = full.getsockname()
        for _ in range(4):  # fill its queue, so that the next one has to wait
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003
            with contextlib.suppress(BlockingIOError):
                waiting.connect(address)
        async with ConvexClient(f"http://127.0.0.1:{address[1]}", timeout=SHORT) as client:
            assert type(await outcome(client.mutation, "a:b")) is ConvexTimeoutError


@pytest.mark.anyio
async def test_ordered_mutations_run_in_the_order_of_the_calls(stub: Stub) -> None:
    """One at a time, whatever happens to one of them; others are not held up."""
    case = stub.case({}, {"status": 400, "body": ""}, {"drop": "read"}, {})
    done: list[int] = []

    async with ConvexClient(stub.url, ordered=True) as client, anyio.create_task_group() as tasks:

        async def call(number: int) -> None:
            await outcome(client.mutation, f"{case}:f", {"number": number})
            done.append(number)

        for number in range(20):
            tasks.start_soon(call, number)
            await anyio.lowlevel.checkpoint()
        assert await client.query("healthy:f") == 1.0

    bodies = [request["body"] for request in stub.seen(case).requests]
    assert done == list(range(20))
    assert [f'"number":{number}.0' in body for number, body in enumerate(bodies)] == [True] * 20


@pytest.mark.anyio
async def test_a_cancelled_ordered_mutation_lets_the_next_one_go(stub: Stub) -> None:
    """The queue survives whoever leaves it."""
    held, case = stub.case({"hold": True}), stub.case({})
    async with ConvexClient(stub.url, ordered=True) as client, anyio.create_task_group() as tasks:
        first = anyio.CancelScope()

        async def call_and_be_cancelled() -> None:
            with first:
                await client.mutation(f"{held}:f")

        tasks.start_soon(call_and_be_cancelled)
        while not stub.seen(held).requests:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(client.mutation, f"{case}:f")
        await anyio.wait_all_tasks_blocked()
        first.cancel()

    assert stub.seen(case).runs == 1


@pytest.mark.anyio
async def test_without_a_timeout_a_call_waits(stub: Stub) -> None:
    """`None` is for ever; only a cancellation ends it, and leaves the client usable."""
    held = stub.case({"hold": True})
    async with ConvexClient(stub.url, timeout=None) as client:
        with anyio.move_on_after(SHORT) as scope:
            await client.action(f"{held}:f")
        assert scope.cancelled_caught
        assert await client.query("healthy:f") == 1.0


@pytest.mark.anyio
async def test_files_and_http_actions_have_deadlines_too(stub: Stub) -> None:
    """A server that never answers holds nobody for ever."""
    case = stub.case({"hold": True})
    async with ConvexClient(stub.url, timeout=SHORT) as client:
        with pytest.raises(ConvexTimeoutError):
            await client.upload(f"{stub.url}/api/storage/upload?token={case}", b"x")
        with pytest.raises(ConvexTimeoutError):
            async with client.download(f"{stub.url}/api/storage/{case}"):
                pass
        with pytest.raises(ConvexError, match="may or may not have run"):
            await client.http_action("POST", f"/{case}", content=b"x")
        with contextlib.suppress(ConvexConnectionError):
            await client.query("healthy:f")
        assert await client.query("healthy:f") == 1.0
