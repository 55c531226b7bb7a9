"""The client: one deployment, one pool, calls by path; typed calls go through bindings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, TypeVar, Unpack

from . import files
from ._auth import Auth, FixedCredentials, credentials_of
from ._engine import Engine, Exchange, Options, Outcome
from ._environment import ADMIN_KEY_NAMES, AUTH_NAMES, Environment, Settings
from ._http_actions import HttpActionReply, call_http_action, http_action_request
from ._protocol.http import Call, Reply, read_batch, read_reply, write_batch, write_call
from ._protocol.identity import admin_header
from ._protocol.timestamp import read_timestamp
from ._protocol.url import deployment_url, safe_url, site_url
from ._types import UNSET, Unset
from .errors import ConfigurationError, FunctionError
from .raw import RawCalls, log_lines
from .snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    import httpx

    from ._auth import Credentials
    from ._protocol.http import FunctionKind
    from ._transport.base import HttpReply

__all__ = ["ConvexClient"]

T = TypeVar("T")

_MAX_RETRIES: Final = 2


class ConvexClient:
    """An async client of one Convex deployment over HTTP.

    Use it with `async with`, or call `aclose()` when done. Construction does no I/O; a client
    belongs to the event loop of its first call.

        async with ConvexClient("https://happy-animal-123.convex.cloud") as client:
            tasks = await client.query("tasks:list", {"done": False})

    Args:
        url: the deployment's URL; by default `CONVEX_URL` or `CONVEX_SELF_HOSTED_URL`.
        auth: a user's or service's JWT, or a function that gives one (see `TokenProvider`). It is
            asked again, once, when the deployment refuses a token.
        admin_key: an admin or deploy key. It may do everything, so it belongs in scripts and CI,
            not in a service.
        timeout: seconds for a call with all its tries; `None` waits for ever. By default 60, and
            660 for actions.
        max_retries: how often a call is repeated after a passing failure: queries always,
            mutations only when they surely were not applied, actions only when they surely did
            not start.
        ordered: send mutations one at a time, in the order of the calls, as the JavaScript client
            does. By default they run side by side.
        allow_http: permit a URL that is neither https nor this machine, such as a container's.
        http_client: your own `httpx.AsyncClient`, which you close. Its settings hold, except for
            timeouts and redirects.

    Raises:
        ConfigurationError: there is no usable URL, or both `auth` and `admin_key` are given.
    """

    def __init__(  # noqa: PLR0913  # each is keyword-only, and documented above
        self,
        url: str | None = None,
        *,
        auth: Auth | None = None,
        admin_key: str | None = None,
        timeout: float | Unset | None = UNSET,
        max_retries: int = _MAX_RETRIES,
        ordered: bool = False,
        allow_http: bool = False,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        given = Environment.of_process().url() if url is None else url
        self.url = deployment_url(given, allow_http=allow_http)
        self._allow_http = allow_http
        self._options = Options(max_retries=max_retries, ordered=ordered).changed(timeout=timeout)
        self._credentials: Credentials = credentials_of(auth, admin_key)
        self._engine = Engine(self.url, http_client)
        self._owner = True

    @classmethod
    def from_env(
        cls,
        url: str | None = None,
        *,
        auth: Auth | None = None,
        admin_key: str | None = None,
        **settings: Unpack[Settings],
    ) -> Self:
        """Make a client from the environment, then from `.env.local` of the working folder.

        Looks for `CONVEX_URL` or `CONVEX_SELF_HOSTED_URL`; then for `CONVEX_AUTH_TOKEN`; without
        one for `CONVEX_ADMIN_KEY`, `CONVEX_SELF_HOSTED_ADMIN_KEY` or `CONVEX_DEPLOY_KEY`.
        Arguments win.

        Args:
            url: see the class, here and below.
            auth: given this or `admin_key`, no credentials are looked for.
            admin_key: as `auth`.
            **settings: the constructor's other arguments.

        Raises:
            ConfigurationError: there is no URL; it lists what was looked for, and where.
        """
        environment = Environment.with_file(Path.cwd())
        if auth is None and admin_key is None:
            auth = environment.find(AUTH_NAMES)
            admin_key = None if auth else environment.find(ADMIN_KEY_NAMES)
        where = environment.url() if url is None else url
        return cls(where, auth=auth, admin_key=admin_key, **settings)

    def __repr__(self) -> str:
        return f"ConvexClient({self.url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds connections and credentials, and cannot be pickled")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; on a view it does nothing, since they are not the view's."""
        if self._owner:
            await self._engine.aclose()

    def with_auth(self, auth: Auth | None) -> Self:
        """Make a view that calls as another user, or as nobody, over the same connections."""
        return self._view(_credentials=credentials_of(auth, None))

    def acting_as(self, identity: Mapping[str, Any]) -> Self:
        """Make a view that calls as a user, by right of the admin key.

        Args:
            identity: what `ctx.auth.getUserIdentity()` shall return; it needs `issuer` and
                `subject`, or `tokenIdentifier`.

        Raises:
            ConfigurationError: the client has no admin key, or the identity is incomplete.
        """
        credentials = self._credentials
        if not isinstance(credentials, FixedCredentials) or credentials.admin_key is None:
            raise ConfigurationError("acting_as needs a client with admin_key=")
        header = admin_header(credentials.admin_key, identity)
        return self._view(_credentials=FixedCredentials(header, credentials.admin_key))

    def with_options(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        max_retries: int | None = None,
        ordered: bool | None = None,
    ) -> Self:
        """Make a view with other options over the same connections; see the class."""
        options = self._options.changed(timeout=timeout, max_retries=max_retries, ordered=ordered)
        return self._view(_options=options)

    def _view(self, **changes: object) -> Self:
        # Not `copy.copy`, which asks `__reduce__`, as pickling does.
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__, **changes, _owner=False)
        return view

    async def query(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> Any:
        """Run a query by its path (`dir/module:function`) and return its Convex value.

        Args:
            path: the function's path as Convex spells it. With an admin key also an internal one.
            args: its arguments by wire name; plain `int` is sent as float64, see `Int64`.
            component: the path of the component that holds it; needs an admin key.

        Raises:
            ArgumentError: path or arguments cannot be sent.
            FunctionError: the function failed; `ApplicationError` if it threw a `ConvexError`.
            DeploymentError: the deployment refused the request.
            ConvexConnectionError: no reply came; `ConvexTimeoutError` if not in time.
            ProtocolError: the reply is not Convex's.
        """
        return (await self._run("query", path, args or {}, component)).value.value()

    async def mutation(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> Any:
        """Run a mutation by its path; see `query`. It is never applied twice.

        Raises:
            MutationOutcomeUnknown: it was sent, but no answer says whether it was applied.
            ConvexError: as for `query`.
        """
        return (await self._run("mutation", path, args or {}, component)).value.value()

    async def action(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> Any:
        """Run an action by its path; see `query`. It is never started twice.

        Raises:
            ActionOutcomeUnknown: it was sent, but no answer says what became of it.
            ConvexError: as for `query`.
        """
        return (await self._run("action", path, args or {}, component)).value.value()

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        """Run a function for bindings, and return its value as wire JSON, tags still on.

        The bindings know the value's type, and unwrap tags where the type has them.
        """
        return (await self._run(kind, path, args, None)).value.wire

    @property
    def with_raw_response(self) -> RawCalls:
        """The same calls, answered with log lines, request id and headers."""
        return RawCalls(self._run)

    async def query_batch(
        self, queries: Sequence[tuple[str, Mapping[str, object]]]
    ) -> list[Any | FunctionError]:
        """Run several queries at one moment of the database, in one request.

        Args:
            queries: pairs of path and arguments.

        Returns:
            One entry for each, in order: its value, or the error of that query alone.

        Raises:
            ConvexError: the request as a whole failed, as for `query`.
        """
        calls = [Call("query", path, args) for path, args in queries]

        def read(reply: HttpReply) -> list[Reply | FunctionError]:
            return read_batch(calls, reply.status, reply.body)

        exchange = Exchange("query", "query_batch", "/api/query_batch", write_batch(calls), read)
        results = (await self._exchange(exchange)).value
        for call, result in zip(calls, results, strict=True):
            log_lines(call.path, result)
        return [result.value() if isinstance(result, Reply) else result for result in results]

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Snapshot]:
        """Fix a moment of the database for several queries; see `Snapshot` for its lifetime.

        Raises:
            ConvexError: as for `query`.
        """

        def read(reply: HttpReply) -> str:
            return read_timestamp(reply.status, reply.body)

        exchange = Exchange("query", "query_ts", "/api/query_ts", b"", read)
        ts = (await self._exchange(exchange)).value
        yield Snapshot(self._query_at, ts)

    async def upload(
        self,
        url: str,
        source: bytes | Path | AsyncIterable[bytes],
        *,
        content_type: str = "application/octet-stream",
        sha256: bytes | None = None,
    ) -> str:
        """Send a file to an upload URL (from `storage.generateUploadUrl()`); it is streamed.

        Args:
            url: the upload URL. It holds a token, and is never shown.
            source: the bytes, a file's path, or chunks as they come.
            content_type: what a download will say.
            sha256: the digest that the deployment shall check; computed for bytes and paths.

        It is sent once, and the timeout is that of actions. What `source` raises comes out as it is.

        Returns:
            The storage id.

        Raises:
            ConvexError: as for `query`.
        """
        where = safe_url(url, allow_http=self._allow_http)
        upload = files.Upload(where, source, content_type, sha256)
        timeout = self._options.timeout_of("action")
        return await upload.send(self._engine.opened().transport, timeout)

    def download(self, url: str) -> AbstractAsyncContextManager[files.Download]:
        """Open a stored file by its URL (from `storage.getUrl()`); its SHA-256 is checked.

            async with client.download(url) as file:
                await file.save("picture.png")

        The timeout is for each wait for more, not for the whole file.

        Raises:
            ConvexError: as for `query`, on entering or while reading.
        """
        where = safe_url(url, allow_http=self._allow_http)
        return files.download(self._engine.opened().transport, where, self._options.timeout)

    async def http_action(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        site: str | None = None,
    ) -> HttpActionReply:
        """Call an HTTP action, with the user's token if there is one; never repeated.

        Args:
            method: GET, POST, …
            path: the route, with its leading slash, and query string.
            content: the request's body.
            headers: more headers; your own `Authorization` takes the token's place.
            site: where the deployment serves HTTP actions (`CONVEX_SITE_URL`); by default
                `.convex.site` for `.convex.cloud`, else `/http` below the deployment's URL.

        Raises:
            ArgumentError: method, path or a header cannot be sent.
            ActionOutcomeUnknown: it was sent, but no answer came, or not within the timeout.
            ConvexConnectionError: it could not be sent.
        """
        where = safe_url(site or site_url(self.url), allow_http=self._allow_http)
        request = http_action_request(method, where, path, content, headers or {})
        return await call_http_action(
            self._engine.opened().transport,
            request,
            self._credentials,
            self._options.timeout_of("action"),
        )

    async def _query_at(self, path: str, args: Mapping[str, object], ts: str) -> Reply:
        return (await self._run("query", path, args, None, ts)).value

    async def _run(
        self,
        kind: FunctionKind,
        path: str,
        args: Mapping[str, object],
        component: str | None,
        ts: str | None = None,
    ) -> Outcome[Reply]:
        call = Call(kind, path, args, component)

        def read(reply: HttpReply) -> Reply:
            return read_reply(call, reply.status, reply.body)

        endpoint = call.endpoint if ts is None else "/api/query_at_ts"
        exchange = Exchange(kind, path, endpoint, write_call(call, ts), read)
        options = self._options
        if component is not None:
            # That endpoint runs any kind of function: a "query" may well be a mutation.
            options = options.changed(max_retries=0)
        try:
            outcome = await self._engine.run(exchange, options, self._credentials)
        except FunctionError as error:
            log_lines(path, error)
            raise
        log_lines(path, outcome.value)
        return outcome

    async def _exchange(self, exchange: Exchange[T]) -> Outcome[T]:
        return await self._engine.run(exchange, self._options, self._credentials)
