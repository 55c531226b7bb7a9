"""The client: one deployment, its connections, calls by path; typed calls go through bindings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar, Unpack

from attrs import evolve

from . import files
from ._auth import Auth, FixedCredentials, admin_key_of, credentials_of
from ._calls import HttpCalls
from ._engine import DEFAULT_RETRIES, Engine, Options
from ._environment import ADMIN_KEY_NAMES, AUTH_NAMES, Environment, Settings
from ._http_actions import HttpActionReply, call_http_action, http_action_request
from ._life import Life
from ._protocol.http import Reply
from ._protocol.url import deployment_url, safe_url, site_url
from ._sockets import LiveSocket, Sockets
from ._types import UNSET, Unset
from .errors import ConfigurationError
from .live import LiveQuery
from .live_calls import LiveCalls
from .raw import RawCalls
from .snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    import httpx

    from ._auth import Credentials
    from ._protocol.http import FunctionKind
    from .errors import FunctionError
    from .live import ConnectionStates, LiveConnection

__all__ = ["ConvexClient"]

T = TypeVar("T")


class ConvexClient:
    """An async client of one Convex deployment: calls over HTTP, live queries over WebSocket.

    Use it with `async with`, or call `aclose()` when done. Construction does no I/O; a client
    belongs to the event loop of its first call, and in another one raises `RuntimeError`.

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
            timeouts and redirects. Live queries do without it: theirs are the environment's
            proxies, and the certificates of `SSL_CERT_FILE`, if it is set.
        compress_live: offer compression to the WebSocket of live queries. It saves bytes on slow
            networks, and costs more time than it saves on others.

    Raises:
        ConfigurationError: there is no usable URL, or the settings are wrong.
    """

    def __init__(  # noqa: PLR0913  # each is keyword-only, and documented above
        self,
        url: str | None = None,
        *,
        auth: Auth | None = None,
        admin_key: str | None = None,
        timeout: float | Unset | None = UNSET,
        max_retries: int = DEFAULT_RETRIES,
        ordered: bool = False,
        allow_http: bool = False,
        http_client: httpx.AsyncClient | None = None,
        compress_live: bool = False,
    ) -> None:
        given = Environment.of_process().url() if url is None else url
        self.url = deployment_url(given, allow_http=allow_http)
        self._allow_http = allow_http
        options = Options().changed(timeout=timeout, max_retries=max_retries, ordered=ordered)
        credentials = credentials_of(auth, admin_key)
        self._life = Life()
        self._calls = HttpCalls(Engine(self.url, http_client, self._life), credentials, options)
        self._sockets = Sockets(self.url, self._life, compress=compress_live)
        self._socket = LiveSocket(self._sockets, credentials)
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
        Arguments, for which see the class, win: given `auth` or `admin_key`, it looks for neither.

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

    async def __aexit__(self, *failure: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections, and so end calls and live queries; on a view it does nothing."""
        if self._owner:
            self._life.end()
            await self._sockets.aclose()
            await self._calls.engine.aclose()

    def with_auth(self, auth: Auth | None) -> Self:
        """Make a view that calls as another user, or as nobody; its live queries share a socket."""
        return self._as(credentials_of(auth, None))

    def acting_as(self, identity: Mapping[str, Any]) -> Self:
        """Make a view that calls as a user, by right of the admin key.

        Args:
            identity: what `ctx.auth.getUserIdentity()` shall return; it needs `issuer` and
                `subject`, or `tokenIdentifier`.

        Raises:
            ConfigurationError: the client has no admin key, or the identity is incomplete.
        """
        admin_key = admin_key_of(self._calls.credentials)
        if admin_key is None:
            raise ConfigurationError("acting_as needs a client with admin_key=")
        return self._as(FixedCredentials(admin_key=admin_key, acting_as=identity))

    def with_options(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        max_retries: int | None = None,
        ordered: bool | None = None,
    ) -> Self:
        """Make a view with other options over the same connections; see the class."""
        calls = self._calls
        options = calls.options.changed(timeout=timeout, max_retries=max_retries, ordered=ordered)
        return self._view(_calls=evolve(calls, options=options))

    def _as(self, credentials: Credentials) -> Self:
        calls = evolve(self._calls, credentials=credentials)
        return self._view(_calls=calls, _socket=LiveSocket(self._sockets, credentials))

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
        return (await self._calls.run("query", path, args or {}, component)).value.value()

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
        return (await self._calls.run("mutation", path, args or {}, component)).value.value()

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
        return (await self._calls.run("action", path, args or {}, component)).value.value()

    async def call(self, kind: FunctionKind, path: str, args: Mapping[str, object]) -> Any:
        """Run a function for bindings, and return its value as wire JSON, tags still on.

        The bindings know the value's type, and unwrap tags where the type has them.
        """
        return (await self._calls.run(kind, path, args)).value.wire

    @property
    def with_raw_response(self) -> RawCalls:
        """The same calls, answered with log lines, request id and headers."""
        return RawCalls(self._calls)

    async def query_batch(
        self, queries: Sequence[tuple[str, Mapping[str, object]]]
    ) -> list[Any | FunctionError]:
        """Run queries, each a path and its arguments, at one moment of the database.

        Returns:
            One entry for each, in order: its value, or the error of that query alone.

        Raises:
            ConvexError: the request as a whole failed, as for `query`.
        """
        results = await self._calls.batch(queries)
        return [result.value() if isinstance(result, Reply) else result for result in results]

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Snapshot]:
        """Fix a moment of the database for several queries; see `Snapshot` for its lifetime.

        Raises:
            ConvexError: as for `query`.
        """
        yield Snapshot(self._calls.query_at, await self._calls.timestamp())

    def watch(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        *,
        component: str | None = None,
    ) -> LiveQuery[Any]:
        """Watch a query: its result now, and whenever it changes; see `LiveQuery` and `query`.

        Raises:
            ArgumentError: path or arguments cannot be sent.
        """
        return self._socket.watch(path, args or {}, component)

    def watch_as(
        self, path: str, args: Mapping[str, object], read: Callable[[Any], T]
    ) -> LiveQuery[T]:
        """Watch a query for bindings; `read` makes the value of wire JSON and leaves that alone."""
        return self._socket.watch_as(path, args, read)

    def watch_all(self, queries: Mapping[str, LiveQuery[T]]) -> LiveQuery[dict[str, T]]:
        """Watch several queries as one, whose items are always of the same moment.

        Args:
            queries: live queries of one client and identity, not entered themselves.

        Returns:
            A live query of dicts with the same keys; the first comes when all have a result.

        Raises:
            ValueError: there are none, they are of several identities, or one asks for `every`.
        """
        return LiveQuery.together(queries)

    def live(self) -> LiveCalls:
        """The same calls over the WebSocket: ordered, each exactly once, seen by what is watched."""
        return LiveCalls(self._socket, self._calls.options)

    async def ready(self) -> None:
        """Wait, without end, until the WebSocket is open and all that is watched is up to date.

        Raises:
            ConvexError: as for `LiveQuery`; also what a token provider raises that never gave one.
        """
        await self._socket.ready()

    @property
    def connection(self) -> LiveConnection:
        """How the WebSocket of this identity does now."""
        return self._socket.connection

    def connection_states(self) -> ConnectionStates:
        """Follow how the WebSocket does: an async iterator that begins with the present state."""
        return self._socket.connection_states()

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
        timeout = self._calls.options.timeout_of("action")
        return await upload.send(self._calls.transport, timeout)

    def download(self, url: str) -> AbstractAsyncContextManager[files.Download]:
        """Open a stored file by its URL (from `storage.getUrl()`); its SHA-256 is checked.

            async with client.download(url) as file:
                await file.save("picture.png")

        The timeout is for each wait for more, not for the whole file.

        Raises:
            ConvexError: as for `query`, on entering or while reading.
        """
        where = safe_url(url, allow_http=self._allow_http)
        return files.download(self._calls.transport, where, self._calls.options.timeout)

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
        calls = self._calls
        timeout = calls.options.timeout_of("action")
        return await call_http_action(calls.transport, request, calls.credentials, timeout)
