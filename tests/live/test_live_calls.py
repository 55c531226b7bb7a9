"""Calls over the WebSocket: in order, each once, and seen by what is watched."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from aioconvex import ConvexClient
from aioconvex.bindings import Namespace, action, mutation, query
from aioconvex.errors import (
    ActionOutcomeUnknown,
    ArgumentError,
    ConvexConnectionError,
    ConvexTimeoutError,
    FunctionError,
    FunctionNotFoundError,
    MutationOutcomeUnknown,
)
from live.hostile import HostileServer, Scene, Wire
from live.loops import ALL_LOOPS
from live.quick import hurry

pytestmark = [pytest.mark.anyio, ALL_LOOPS]


class Counter(Namespace):
    @mutation("counter:add")
    def add(self, *, n: float) -> float: ...
    @query("counter:total")
    def total(self) -> float: ...
    @action("counter:twice")
    def twice(self, *, n: float) -> float: ...


def closes_after(kind: str) -> Scene:
    """Close the connection at the first message of a kind, without an answer."""

    async def scene(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message(kind)

    return scene


async def silent(wire: Wire) -> None:
    """Accept the connection, read, and answer nothing."""
    await wire.upgrade()
    await wire.message("no such message")


def sent(server: HostileServer, kind: str) -> list[list[dict[str, Any]]]:
    """The messages of a kind on each connection."""
    return [
        [message for message in wire.received if message["type"] == kind] for wire in server.wires
    ]


async def test_mutations_are_seen_when_they_return(counter: ConvexClient) -> None:
    """By everything that is watched, at once."""
    live = counter.live()
    async with counter.watch("counter:total") as total, counter.watch("counter:doubled") as doubled:
        for n in range(1, 20):
            assert await live.mutation("counter:add", {"n": 1}) == 1.0
            assert (total.current, doubled.current) == (n, 2 * n)


async def test_bindings_work_over_the_socket(counter: ConvexClient) -> None:
    """Typed as over HTTP."""
    api = Counter(counter.live())
    assert await api.add(n=3) == 3.0
    assert await api.total() == 3.0
    assert await api.twice(n=4) == 8.0


async def test_mutations_run_in_the_order_of_the_calls() -> None:
    """Even if all are called at once."""
    async with HostileServer([]).running() as server, ConvexClient(server.url) as client:
        live = client.live()

        async def call(n: int) -> None:
            assert await live.mutation("a:b", {"n": n}) == {"n": n}

        async with anyio.create_task_group() as tasks:
            for n in range(1500):
                tasks.start_soon(call, n)
        (messages,) = sent(server, "Mutation")
        numbers = [message["args"][0]["n"] for message in messages]
        assert sorted(numbers) == list(range(1500))
        # Tasks start in any order on trio; they call in the order in which they start.
        assert [message["requestId"] for message in messages] == list(range(1500))


async def test_the_failure_of_a_function_is_raised_at_once(
    counter: ConvexClient, caplog: pytest.LogCaptureFixture
) -> None:
    """With the same classes as over HTTP, for every kind."""
    caplog.set_level(logging.INFO, "aioconvex.functions")
    live = counter.live()
    with pytest.raises(FunctionError, match="counter:refuse") as caught:
        await live.mutation("counter:refuse")
    assert caught.value.request_id
    for call in (live.query, live.mutation, live.action):
        with pytest.raises(FunctionNotFoundError, match="counter:none"):
            await call("counter:none")
    with pytest.raises(ArgumentError):
        await live.mutation("counter:add", {"n": 2**60})
    with pytest.raises(ArgumentError, match="admin"):
        await live.action("counter:twice", {"n": 1}, component="other")
    await live.mutation("counter:add", {"n": 1})
    assert [record.getMessage() for record in caplog.records] == ["counter:add: [LOG] 'adding' 1"]


async def test_a_mutation_outlives_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent again word for word, so that the server knows it."""
    hurry(monkeypatch)
    lost = closes_after("Mutation")
    async with HostileServer([lost, lost]).running() as server, ConvexClient(server.url) as client:
        assert await client.live().mutation("a:b", {"n": 1.5}) == {"n": 1.5}
        first, second, third = sent(server, "Mutation")
        assert first == second == third
        assert len({wire.received[0]["sessionId"] for wire in server.wires}) == 1


async def test_an_action_does_not_outlive_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have run, so it is not sent again."""
    hurry(monkeypatch)
    async with (
        HostileServer([closes_after("Action")]).running() as server,
        ConvexClient(server.url) as client,
    ):
        with pytest.raises(ActionOutcomeUnknown) as caught:
            await client.live().action("a:b", {"n": 1})
        assert caught.value.reason == "the connection was lost: closed with code 1006"
        assert await client.live().action("a:b", {"n": 2}) == {"n": 2}
        assert [len(actions) for actions in sent(server, "Action")] == [1, 1]


@pytest.mark.parametrize(
    ("kind", "unknown"), [("mutation", MutationOutcomeUnknown), ("action", ActionOutcomeUnknown)]
)
async def test_out_of_time_it_may_have_run_if_it_was_sent(
    kind: str, unknown: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mutation keeps its place and is answered to nobody; what comes after it is served."""
    hurry(monkeypatch)
    async with HostileServer([silent]).running() as server, ConvexClient(server.url) as client:
        call = getattr(client.with_options(timeout=0.2).live(), kind)
        with pytest.raises(unknown, match=r"no answer within 0\.2 s"):
            await call("a:b", {"n": 1})
        assert getattr(client.connection, f"{kind}s_in_flight") == 1
        assert len(sent(server, kind.capitalize())[0]) == 1


@pytest.mark.parametrize("kind", ["query", "mutation", "action"])
async def test_out_of_time_it_is_taken_back_if_it_was_not_sent(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it will not run behind the caller's back when the network returns."""
    opened = anyio.Event()

    async def no_upgrade(wire: Wire) -> None:
        await wire.request()
        await opened.wait()

    hurry(monkeypatch)
    async with HostileServer([no_upgrade]).running() as server, ConvexClient(server.url) as client:
        call = getattr(client.with_options(timeout=0.1).live(), kind)
        with pytest.raises(ConvexTimeoutError, match="a:b"):
            await call("a:b", {"n": 1})
        opened.set()
        assert await client.live().mutation("a:after", {"n": 2}) == {"n": 2}
        (message,) = sent(server, "Mutation")[-1]
        assert message["udfPath"] == "a:after"
        assert sent(server, "Action")[-1] == []


@pytest.mark.parametrize("kind", ["query", "mutation", "action"])
async def test_out_of_time_the_error_tells_why_there_is_no_connection(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a wrong certificate would look like a slow function."""

    async def refuse(wire: Wire) -> None:
        await wire.request()
        await wire.stream.send(b"HTTP/1.1 503 Away\r\nContent-Length: 4\r\n\r\naway")

    hurry(monkeypatch, pause=0.01)
    why = r"within 1 s: HTTP 503 instead of a WebSocket: away"
    async with (
        HostileServer([refuse], refuse).running() as server,
        ConvexClient(server.url, timeout=1) as client,
    ):
        with pytest.raises(ConvexTimeoutError, match=why):
            await getattr(client.live(), kind)("a:b")


async def test_a_cancelled_mutation_keeps_its_place() -> None:
    """It was sent; the next one comes after it, and neither's answer is the other's."""
    begin = anyio.Event()

    async def late(wire: Wire) -> None:
        await wire.upgrade()
        first = await wire.message("Mutation")
        begin.set()
        second = await wire.message("Mutation")
        for message in (first, second):
            done = wire.transition(query_set=1)
            await wire.say(
                type="MutationResponse",
                requestId=message["requestId"],
                success=True,
                result=message["args"][0],
                ts=done["endVersion"]["ts"],
                logLines=[],
            )
            await wire.say(**done)
        await wire.message("no such message")

    async with HostileServer([late]).running() as server, ConvexClient(server.url) as client:
        live = client.live()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(live.mutation, "a:b", {"n": 1})
            with anyio.fail_after(10):
                await begin.wait()
            tasks.cancel_scope.cancel()
        assert await live.mutation("a:b", {"n": 2}) == {"n": 2}
        assert client.connection.mutations_in_flight == 0


async def test_a_closed_client_says_what_is_known_of_its_calls() -> None:
    """What was sent may have been applied; who watches is told as well."""
    errors: list[Exception] = []

    async def note(call: Callable[[], Awaitable[object]]) -> None:
        try:
            await call()
        except Exception as error:  # noqa: BLE001  # whatever it is
            errors.append(error)

    async with HostileServer([silent]).running() as server:
        client = ConvexClient(server.url)
        live = client.live()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(note, lambda: live.mutation("a:b", {}))
            tasks.start_soon(note, client.watch("a:c").once)
            with anyio.fail_after(10):
                while not (server.wires and sent(server, "Mutation")[0]):
                    await anyio.wait_all_tasks_blocked()
            await client.aclose()
    assert {type(error) for error in errors} == {MutationOutcomeUnknown, ConvexConnectionError}
    assert all("the client was closed" in str(error) for error in errors)
    for use in (lambda: live.mutation("a:b"), client.watch("a:c").once, client.ready):
        with pytest.raises(RuntimeError, match="closed"):
            await use()
