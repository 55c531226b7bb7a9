"""The client that Mastra's domains share: the storage handler, our functions, retries."""

from __future__ import annotations

import json
import logging
import random
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, Unpack, cast

import anyio
from attrs import frozen

from aioconvex._protocol.backoff import delay
from aioconvex.errors import (
    FunctionError,
    FunctionNotFoundError,
    OutcomeUnknown,
    ProtocolError,
)

from ._capabilities import probe
from ._connection import Connection, from_environment, views_of
from ._generated import Api
from ._holding import Holder
from ._rows import whole
from .errors import MastraError, live_not_supported, refusal_of, storage_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aioconvex._protocol.http import FunctionKind
    from aioconvex.client import ConvexClient
    from aioconvex.live import LiveQuery

    from ._capabilities import Capabilities

__all__ = ["ConvexAdminClient", "StorageReply"]

T = TypeVar("T")

_STORAGE: Final = "mastra/storage:handle"
_MAX_RETRIES: Final = 2

# Doing these twice is doing them once: reads, upserts by id, deletions.
_REPEATABLE: Final = frozenset(
    {
        *("load", "loadMany", "queryTable", "listDueSchedules", "listScheduleTriggers"),
        *("omGetLatest", "omGetHistory", "insert", "batchInsert", "patch", "deleteMany"),
        *("clearTable", "dropTable", "deleteScheduleTriggers", "updateThread", "updateResource"),
        *("updateSchedule", "omUpdateConfig"),
    }
)

_log: Final = logging.getLogger("aioconvex.mastra")


@frozen(kw_only=True)
class StorageReply:
    """What the storage handler answered to one request."""

    result: Any
    has_more: bool
    continuation_cursor: str | None


class ConvexAdminClient(Holder):
    """A deployment as Mastra's domains use it; one client can serve several of them.

    Use it with `async with`, or call `aclose()` when done; live queries need the former. Whoever
    makes a client closes it: a store or domain that was given one leaves it open.

    Despite its name, which is Mastra's, it should have no admin key in a service. With both
    tokens, `auth_token` makes all calls and `admin_auth_token` only those of `ConvexStore.init()`.

    Args:
        client: a `ConvexClient` of yours to use, beside which only `secret` and
            `storage_function` may be given.
        deployment_url: the deployment's URL.
        auth_token: a service's JWT, or a function that gives one (see `TokenProvider`).
        admin_auth_token: an admin or deploy key, for `init()` in CI.
        secret: the deployment's `MASTRA_ACCESS_SECRET`, where `convex/mastra/access.ts` asks for
            it. It travels as an argument, in the body.
        storage_function: the storage handler's path, `mastra/storage:handle` by default.
        timeout: seconds for a call with all its tries, 30 by default; None waits for ever.
        allow_http: as for `ConvexClient`.
        http_client: as for `ConvexClient`.

    Raises:
        ConfigurationError: URL or credentials are missing, or given beside `client`, or the timeout
            is not above 0.
    """

    def __init__(
        self, *, client: ConvexClient | None = None, **connection: Unpack[Connection]
    ) -> None:
        self._views = views_of(client, connection)
        super().__init__(self._views.convex, owner=client is None)
        self._warned = False
        self._secret = connection.get("secret")
        self._capabilities: Capabilities | None = None
        self._probing = anyio.Lock()
        self.storage_function = connection.get("storage_function", _STORAGE)

    @classmethod
    def from_env(cls, **given: Unpack[Connection]) -> Self:
        """Make a client from the environment, then from `.env.local` of the working folder.

        Looks for `CONVEX_URL` or `CONVEX_SELF_HOSTED_URL`; then for `CONVEX_AUTH_TOKEN` or
        `CONVEX_SERVICE_TOKEN`, for `MASTRA_ACCESS_SECRET`, and for `CONVEX_ADMIN_KEY`,
        `CONVEX_SELF_HOSTED_ADMIN_KEY` or `CONVEX_DEPLOY_KEY`. Arguments win, and where one is a
        credential no other is looked for.

        Raises:
            ConfigurationError: there is no URL, or no credential.
        """
        return cls(**from_environment(given))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.convex.url!r})"

    @property
    def convex(self) -> ConvexClient:
        """The client that holds the connections."""
        return self._views.convex

    @property
    def capabilities(self) -> Capabilities | None:
        """Which functions are deployed; None until the first call has found out."""
        return self._capabilities

    async def find_capabilities(self) -> Capabilities:
        """Ask the deployment once which functions it has; every later call knows the answer.

        Raises:
            ConvexError: the deployment did not answer.
        """
        # Taking a lock yields to other tasks, which every call would pay for.
        if self._capabilities is not None:
            return self._capabilities
        async with self._probing:
            if self._capabilities is None:
                self._capabilities = await probe(self._views.run_time)
            return self._capabilities

    @cached_property
    def api(self) -> Api:
        """Our typed functions; what they refuse is raised as `MastraError`."""
        return Api(self)

    async def call(
        self,
        kind: FunctionKind,
        path: str,
        args: Mapping[str, object],
        *,
        deploying: bool = False,
    ) -> Any:
        """Run one of Mastra's functions for bindings, and return its value as wire JSON.

        Args:
            kind: what kind of function it is.
            path: the function.
            args: its arguments.
            deploying: call as the admin, if there is one.

        Raises:
            MastraError: the function refused, or is not deployed.
            ConvexError: as for `ConvexClient.query`.
        """
        convex = self._views.deploying if deploying else self._calling()
        try:
            return await convex.call(kind, path, self._secured(args))
        except FunctionError as error:
            raise self._failure(path.rpartition(":")[2], error) from error

    def watch_as(
        self, path: str, args: Mapping[str, object], read: Callable[[Any], T]
    ) -> LiveQuery[T]:
        """Watch one of Mastra's queries for bindings; see `ConvexClient.watch`.

        Where the function refuses, or is not deployed, the loop raises a `MastraError`.

        Raises:
            ArgumentError: the arguments cannot be sent.
        """
        live = self._calling().watch_as(path, self._secured(args), read)
        return live.failing_as(partial(self._live_failure, path.rpartition(":")[2]))

    async def call_query(self, path: str, args: Mapping[str, object] | None = None) -> Any:
        """Run a query of yours, as `ConvexClient.query`."""
        return await self._calling().query(path, args)

    async def call_mutation(self, path: str, args: Mapping[str, object] | None = None) -> Any:
        """Run a mutation of yours, as `ConvexClient.mutation`."""
        return await self._calling().mutation(path, args)

    async def call_action(self, path: str, args: Mapping[str, object] | None = None) -> Any:
        """Run an action of yours, as `ConvexClient.action`."""
        return await self._calling().action(path, args)

    async def call_storage(self, request: Mapping[str, object]) -> Any:
        """Run one storage request `{op, tableName, …}` and return its result.

        Raises:
            MastraError: the handler refused, or is not deployed.
            ConvexError: as for `ConvexClient.mutation`.
        """
        return (await self.call_storage_raw(request)).result

    async def call_storage_raw(
        self, request: Mapping[str, object], *, deploying: bool = False
    ) -> StorageReply:
        """Run one storage request; see `call_storage`.

        Args:
            request: the operation, the table, and the operation's own fields.
            deploying: call as the admin, if there is one.
        """
        return await self.call_handler(
            self.storage_function,
            request,
            repeatable=request.get("op") in _REPEATABLE,
            deploying=deploying,
        )

    async def call_handler(
        self,
        path: str,
        request: Mapping[str, object],
        *,
        repeatable: bool,
        deploying: bool = False,
    ) -> StorageReply:
        """Run one request `{op, …}` of a handler, which may be another than the storage's.

        Args:
            path: the handler.
            request: the operation, and its own fields.
            repeatable: doing it twice is doing it once.
            deploying: call as the admin, if there is one.

        Raises:
            ConvexError: as for `call_storage`.
        """
        op = str(request.get("op"))
        args = self._secured(request)
        convex = self._views.deploying if deploying else self._calling()

        async def send() -> Any:
            return await convex.mutation(path, args)

        try:
            answer = await (self.repeat(send) if repeatable else send())
        except FunctionError as error:
            raise self._failure(op, error) from error
        return _read(path, op, answer)

    async def call_storage_until_done(self, request: Mapping[str, object]) -> None:
        """Repeat a request that clears a table in parts until nothing is left of it.

        Raises:
            ConvexError: as for `call_storage`; what was cleared before stays so.
        """
        while (await self.call_storage_raw(request)).has_more:
            pass

    async def repeat(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call that does no harm when it is done twice, until its outcome is known.

        Raises:
            ConvexError: what the last try raised.
        """
        tries = 0
        while True:
            try:
                return await call()
            except OutcomeUnknown:
                tries += 1
                if tries > _MAX_RETRIES:
                    raise
                await anyio.sleep(delay(tries, None, random.random()))  # noqa: S311  # no secret

    def _calling(self) -> ConvexClient:
        if self._views.admin_at_run_time and not self._warned:
            self._warned = True
            _log.warning(
                "calls to %s are made with an admin key, which may do everything; a service should "
                "have auth_token= or secret= instead, and leave the admin key to init()",
                self.convex.url,
            )
        return self._views.run_time

    def _secured(self, args: Mapping[str, object]) -> Mapping[str, object]:
        return args if self._secret is None else {**args, "secret": self._secret}

    def _live_failure(self, op: str, error: FunctionError) -> MastraError:
        if isinstance(error, FunctionNotFoundError):
            return live_not_supported()
        return self._failure(op, error)

    def _failure(self, op: str, error: FunctionError) -> MastraError:
        refused = refusal_of(op, error)
        if refused is not None:
            return refused
        if isinstance(error, FunctionNotFoundError):
            text = (
                f"{error.path} is not deployed: add Mastra's functions to your Convex project "
                "(aioconvex mastra init convex) and deploy it (npx convex deploy)"
            )
            return storage_error(op, "NOT_DEPLOYED", text)
        if self._secret is not None:
            # A deployment in development repeats arguments that do not fit their validator, texts
            # in them as JSON has them.
            for shown in (self._secret, json.dumps(self._secret, ensure_ascii=False)[1:-1]):
                error.message = error.message.replace(shown, "[secret]")
        details = {"requestId": error.request_id}
        return storage_error(op, "FAILED", str(error), category="THIRD_PARTY", details=details)


def _read(path: str, op: str, answer: object) -> StorageReply:
    match answer:
        case {"ok": True}:
            reply = cast("Mapping[str, Any]", answer)
        case {"ok": False}:
            raise _refused(op, cast("Mapping[str, Any]", answer))
        case _:
            raise ProtocolError(path, "the reply is no storage handler's")
    return StorageReply(
        result=whole(reply.get("result")),
        has_more=reply.get("hasMore") is True,
        continuation_cursor=reply.get("continuationCursor"),
    )


def _refused(op: str, answer: Mapping[str, Any]) -> MastraError:
    text = str(answer.get("error") or "the storage handler gave no reason")
    code = answer.get("code")
    if code == "UnsupportedOperation" or text.startswith("Unsupported operation"):
        text += ": deploy your Convex functions anew, from a newer release"
        code = "UnsupportedOperation"
    details = answer.get("details")
    return storage_error(
        op,
        str(code or "FAILED"),
        text,
        category="USER" if code else "THIRD_PARTY",
        details={**(details if isinstance(details, dict) else {}), "code": code},
    )
