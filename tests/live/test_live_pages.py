"""A paginated query is watched as a window that grows, and never has a gap."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any, cast

import anyio
import orjson
import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex import ConvexClient, sse
from aioconvex.bindings import CONVEX, ITEMS, Namespace, Page, model, paginated
from aioconvex.errors import ArgumentError, ConvexConnectionError, DecodeError, FunctionError
from aioconvex.live_pages import LivePages
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

PROJECT = Path(__file__).parents[2] / "convex"
LETTERS = """
import { mutation, query } from "./_generated/server";
import { paginationOptsValidator } from "convex/server";
import { v } from "convex/values";

const order = (db) => db.query("letters").order("asc");
export const list = query({
  args: { paginationOpts: paginationOptsValidator, upTo: v.optional(v.number()) },
  handler: async ({ db }, { paginationOpts, upTo }) => {
    const result = await order(db).paginate(paginationOpts);
    if (result.page.some(({ at }) => at > (upTo ?? Infinity))) throw new Error("too far");
    return result;
  },
});
export const sorted = query({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) => {
    // Its order changes with its data: cursors of the other order become invalid.
    const turned = (await db.query("letters").order("desc").first())?.letter === "!";
    return await db.query("letters").order(turned ? "desc" : "asc").paginate(paginationOpts);
  },
});
export const items = query({
  args: { cursor: v.optional(v.string()), limit: v.optional(v.number()) },
  handler: async ({ db }, { limit }) => {
    const all = await order(db).collect();
    const size = Math.min(limit ?? 3, 6);
    const hasMore = all.length > size;
    return { items: all.slice(0, size), hasMore, nextCursor: hasMore ? "next" : null };
  },
});
export const write = mutation({
  args: { letters: v.string() },
  handler: async ({ db }, { letters }) => {
    for (const letter of letters) await db.insert("letters", { letter, at: letter.charCodeAt(0) });
  },
});
export const replace = mutation({
  args: { old: v.string(), by: v.string() },
  handler: async ({ db }, { old, by }) => {
    for (const row of await db.query("letters").collect()) {
      if (row.letter !== old) continue;
      if (by === "") await db.delete(row._id);
      else await db.patch(row._id, { letter: by });
    }
  },
});
"""


@model
class Letter:
    letter: str
    at: float


class Letters(Namespace):
    @paginated("letters:list", dialect=CONVEX)
    def list(self, *, up_to: float | None = None) -> Page[Letter]: ...
    @paginated("letters:sorted", dialect=CONVEX)
    def sorted(self) -> Page[Letter]: ...
    @paginated("letters:items", dialect=ITEMS)
    def items(self) -> Page[Letter]: ...
    @paginated("letters:items", dialect=CONVEX)
    def no_page(self) -> Page[Letter]: ...
    @paginated("letters:list", dialect=CONVEX)
    def wrong(self) -> Page[str]: ...


@pytest.fixture(scope="session")
def letters_deployment() -> Generator[LocalDeployment]:
    """A deployment that holds letters."""
    deployment = LocalDeployment(PROJECT, functions={"letters": LETTERS})
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


@pytest.fixture
async def client(
    letters_deployment: LocalDeployment,
    anyio_backend: object,  # noqa: ARG001  # asking for it puts this fixture on the test's loop
) -> AsyncGenerator[ConvexClient]:
    """A client of no letters."""
    await letters_deployment.reset()
    async with ConvexClient(letters_deployment.url) as client:
        yield client


async def write(client: ConvexClient, letters: str) -> None:
    await client.live().mutation("letters:write", {"letters": letters})


async def replace(client: ConvexClient, old: str, by: str) -> None:
    """Returns when what is watched shows it."""
    await client.live().mutation("letters:replace", {"old": old, "by": by})


def spelled(items: list[Letter]) -> str:
    return "".join(item.letter for item in items)


async def until(pages: LivePages[Letter], wanted: str) -> list[str]:
    """The windows that come until the wanted one."""
    windows: list[str] = []
    with anyio.fail_after(10):
        async for items in pages:
            windows.append(spelled(items))
            if windows[-1] == wanted:
                break
    return windows


async def test_the_window_grows(client: ConvexClient) -> None:
    """Page by page, until there is nothing more."""
    await write(client, "abcde")
    async with Letters(client).list.watch().sized(2) as pages:
        assert pages.status == "loading_first"
        assert spelled(await anext(pages)) == "ab"
        assert (pages.status, pages.has_more) == ("can_load_more", True)
        assert await pages.load_more(2)
        assert spelled(pages.items) == "abcd"
        assert await until(pages, "abcd") == ["abcd"]
        assert await pages.load_more(2)
        assert await until(pages, "abcde") == ["abcde"]
        assert (pages.status, pages.has_more) == ("exhausted", False)
        assert not await pages.load_more(2)


async def test_changes_anywhere_leave_no_gap_and_no_repetition(client: ConvexClient) -> None:
    """What is inserted at the end belongs to the last page, what is deleted shortens one."""
    await write(client, "abcd")
    async with Letters(client).list.watch().sized(2) as pages:
        await pages.load_more(2)
        assert spelled(pages.items) == "abcd"
        await replace(client, "b", "")
        assert spelled(pages.items) == "acd"
        await replace(client, "c", "C")
        assert spelled(pages.items) == "aCd"
        await write(client, "e")
        assert await pages.load_more(3)
        assert spelled(pages.items) == "aCde"
        await write(client, "f")
        assert spelled(pages.items) == "aCdef"
        await replace(client, "a", "")
        await replace(client, "C", "")
        assert spelled(pages.items) == "def"


async def test_every_window_is_of_one_moment(client: ConvexClient) -> None:
    """A mutation that changes two pages is seen in both at once."""
    await write(client, "xbxd")
    async with Letters(client).list.watch().sized(2) as pages:
        await pages.load_more(2)
        await until(pages, "xbxd")
        await replace(client, "x", "y")
        assert await until(pages, "ybyd") == ["ybyd"]


async def test_a_page_that_grows_is_split(client: ConvexClient) -> None:
    """The last one does, as long as something is appended; meanwhile all of it is seen."""
    async with Letters(client).list.watch().sized(2) as pages:
        await until(pages, "")
        text = ""
        for letter in "abcdefghijklmno":
            text += letter
            await write(client, letter)
            await until(pages, text)
        await replace(client, "c", "C")
        await replace(client, "n", "N")
        await until(pages, "abCdefghijklmNo")
        assert pages.status == "exhausted"
        assert len(pages._entered().newest or ()) > 1  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


async def test_invalid_cursors_load_the_window_anew(client: ConvexClient) -> None:
    """As after a deployment of another order."""
    await write(client, "abcd")
    async with Letters(client).sorted.watch().sized(2) as pages:
        await pages.load_more(2)
        assert spelled(pages.items) == "abcd"
        await write(client, "!")
        await until(pages, "!dcb")
        assert await pages.load_more(5)
        assert spelled(pages.items) == "!dcba"


async def test_a_failed_page_is_raised_and_recovers(client: ConvexClient) -> None:
    """By the loop, by `items` and by `load_more`; a new loop waits for the recovery."""
    await write(client, "abc")
    async with Letters(client).list.watch(up_to=98.0).sized(2) as pages:
        await until(pages, "ab")
        with pytest.raises(FunctionError, match="too far"):
            await pages.load_more(2)
        with pytest.raises(FunctionError, match="too far"):
            await until(pages, "abc")
        with pytest.raises(FunctionError, match="too far"):
            _ = pages.items
        await replace(client, "c", "")
        assert await until(pages, "ab") == ["ab"]


async def test_a_lost_connection_changes_nothing(
    client: ConvexClient, letters_deployment: LocalDeployment
) -> None:
    """The pages end where they did, as their journals travel back."""
    await write(client, "abcdef")
    async with Letters(client).list.watch().sized(2) as pages:
        await pages.load_more(2)
        await until(pages, "abcd")
        async with ConvexClient(letters_deployment.url) as other:
            await other.mutation("letters:replace", {"old": "b", "by": "B"})
        lose(client)
        await until(pages, "aBcd")
        await replace(client, "a", "")
        await until(pages, "Bcd")
        await pages.load_more(5)
        assert spelled(pages.items) == "Bcdef"


def lose(client: ConvexClient) -> None:
    """Break the socket off."""
    connection: Any = client._socket._loop()._connection  # noqa: SLF001
    assert connection is not None
    connection.drop("FailedToSendMessage")


async def test_what_cannot_pin_its_pages_is_one_query_that_grows(client: ConvexClient) -> None:
    """The Mastra guide's pagination: exact too, up to the deployment's largest page."""
    await write(client, "abcdefgh")
    async with Letters(client).items.watch() as pages:
        assert await until(pages, "abc") == ["abc"]
        assert await pages.load_more(2)
        assert spelled(pages.items) == "abcde"
        await replace(client, "a", "")
        assert spelled(pages.items) == "bcdef"
        assert await pages.load_more(10)
        assert spelled(pages.items) == "bcdefg"
        assert (pages.status, pages.has_more) == ("can_load_more", True)
        assert await pages.load_more(10)
        assert (pages.status, pages.has_more) == ("exhausted", True)
        assert not await pages.load_more(10)
        await replace(client, "h", "")
        assert not pages.has_more


async def test_only_pages_that_changed_are_decoded_again(client: ConvexClient) -> None:
    """Items of the others are the same objects."""
    await write(client, "abcd")
    async with Letters(client).list.watch().sized(2) as pages:
        await pages.load_more(2)
        before = pages.items
        await replace(client, "d", "D")
        after = pages.items
        assert spelled(after) == "abcD"
        assert [new is old for new, old in zip(after, before, strict=True)][:2] == [True, True]


@pytest.mark.parametrize("name", ["list", "items"])
async def test_a_window_passes_for_a_live_query(client: ConvexClient, name: str) -> None:
    """As it begins: once, as JSON text of its items, or with errors for a loop that survives them."""
    await write(client, "abcd")
    window: LivePages[Letter] = getattr(Letters(client), name).watch().sized(3)
    assert spelled(await window.as_query().once()) == "abc"
    events = sse.events(window.as_query())
    assert [await anext(events), b'"letter":"c"' in await anext(events)] == [
        b"retry: 2000\n\n",
        True,
    ]
    await events.aclose()
    async with window.as_query().as_json().with_errors() as live:
        texts = [await anext(live)]
        await replace(client, "b", "B")
        texts.append(await anext(live))
    assert [[item["letter"] for item in orjson.loads(cast("bytes", text))] for text in texts] == [
        ["a", "b", "c"],
        ["a", "B", "c"],
    ]


async def test_a_failed_page_of_a_window_is_an_item(client: ConvexClient) -> None:
    """Where errors are, as of any live query; or another error, where one was asked for."""
    await write(client, "az")
    window = Letters(client).list.watch(up_to=float(ord("b")))
    async with window.as_query().with_errors() as live:
        assert isinstance(await anext(live), FunctionError)
        await replace(client, "z", "")
        assert spelled(cast("list[Letter]", await anext(live))) == "a"


async def test_a_window_has_no_every(client: ConvexClient) -> None:
    """Its states are of many queries, and not kept."""
    with pytest.raises(ValueError, match="newest"):
        async with Letters(client).list.watch().as_query().every():
            pass


async def test_misuse_raises_at_once(client: ConvexClient) -> None:
    """With the usual errors."""
    letters = Letters(client)
    pages = letters.list.watch()
    assert repr(pages) == "<LivePages letters:list>"
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="at least one"):
            pages.sized(wrong)
    with pytest.raises(TypeError, match="upto"):
        letters.list.watch(upto=1.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(ArgumentError):
        letters.list.watch(up_to="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(RuntimeError, match="async with"):
        aiter(pages)
    with pytest.raises(RuntimeError, match="async with"):
        _ = pages.status
    async with pages:
        with pytest.raises(ValueError, match="at least one"):
            await pages.load_more(0)
        with pytest.raises(RuntimeError, match="already"):
            await pages.__aenter__()


async def test_wrong_bindings_are_found(client: ConvexClient) -> None:
    """Another type of item, or a query of another kind."""
    await write(client, "a")
    async with Letters(client).wrong.watch() as wrong:
        with pytest.raises(DecodeError):
            await anext(aiter(wrong))
    async with Letters(client).no_page.watch() as no_page:
        with pytest.raises(FunctionError):
            await anext(aiter(no_page))


async def test_leaving_the_block_ends_all_its_queries(client: ConvexClient) -> None:
    """Nothing is left to keep the socket open."""
    await write(client, "abcdefgh")
    async with Letters(client).list.watch().sized(2) as pages:
        await pages.load_more(2)
    state: Any = client._socket._loop()._state  # noqa: SLF001
    assert state.idle


async def test_closing_the_client_ends_the_list(letters_deployment: LocalDeployment) -> None:
    """Who waits for more gets an error."""
    client = ConvexClient(letters_deployment.url)
    async with Letters(client).list.watch() as pages:
        await anext(aiter(pages))
        await client.aclose()
        with pytest.raises(ConvexConnectionError):
            await pages.load_more(2)
        with pytest.raises(ConvexConnectionError):
            await anext(aiter(pages))


async def test_cancelling_the_wait_for_more_leaves_the_list(client: ConvexClient) -> None:
    """The page comes all the same."""
    await write(client, "abcd")
    async with Letters(client).list.watch().sized(2) as pages:
        await until(pages, "ab")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await pages.load_more(2)
        await pages.load_more(1)
        assert spelled(pages.items).startswith("ab")
        await until(pages, spelled(pages.items))
