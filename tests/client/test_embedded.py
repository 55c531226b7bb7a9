"""The client against real functions on the embedded deployment."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex import ConvexClient, Int64
from aioconvex.bindings import BigInt, Namespace, mutation, query
from aioconvex.errors import (
    ApplicationError,
    ArgumentValidationError,
    AuthenticationError,
    ConfigurationError,
    FunctionError,
    FunctionNotFoundError,
    ReturnsValidationError,
)
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

REPOSITORY = Path(__file__).parents[2]
FUNCTIONS = {
    "counter": """
import { internalQuery, mutation, query } from "./_generated/server";
import { ConvexError, v } from "convex/values";

export const add = mutation({
  args: { n: v.int64() },
  handler: async ({ db }, { n }) => { await db.insert("numbers", { n }); },
});
export const total = query({
  handler: async ({ db }) => {
    const rows = await db.query("numbers").collect();
    return rows.reduce((sum, { n }) => sum + n, 0n);
  },
});
export const secret = internalQuery({ handler: () => "internal" });
export const user = query({ handler: ({ auth }) => auth.getUserIdentity() });
export const shout = query({ handler: () => { console.log("hear me"); console.warn("and me"); return 1; } });
export const refuse = mutation({ handler: () => { throw new ConvexError({ left: 7n }); } });
export const fail = query({ handler: () => { console.log("before"); throw new Error("boom"); } });
export const wrong = query({ returns: v.string(), handler: () => 5 });
""",
}


class Api(Namespace):
    @query("counter:total")
    def total(self) -> BigInt: ...

    @mutation("counter:add")
    def add(self, *, n: BigInt) -> None: ...


@pytest.fixture(scope="module")
def deployment() -> Generator[LocalDeployment]:
    local = LocalDeployment(REPOSITORY / "convex", functions=FUNCTIONS)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(local) as running:
        yield running


async def test_a_snapshot_does_not_see_what_is_written_meanwhile(
    deployment: LocalDeployment,
) -> None:
    """Several queries at one moment, by path and through bindings; a mutation is refused."""
    async with ConvexClient(deployment.url) as client:
        before = await Api(client).total()
        async with client.snapshot() as at:
            assert await at.query("counter:total") == Int64(before)
            await Api(client).add(n=3)
            assert await Api(client).total() == before + 3
            assert await Api(at).total() == before
            assert await at.query("counter:total") == Int64(before)
            with pytest.raises(ConfigurationError, match=r"counter:add.*queries only"):
                await Api(at).add(n=1)
        async with client.snapshot() as at:
            assert await Api(at).total() == before + 3


async def test_a_batch_sees_one_moment_and_keeps_each_failure_apart(
    deployment: LocalDeployment,
) -> None:
    """In one request."""
    async with ConvexClient(deployment.url) as client:
        first, second, third = await client.query_batch(
            [("counter:total", {}), ("counter:fail", {}), ("counter:total", {})]
        )

    assert isinstance(second, FunctionError)
    assert "boom" in second.message
    assert first == third
    assert isinstance(first, Int64)


async def test_internal_functions_need_the_admin_key(deployment: LocalDeployment) -> None:
    """Without it they do not exist; a wrong key is no key."""
    async with ConvexClient(deployment.url) as client:
        with pytest.raises(FunctionNotFoundError):
            await client.query("counter:secret")
    async with ConvexClient(deployment.url, admin_key=deployment.admin_key) as client:
        assert await client.query("counter:secret") == "internal"
        with pytest.raises(FunctionNotFoundError):
            await client.mutation("counter:secret")
    async with ConvexClient(deployment.url, admin_key="local|wrong") as client:
        with pytest.raises(AuthenticationError):
            await client.query("counter:total")


async def test_acting_as_a_user(deployment: LocalDeployment) -> None:
    """The function sees the identity; the plain admin is nobody."""
    identity = {"issuer": "https://x.dev", "subject": "alice", "name": "Älice"}
    async with ConvexClient(deployment.url, admin_key=deployment.admin_key) as client:
        seen = await client.acting_as(identity).query("counter:user")
        assert await client.query("counter:user") is None

    assert {name: seen[name] for name in identity} == identity
    assert seen["tokenIdentifier"] == "https://x.dev|alice"


async def test_log_lines_come_with_the_value_and_to_the_log(
    deployment: LocalDeployment, caplog: pytest.LogCaptureFixture
) -> None:
    """Both of success and of failure."""
    with caplog.at_level(logging.INFO, "aioconvex.functions"):
        async with ConvexClient(deployment.url) as client:
            raw = await client.with_raw_response.query("counter:shout")
            with pytest.raises(FunctionError) as caught:
                await client.query("counter:fail")

    assert list(raw.log_lines) == ["[LOG] 'hear me'", "[WARN] 'and me'"]
    assert caught.value.log_lines == ["[LOG] 'before'"]
    assert [
        record.getMessage() for record in caplog.records if record.name == "aioconvex.functions"
    ] == [
        "counter:shout: [LOG] 'hear me'",
        "counter:shout: [WARN] 'and me'",
        "counter:fail: [LOG] 'before'",
    ]


async def test_the_id_in_an_error_is_the_one_that_was_sent(deployment: LocalDeployment) -> None:
    """So a failure can be found in the deployment's logs, also where the message is redacted."""
    sent: list[str] = []

    async def note(request: httpx.Request) -> None:
        sent.append(request.headers["Convex-Request-Id"])

    async with (
        httpx.AsyncClient(event_hooks={"request": [note]}) as theirs,
        ConvexClient(deployment.url, http_client=theirs) as client,
    ):
        with pytest.raises(FunctionError) as caught:
            await client.query("counter:fail")

    assert [caught.value.request_id] == sent
    assert re.fullmatch("[0-9a-f]{16}", sent[0])
    assert not caught.value.redacted


@pytest.mark.parametrize(
    ("kind", "path", "args", "error"),
    [
        ("query", "counter:fail", {}, FunctionError),
        ("mutation", "counter:refuse", {}, ApplicationError),
        ("mutation", "counter:add", {"n": 1}, ArgumentValidationError),
        ("mutation", "counter:add", {}, ArgumentValidationError),
        ("query", "counter:wrong", {}, ReturnsValidationError),
        ("query", "counter:nothing", {}, FunctionNotFoundError),
        ("query", "nothing", {}, FunctionNotFoundError),
        ("query", "counter:add", {}, FunctionNotFoundError),
        ("action", "counter:total", {}, FunctionNotFoundError),
    ],
)
async def test_each_failure_of_a_function_has_its_class(
    deployment: LocalDeployment, kind: str, path: str, args: Any, error: type[FunctionError]
) -> None:
    """And none is worth a repetition."""
    async with ConvexClient(deployment.url) as client:
        with pytest.raises(FunctionError) as caught:
            await getattr(client, kind)(path, args)

    assert type(caught.value) is error
    assert not caught.value.retryable
    if isinstance(caught.value, ApplicationError):
        assert caught.value.data == {"left": Int64(7)}
