"""A live query gives its result now and whenever it changes."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest

from aioconvex import ConvexClient, Int64, LiveQuery
from aioconvex.bindings import BigInt, Namespace, model, query
from aioconvex.errors import (
    ApplicationError,
    ArgumentError,
    DecodeError,
    FunctionError,
    SlowReaderError,
)
from live.hostile import ANSWER, HostileServer, Wire, answered, honest
from live.loops import ALL_LOOPS
from live.quick import hurry

pytestmark = [pytest.mark.anyio, ALL_LOOPS]


@model
class Row:
    n: float
    big: BigInt


class Counter(Namespace):
    @query("counter:total")
    def total(self, *, limit: float | None = None) -> float: ...
    @query("counter:rows")
    def rows(self) -> list[Row]: ...
    @query("counter:total")
    def wrong(self) -> str: ...


async def seen(live: LiveQuery[Any], wanted: object) -> list[object]:
    """What comes until the wanted result has come."""
    results: list[object] = []
    with anyio.fail_after(10):
        async for result in live:
            results.append(result)
            if result == wanted:
                break
    return results


async def test_the_result_comes_now_and_after_each_change(counter: ConvexClient) -> None:
    """Whoever makes the change, and over whichever connection."""
    async with counter.watch("counter:total") as total:
        assert await seen(total, 0.0) == [0.0]
        await counter.mutation("counter:add", {"n": 2})
        assert await seen(total, 2.0) == [2.0]
        await counter.live().mutation("counter:add", {"n": 3})
        assert await seen(total, 5.0) == [5.0]


async def test_bindings_give_typed_results(counter: ConvexClient) -> None:
    """Built in the reader's task, from the same arguments that a call takes."""
    await counter.mutation("counter:add", {"n": 7})
    async with Counter(counter).rows.watch() as rows:
        assert await anext(rows) == [Row(n=7.0, big=7)]
    async with Counter(counter.live()).total.watch(limit=50) as total:
        assert await anext(total) == 7.0


async def test_a_wrong_argument_raises_at_once(counter: ConvexClient) -> None:
    """Before anything is opened; a bad path would end everybody's connection."""
    with pytest.raises(TypeError, match="limits"):
        Counter(counter).total.watch(limits=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(ArgumentError):
        counter.watch("counter:no-such", {})
    with pytest.raises(ArgumentError):
        counter.watch("counter:total", {"limit": {1, 2}})
    with pytest.raises(ArgumentError, match="admin"):
        counter.watch("counter:total", component="other")
    assert counter.connection.phase == "idle"


async def test_a_result_of_another_type_reaches_the_reader(counter: ConvexClient) -> None:
    """And the query stays watched."""
    async with Counter(counter).wrong.watch() as wrong:
        for n in (1, 2):
            with pytest.raises(DecodeError, match="counter:total"):
                await anext(wrong)
            await counter.mutation("counter:add", {"n": n})


async def test_a_moment_of_the_past_cannot_be_watched(counter: ConvexClient) -> None:
    """It would never change."""
    async with counter.snapshot() as moment:
        with pytest.raises(TypeError, match=r"counter:total: .* cannot watch"):
            Counter(moment).total.watch()


async def test_an_error_is_raised_and_the_query_recovers(counter: ConvexClient) -> None:
    """The loop ends with the error; another one goes on."""
    async with counter.watch("counter:total") as total:
        assert await anext(total) == 0.0
        await counter.live().mutation("counter:add", {"n": 101})
        with pytest.raises(FunctionError, match="above 100") as caught:
            await seen(total, None)
        assert caught.value.path == "counter:total"
        with pytest.raises(FunctionError):
            _ = total.current
        await counter.live().mutation("counter:clear")
        assert await seen(total, 0.0) == [0.0]


async def test_errors_can_be_items(counter: ConvexClient) -> None:
    """Then the loop goes on by itself."""
    async with counter.watch("counter:total").with_errors() as total:
        assert await anext(total) == 0.0
        await counter.live().mutation("counter:add", {"n": 101})
        assert isinstance(await anext(total), FunctionError)
        assert isinstance(total.current, FunctionError)
        await counter.live().mutation("counter:clear")
        assert await anext(total) == 0.0


async def test_each_reader_gets_an_error_of_its_own() -> None:
    """Raising one object in several tasks would mix their tracebacks."""
    failed = {
        "type": "QueryFailed",
        "queryId": 0,
        "errorMessage": "no",
        "errorData": {"left": {"$integer": "BwAAAAAAAAA="}},
        "logLines": [],
        "journal": None,
    }

    async def fail(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("ModifyQuerySet")
        await wire.say(**wire.transition(failed, query_set=1))
        await wire.message("ModifyQuerySet")

    async with HostileServer([fail]).running() as server, ConvexClient(server.url) as client:
        errors = []
        async with client.watch("a:b") as one, client.watch("a:b") as other:
            for live in (one, other):
                with pytest.raises(ApplicationError) as caught:
                    await anext(live)
                errors.append(caught.value)
        assert errors[0] is not errors[1]
        assert [error.data for error in errors] == [{"left": Int64(7)}] * 2


async def test_a_slow_reader_gets_the_newest_result(counter: ConvexClient) -> None:
    """And `current` is the newest, whatever the reader has seen."""
    live = counter.live()
    async with counter.watch("counter:total") as total:
        assert await anext(total) == 0.0
        for n in (1, 2, 3):
            await live.mutation("counter:add", {"n": n})
            assert total.current == sum(range(n + 1))
        assert await anext(total) == 6.0


async def test_every_result_can_be_had(counter: ConvexClient) -> None:
    """In order, without gap or repetition."""
    live = counter.live()
    async with counter.watch("counter:total").every() as total:
        await counter.ready()
        for _ in range(10):
            await live.mutation("counter:add", {"n": 1})
        assert await seen(total, 10.0) == [float(n) for n in range(11)]


async def test_too_slow_a_reader_of_every_result_is_told(counter: ConvexClient) -> None:
    """After what it can still have, and for ever."""
    live = counter.live()
    async with counter.watch("counter:total").every(limit=2) as total:
        await counter.ready()
        for _ in range(4):
            await live.mutation("counter:add", {"n": 1})
        assert [await anext(total), await anext(total)] == [0.0, 1.0]
        for _ in range(2):
            with pytest.raises(SlowReaderError, match="counter:total: more than 2 results"):
                await anext(total)


async def test_a_reader_that_nothing_may_wait_for_is_refused(counter: ConvexClient) -> None:
    """It would fail at the first result."""
    for limit in (0, -1):
        with pytest.raises(ValueError, match=f"not {limit}"):
            counter.watch("counter:total").every(limit)


async def test_the_result_can_be_had_once(counter: ConvexClient) -> None:
    """Without a block, and without a trace."""
    assert await counter.watch("counter:total").once() == 0.0
    async with counter.watch("counter:total", {"limit": 5}) as total:
        await anext(total)
        assert await counter.watch("counter:total", {"limit": 5.0}).once() == 0.0


async def test_there_is_no_current_result_before_the_first(counter: ConvexClient) -> None:
    """It is known as soon as everything is up to date."""
    async with counter.watch("counter:total") as total:
        with pytest.raises(LookupError, match="counter:total"):
            _ = total.current
        await counter.ready()
        assert total.current == 0.0


async def test_a_live_query_is_used_in_its_block(counter: ConvexClient) -> None:
    """Outside, and twice, it says so."""
    total = counter.watch("counter:total")
    for use in (lambda: total.current, lambda: aiter(total)):
        with pytest.raises(RuntimeError, match="async with"):
            use()
    async with total:
        with pytest.raises(RuntimeError, match="another"):
            await total.__aenter__()
    async with total as again:
        assert await anext(again) == 0.0


async def test_a_query_watched_twice_is_one_on_the_server() -> None:
    """However its arguments are ordered; the last to leave takes it off."""
    async with HostileServer([]).running() as server, ConvexClient(server.url) as client:
        async with client.watch("a:b", {"x": 1, "y": 2}) as one:
            assert await anext(one) == ANSWER
            async with client.watch("a:b", {"y": 2, "x": 1}) as other:
                assert await anext(other) == ANSWER
            await client.live().mutation("a:after")
        await client.live().mutation("a:after")
        (wire,) = server.wires
        changes = [
            change["type"]
            for message in wire.received
            if message["type"] == "ModifyQuerySet"
            for change in message["modifications"]
        ]
        assert changes == ["Add", "Remove"]


async def test_an_untyped_result_is_the_reader_s_own(counter: ConvexClient) -> None:
    """Nobody sees what another does to it."""
    await counter.mutation("counter:add", {"n": 7})
    row = {"n": 7.0, "big": Int64(7)}
    async with counter.watch("counter:rows") as one, counter.watch("counter:rows") as other:
        rows = await anext(one)
        assert rows == [row]
        rows[0]["n"] = "changed"
        assert await anext(other) == [row]
        assert one.current == [row]
        async with Counter(counter).rows.watch() as typed:
            assert await anext(typed) == [Row(n=7.0, big=7)]


async def test_several_queries_are_of_the_same_moment(counter: ConvexClient) -> None:
    """No item mixes a change's effect on one with the other from before."""
    queries = {
        "total": counter.watch("counter:total"),
        "doubled": counter.watch("counter:doubled"),
    }
    async with counter.watch_all(queries).every() as both:

        async def write() -> None:
            async with anyio.create_task_group() as tasks:
                for _ in range(20):
                    tasks.start_soon(counter.mutation, "counter:add", {"n": 1})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write)
            with anyio.fail_after(10):
                async for now in both:
                    assert now["doubled"] == 2 * now["total"]
                    if now["total"] == 20:
                        break


async def test_several_queries_wait_for_the_last_of_them() -> None:
    """A query may have no result yet, as while its search index is built."""

    async def one_by_one(wire: Wire) -> None:
        await wire.upgrade()
        await wire.message("ModifyQuerySet")
        await wire.say(**wire.transition(answered(0, "early"), query_set=1))
        await wire.say(**wire.transition(answered(0, "one")))
        await wire.say(**wire.transition(answered(1, "other")))
        await wire.message("no such message")

    async with HostileServer([one_by_one]).running() as server, ConvexClient(server.url) as client:
        queries = {"one": client.watch("a:b"), "other": client.watch("a:c")}
        async with client.watch_all(queries).every() as both:
            with anyio.fail_after(10):
                assert await anext(both) == {"one": "one", "other": "other"}


async def test_in_several_queries_each_has_its_way_with_errors(counter: ConvexClient) -> None:
    """Its errors are items, or raised."""
    await counter.mutation("counter:add", {"n": 7})
    failing = counter.watch("counter:total", {"limit": 5})
    fine = counter.watch("counter:total")
    both = counter.watch_all({"fine": fine, "failing": failing.with_errors()})
    now = await both.once()
    assert (now["fine"], type(now["failing"])) == (7.0, FunctionError)
    assert await counter.watch_all({"a": fine, "b": fine}).as_json().once() == b'{"a":7.0,"b":7.0}'
    with pytest.raises(FunctionError, match="above 5"):
        await counter.watch_all({"fine": fine, "failing": failing}).once()


async def test_queries_of_different_identities_are_not_one(counter: ConvexClient) -> None:
    """They come over different connections."""
    with pytest.raises(ValueError, match="identity"):
        counter.watch_all(
            {"a": counter.watch("counter:user"), "b": counter.with_auth(None).watch("counter:user")}
        )
    with pytest.raises(ValueError, match="at least one"):
        counter.watch_all({})
    with pytest.raises(ValueError, match=r"watch_all\(...\)\.every"):
        counter.watch_all({"a": counter.watch("counter:user").every()})


async def test_console_lines_are_logged_once(
    counter: ConvexClient, caplog: pytest.LogCaptureFixture
) -> None:
    """However many watch, under the same name as those of calls."""
    caplog.set_level(logging.INFO, "aioconvex.functions")
    async with counter.watch("counter:rows") as one, counter.watch("counter:rows") as other:
        await anext(one)
        await anext(other)
    assert [record.getMessage() for record in caplog.records] == ["counter:rows: [LOG] 'looking'"]


async def test_a_lost_connection_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that is still the same is not delivered again; one that differs is."""
    hurry(monkeypatch)

    async def answer(wire: Wire, value: object) -> None:
        await wire.upgrade()
        message = await wire.message("ModifyQuerySet")
        await wire.say(**wire.transition(answered(0, value), query_set=message["newVersion"]))

    async def same(wire: Wire) -> None:
        await answer(wire, "same")

    async def other(wire: Wire) -> None:
        await answer(wire, "other")
        await honest(wire)

    async with (
        HostileServer([same, same, same, other]).running() as server,
        ConvexClient(server.url) as client,
        client.watch("a:b").every() as live,
    ):
        assert await seen(live, "other") == ["same", "other"]


async def test_the_connection_is_closed_when_nothing_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And opened again when something does, as the same session."""
    monkeypatch.setattr("aioconvex._sync.runner._IDLE_SECONDS", 0.01)
    monkeypatch.setattr("aioconvex._sync.runner._LOOK_SECONDS", 0.01)
    async with HostileServer([]).running() as server, ConvexClient(server.url) as client:
        for number in (1, 2):
            assert await client.watch("a:b").once() == ANSWER
            with anyio.fail_after(10):
                async for connection in client.connection_states():
                    if connection.phase == "idle":
                        break
            assert len(server.wires) == number
        first, second = (wire.received[0] for wire in server.wires)
        assert first["sessionId"] == second["sessionId"]
        assert second["connectionCount"] == 1


async def test_one_query_under_two_names_is_watched_once(counter: ConvexClient) -> None:
    """And is left when the block is left, so that the socket can close."""
    total = counter.watch("counter:total")
    async with counter.watch_all({"a": total, "b": counter.watch("counter:total")}) as both:
        assert await anext(both) == {"a": 0.0, "b": 0.0}
    state: Any = counter._socket._loop()._state  # noqa: SLF001
    assert state.idle
