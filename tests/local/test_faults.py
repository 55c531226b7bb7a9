"""What goes wrong at a test's word, seen by clients over HTTP and over WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex.client import ConvexClient
from aioconvex.errors import (
    AuthenticationError,
    DeploymentError,
    LocalDeploymentError,
    MutationOutcomeUnknown,
    OverloadedError,
)
from aioconvex.local import LocalDeployment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

pytestmark = pytest.mark.anyio

FUNCTIONS = {
    "notes": """
import { mutation, query } from "./_generated/server";

export const add = mutation({
  handler: async ({ db }, { text }) => {
    await db.insert("notes", { text });
    return text;
  },
});
export const all = query({
  handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text),
});
let tries = 0;
export const addWithTries = mutation({
  handler: async ({ db }) => {
    tries++;
    await db.insert("notes", { text: `try ${tries} after ${(await db.query("notes").collect()).length}` });
  },
});
"""
}
RACE = "OptimisticConcurrencyControlFailure"


@pytest.fixture(scope="module")
def shared() -> Generator[LocalDeployment]:
    """One deployment for all of these tests."""
    deployment = LocalDeployment(functions=FUNCTIONS, mint_tokens=True, allow_faults=True)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture
async def deployment(shared: LocalDeployment) -> LocalDeployment:
    await shared.reset()
    return shared


@pytest.fixture
async def client(deployment: LocalDeployment) -> AsyncGenerator[ConvexClient]:
    async with ConvexClient(deployment.url) as client:
        yield client


async def add(client: ConvexClient, text: str) -> Any:
    return await client.mutation("notes:add", {"text": text})


async def test_answers_that_pass_are_retried_others_are_raised_and_reset_ends_them(
    deployment: LocalDeployment, client: ConvexClient
) -> None:
    await deployment.faults.answer("notes:add", status=503, code=RACE, times=2)
    assert await add(client, "after two") == "after two"

    await deployment.faults.answer("notes:add", status=503, code=RACE, message="late", times=99)
    with pytest.raises(OverloadedError, match=f"{RACE}.*late|late.*{RACE}"):
        await add(client.with_options(max_retries=1), "never")
    await deployment.reset()
    assert await add(client, "clean") == "clean"

    await deployment.faults.answer("notes:all", status=401, code="Unauthenticated")
    with pytest.raises(AuthenticationError):
        await client.query("notes:all")
    assert await client.query("notes:all") == ["clean"]


async def test_what_has_run_unseen_is_not_known_to_the_caller_and_not_run_again(
    deployment: LocalDeployment, client: ConvexClient
) -> None:
    await deployment.faults.drop("notes:add", after_run=True)
    with pytest.raises(MutationOutcomeUnknown):
        await add(client, "dropped after")
    await deployment.faults.drop("notes:add")
    with pytest.raises(MutationOutcomeUnknown):
        await add(client, "dropped before")
    await deployment.faults.answer(
        "notes:add", status=500, code="InternalServerError", after_run=True
    )
    with pytest.raises(MutationOutcomeUnknown):
        await add(client, "answered after")

    await deployment.faults.drop("notes:all", times=2)
    assert await client.query("notes:all") == ["dropped after", "answered after"]


async def test_over_websocket_mutations_are_sent_again_and_run_once(
    deployment: LocalDeployment, client: ConvexClient
) -> None:
    live = client.live()
    await deployment.faults.drop("notes:add", after_run=True)
    await deployment.faults.answer("notes:add", status=503, code=RACE)

    for text in ("one", "two"):
        assert await live.mutation("notes:add", {"text": text}) == text

    assert await client.query("notes:all") == ["one", "two"]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_mutations_lose_races_and_run_again_until_convex_would_give_up(
    deployment: LocalDeployment, client: ConvexClient
) -> None:
    """Each handler runs as often as said, and only the last try is stored."""
    impatient = client.with_options(max_retries=0)
    await deployment.faults.conflict("notes:addWithTries", undone=3)
    await impatient.mutation("notes:addWithTries")
    await deployment.faults.conflict("notes:addWithTries")
    await client.live().mutation("notes:addWithTries")
    assert await client.query("notes:all") == ["try 4 after 0", "try 6 after 1"]

    await deployment.faults.conflict("notes:addWithTries", undone=4, times=2)
    with pytest.raises(OverloadedError, match=RACE):
        await impatient.mutation("notes:addWithTries")
    await client.live().mutation("notes:addWithTries")
    assert (await client.query("notes:all"))[2:] == ["try 15 after 2"]

    with pytest.raises(LocalDeploymentError, match="`undone` must be 4 or less"):
        await deployment.faults.conflict("notes:addWithTries", undone=5)


async def test_a_delay_comes_before_the_function_runs(
    deployment: LocalDeployment, client: ConvexClient
) -> None:
    """The first call waits until the second has long been answered."""
    await deployment.faults.delay("notes:add", 0.5)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(add, client, "first")
        while await client.query("notes:all") == []:
            await add(client, "others")

    notes = await client.query("notes:all")
    assert sorted(set(notes)) == ["first", "others"]
    assert notes[-1] == "first"


async def test_sockets_that_are_closed_come_back_and_changes_arrive_whole(
    deployment: LocalDeployment, client: ConvexClient
) -> None:
    await deployment.faults.chunk_transitions(10)
    async with client.watch("notes:all") as notes:
        assert await anext(notes) == []

        await deployment.faults.close_sockets(1013, "ExpiredInQueue")
        await add(client, "ä" * 30)

        assert await anext(notes) == ["ä" * 30]
        await deployment.faults.clear()
        await add(client, "unchunked")
        assert await anext(notes) == ["ä" * 30, "unchunked"]


async def test_changes_are_held_back_while_calls_go_on(
    deployment: LocalDeployment, client: ConvexClient
) -> None:
    async with client.watch("notes:all").every(9) as notes:
        assert await anext(notes) == []

        async with deployment.faults.held_transitions():
            assert [await add(client, "one"), await add(client, "two")] == ["one", "two"]

        assert await anext(notes) == ["one", "two"]


async def test_users_are_refused_at_a_tests_word(deployment: LocalDeployment) -> None:
    tokens: list[str] = []

    async def token(*, force_refresh: bool) -> str:  # noqa: ARG001 -- a new one in any case
        tokens.append(await deployment.mint_token("ann"))
        return tokens[-1]

    async with (
        ConvexClient(deployment.url, auth=token) as client,
        client.watch("notes:all") as notes,
    ):
        assert await anext(notes) == []
        asked = len(tokens)

        await deployment.faults.refuse_users()
        await add(client, "new token")

        assert await anext(notes) == ["new token"]
        assert len(tokens) > asked


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "TooManyConcurrentRequests"),
        (429, "TooManyWrites"),
        (503, "ExpiredInQueue"),
        (503, "CommitterFullError"),
    ],
)
async def test_what_passes_and_has_not_run_is_run_once_in_the_end(
    deployment: LocalDeployment, client: ConvexClient, status: int, code: str
) -> None:
    await deployment.faults.answer("notes:add", status=status, code=code)
    await deployment.faults.answer("notes:all", status=status, code=code)

    assert await add(client, code) == code
    assert await client.query("notes:all") == [code]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("after_run", [True, False])
@pytest.mark.parametrize("status", [408, 500, 503])
async def test_what_may_have_run_is_left_to_the_caller(
    deployment: LocalDeployment, client: ConvexClient, status: int, *, after_run: bool
) -> None:
    code = "InternalServerError"
    await deployment.faults.answer("notes:add", status=status, code=code, after_run=after_run)
    await deployment.faults.answer("notes:all", status=status, code=code)

    with pytest.raises(MutationOutcomeUnknown):
        await add(client, "perhaps")
    assert await client.query("notes:all") == ["perhaps"] * after_run


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("status", [400, 403, 404, 409])
async def test_what_is_refused_is_raised_at_once_and_not_run(
    deployment: LocalDeployment, client: ConvexClient, status: int
) -> None:
    await deployment.faults.answer("notes:add", status=status, code="Refused", message="Why not?")

    with pytest.raises(DeploymentError, match=r"Why not\?"):
        await add(client, "never")
    assert await client.query("notes:all") == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_faults_have_to_be_allowed_and_named_rightly(deployment: LocalDeployment) -> None:
    with pytest.raises(LocalDeploymentError, match="must name a function"):
        await deployment.faults.drop("no function")
    with pytest.raises(LocalDeploymentError, match="there is no function notes:ad"):
        await deployment.faults.drop("notes:ad")
    with pytest.raises(LocalDeploymentError, match=r"notes.js:all as Mutation, but it is .* Query"):
        await deployment.faults.conflict("notes:all")
    with pytest.raises(LocalDeploymentError, match="`times` must be"):
        await deployment.faults.drop("notes:add", times=0)

    async with LocalDeployment(functions=FUNCTIONS) as careful:
        with pytest.raises(LocalDeploymentError, match="allow_faults=True"):
            await careful.faults.drop("notes:add")
