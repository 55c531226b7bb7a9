"""How a client begins and ends."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import (
    ActionOutcomeUnknown,
    ConfigurationError,
    ConvexConnectionError,
    ConvexError,
    MutationOutcomeUnknown,
)
from client.deployment import Stub

URL = "https://happy-animal-123.convex.cloud"
NAMES = (
    "CONVEX_URL",
    "CONVEX_SELF_HOSTED_URL",
    "CONVEX_AUTH_TOKEN",
    "CONVEX_ADMIN_KEY",
    "CONVEX_SELF_HOSTED_ADMIN_KEY",
    "CONVEX_DEPLOY_KEY",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and none of our names in the environment."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def authorization(client: ConvexClient, stub: Stub) -> str | None:
    case = stub.case()
    async with client:
        await client.query(f"{case}:f")
    (header,) = stub.seen(case).authorizations
    return header


def test_without_a_url_the_error_says_what_was_looked_for_and_where(folder: Path) -> None:
    """Both names, and both places."""
    for make in (ConvexClient, ConvexClient.from_env):
        with pytest.raises(ConfigurationError, match="CONVEX_URL or CONVEX_SELF_HOSTED_URL"):
            make()
    with pytest.raises(ConfigurationError) as caught:
        ConvexClient.from_env()
    assert "in the environment, then in" in str(caught.value)
    assert str(folder / ".env.local") in str(caught.value)


def test_the_url_is_the_argument_then_the_environment_then_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source is used only when those before it have nothing."""
    (folder / ".env.local").write_text("CONVEX_URL=https://file.example\n")
    assert ConvexClient.from_env().url == "https://file.example"
    with pytest.raises(ConfigurationError):
        ConvexClient()  # does no I/O, so it does not look at the file
    monkeypatch.setenv("CONVEX_SELF_HOSTED_URL", "https://own.example")
    assert ConvexClient().url == ConvexClient.from_env().url == "https://own.example"
    monkeypatch.setenv("CONVEX_URL", "https://cloud.example")
    assert ConvexClient().url == ConvexClient.from_env().url == "https://cloud.example"
    assert ConvexClient.from_env(URL).url == URL


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("CONVEX_URL=https://a.example", "https://a.example"),
        ("  export CONVEX_URL = https://a.example  ", "https://a.example"),
        ("export\tCONVEX_URL='https://a.example' # ours", "https://a.example"),
        ('CONVEX_URL="https://a.example"# ours', "https://a.example"),
        ("CONVEX_URL=https://a.example\t# ours", "https://a.example"),
        ("\ufeffCONVEX_URL=https://a.example\r", "https://a.example"),
        ("# CONVEX_URL=https://b.example\nCONVEX_URL=https://a.example", "https://a.example"),
        ("CONVEX_URL=https://b.example\nCONVEX_URL=https://a.example", "https://a.example"),
        ("# CONVEX_URL=https://a.example", None),
        ("CONVEX_URL=", None),
        ("CONVEX_URL=# later", None),
        ('CONVEX_URL=""', None),
        ("MY_CONVEX_URL=https://a.example", None),
        ("CONVEX_URL https://a.example", None),
    ],
)
def test_env_local_is_read_as_dotenv_files_are(folder: Path, line: str, url: str | None) -> None:
    """Quotes, comments, `export`, white space, a byte order mark; the last one counts."""
    (folder / ".env.local").write_text(
        f"OTHER=1\n{line}\nLAST='x'\n" if line[0] != "\ufeff" else line
    )
    if url is None:
        with pytest.raises(ConfigurationError, match="no deployment URL"):
            ConvexClient.from_env()
    else:
        assert ConvexClient.from_env().url == url


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_an_env_local_that_cannot_be_read_is_said(folder: Path, content: bytes | None) -> None:
    """Not text, or a folder."""
    file = folder / ".env.local"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        ConvexClient.from_env()


@pytest.mark.anyio
async def test_credentials_are_looked_for_in_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch, stub: Stub
) -> None:
    """Arguments, a user's token, then the admin keys; the environment before the file."""
    (folder / ".env.local").write_text("CONVEX_DEPLOY_KEY='prod:file|key'\n")

    def client(**given: Any) -> ConvexClient:
        return ConvexClient.from_env(stub.url, **given)

    assert await authorization(client(), stub) == "Convex prod:file|key"
    for name in ("CONVEX_DEPLOY_KEY", "CONVEX_SELF_HOSTED_ADMIN_KEY", "CONVEX_ADMIN_KEY"):
        monkeypatch.setenv(name, name.lower())
        assert await authorization(client(), stub) == f"Convex {name.lower()}"
    monkeypatch.setenv("CONVEX_AUTH_TOKEN", "jwt")
    assert await authorization(client(), stub) == "Bearer jwt"
    assert await authorization(client(admin_key="mine"), stub) == "Convex mine"
    assert await authorization(client(auth="my.jwt"), stub) == "Bearer my.jwt"


def test_the_constructor_does_no_io(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no socket, and no event loop."""

    def forbidden(*_args: object, **_options: object) -> None:
        raise AssertionError("I/O")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(Path, "open", forbidden)
    client = ConvexClient(URL, auth=lambda *, force_refresh: str(force_refresh))
    client.with_auth("a").with_options(timeout=None, max_retries=0, ordered=True)
    assert repr(client) == f"ConvexClient({URL!r})"


def test_plain_http_to_another_machine_must_be_wanted() -> None:
    """The message says what to do, and `allow_http` does it."""
    with pytest.raises(ConfigurationError, match="https"):
        ConvexClient("http://backend:3210")
    assert ConvexClient("http://backend:3210/", allow_http=True).url == "http://backend:3210"
    assert (
        ConvexClient.from_env("http://backend:3210", allow_http=True).url == "http://backend:3210"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"timeout": float("nan")}, "timeout must be seconds or None, not nan"),
        ({"timeout": "5"}, "not '5'"),
        ({"max_retries": -1}, "max_retries must be 0 or more, not -1"),
        ({"max_retries": 1.5}, "not 1.5"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], message: str) -> None:
    """At once, and not as a call that is out of time or an error of Python's."""
    for make in (partial(ConvexClient, URL), ConvexClient(URL).with_options):
        with pytest.raises(ConfigurationError, match=message):
            make(**settings)


@pytest.mark.anyio
async def test_a_closed_client_says_so(stub: Stub) -> None:
    """On every kind of call, also of its views; closing again does nothing."""
    client = ConvexClient(stub.url)
    view = client.with_options(timeout=1)
    assert await client.query("healthy:f") == 1.0
    await client.aclose()
    await client.aclose()

    for closed in (client, view):
        with pytest.raises(RuntimeError, match="closed"):
            await closed.query("healthy:f")
        with pytest.raises(RuntimeError, match="closed"):
            await closed.http_action("GET", "/x")
        with pytest.raises(RuntimeError, match="closed"):
            await closed.upload(f"{stub.url}/api/storage/upload?token=x", b"")
        with pytest.raises(RuntimeError, match="closed"):
            async with closed.download(f"{stub.url}/api/storage/x"):
                pass


@pytest.mark.anyio
async def test_a_client_belongs_to_one_event_loop(stub: Stub) -> None:
    """In any other it says so and touches nothing: connections cannot be shared."""
    async with ConvexClient(stub.url) as client:
        uses: list[Callable[[], Awaitable[object]]] = [
            lambda: client.query("healthy:f"),
            lambda: client.live().mutation("healthy:f"),
            client.watch("healthy:f").once,
            client.ready,
            lambda: client.http_action("GET", "/x"),
            client.aclose,
        ]

        async def elsewhere() -> None:
            for use in uses:
                with pytest.raises(RuntimeError, match=r"another .*make a client in each"):
                    await use()

        assert await client.query("healthy:f") == 1.0
        for backend in ("asyncio", "trio"):
            await anyio.to_thread.run_sync(partial(anyio.run, elsewhere, backend=backend))
        assert await client.query("healthy:f") == 1.0
        assert stub.connections() == 1

    with pytest.raises(RuntimeError, match="closed"):
        await client.query("healthy:f")


def test_without_an_event_loop_a_client_can_only_be_made() -> None:
    """And its live queries; what needs the loop says so."""
    client = ConvexClient(URL)
    assert "a:b" in repr(client.watch("a:b"))
    with pytest.raises(RuntimeError, match=r"no event loop runs.*asyncio\.run"):
        client.connection_states()
    with pytest.raises(RuntimeError, match="no event loop runs"):
        client.download(f"{URL}/x")


@pytest.mark.anyio
async def test_closing_a_view_leaves_the_client_open(stub: Stub) -> None:
    """The connections are the client's; all views use them."""
    async with ConvexClient(stub.url) as client:
        async with client.with_auth("a") as view:
            await view.query("healthy:f")
        before = stub.connections()
        await client.query("healthy:f")
        assert stub.connections() == before == 1


@pytest.mark.anyio
async def test_closing_ends_calls_that_wait_for_their_turn(stub: Stub) -> None:
    """A call in the queue of a closed client fails clearly, and opens nothing."""
    case = stub.case({})
    held = stub.case({"hold": True})
    client = ConvexClient(stub.url, ordered=True)
    errors: list[Exception] = []

    async def call(path: str) -> None:
        try:
            await client.mutation(path)
        except (ConvexError, RuntimeError) as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call, f"{held}:f")
        while not stub.seen(held).requests:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(call, f"{case}:f")
        await anyio.wait_all_tasks_blocked()
        await client.aclose()
        tasks.cancel_scope.cancel()

    assert stub.seen(case).requests == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("query", ConvexConnectionError),
        ("mutation", MutationOutcomeUnknown),
        ("action", ActionOutcomeUnknown),
    ],
)
async def test_closing_ends_calls_that_wait_for_their_answer(
    stub: Stub, kind: str, error: type[ConvexError]
) -> None:
    """At once: a closed client holds no connection, for which an action may keep it for minutes."""
    case = stub.case({"hold": True})
    client = ConvexClient(stub.url)
    async with anyio.create_task_group() as tasks:

        async def close() -> None:
            while not stub.seen(case).requests:
                await anyio.lowlevel.checkpoint()
            await client.aclose()

        tasks.start_soon(close)
        with anyio.fail_after(5), pytest.raises(error, match="the client was closed"):
            await getattr(client, kind)(f"{case}:f")


@pytest.mark.anyio
async def test_a_connection_that_comes_after_the_close_sends_nothing(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is dropped, as nobody would ever close it."""
    connecting, go_on = anyio.Event(), anyio.Event()

    def late(connect: Any) -> Any:
        async def connect_late(*args: Any, **kwargs: Any) -> Any:
            connecting.set()
            await go_on.wait()
            return await connect(*args, **kwargs)

        return connect_late

    for name in ("anyio.connect_tcp", "trio.open_tcp_stream", "aiohappyeyeballs.start_connection"):
        module, _, function = name.partition(".")
        monkeypatch.setattr(name, late(getattr(import_module(module), function)))
    case = stub.case()
    client = ConvexClient(stub.url)

    async def close() -> None:
        await connecting.wait()
        await client.aclose()
        go_on.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(close)
        with pytest.raises(ConvexConnectionError, match="the client was closed"):
            await client.mutation(f"{case}:f")
    assert stub.seen(case).requests == []


@pytest.mark.anyio
async def test_a_user_s_httpx_client_is_used_as_it_is_and_stays_open(stub: Stub) -> None:
    """Its headers and hooks hold, and closing it is its owner's business."""
    case = stub.case()
    hooked: list[str] = []

    async def hook(request: httpx.Request) -> None:
        hooked.append(request.method)

    async with httpx.AsyncClient(
        headers={"X-Trace": "7", "Content-Type": "text/plain"}, event_hooks={"request": [hook]}
    ) as theirs:
        async with ConvexClient(stub.url, http_client=theirs, auth="jwt") as client:
            assert await client.query(f"{case}:f") == 1.0
        assert not theirs.is_closed

    (headers,) = stub.seen(case).headers
    assert hooked == ["POST"]
    assert (headers["x-trace"], headers["content-type"]) == ("7", "application/json")
    assert headers["authorization"] == "Bearer jwt"


@pytest.mark.anyio
@pytest.mark.parametrize("auth", [None, "jwt"])
async def test_the_environment_s_proxy_is_used_and_a_netrc_file_is_not(
    stub: Stub, folder: Path, monkeypatch: pytest.MonkeyPatch, auth: str | None
) -> None:
    """A proxy is where packets go; credentials are the client's own business."""
    netrc = folder / "netrc"
    netrc.write_text("default login somebody password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", stub.url)
    monkeypatch.delenv("no_proxy", raising=False)
    case = stub.case()
    async with ConvexClient("http://backend.invalid", auth=auth, allow_http=True) as client:
        assert await client.mutation(f"{case}:f") == 1.0

    (request,) = stub.seen(case).requests
    assert request["target"] == "http://backend.invalid/api/mutation"
    assert request["headers"].get("authorization") == (auth and f"Bearer {auth}")


@pytest.mark.anyio
async def test_a_proxy_may_be_named_without_its_scheme(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As curl and others take it."""
    monkeypatch.setenv("http_proxy", stub.url.removeprefix("http://"))
    monkeypatch.delenv("no_proxy", raising=False)
    async with ConvexClient("http://backend.invalid", allow_http=True) as client:
        assert await client.query("healthy:f") == 1.0


@pytest.mark.anyio
async def test_a_proxy_of_an_unknown_kind_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is the environment that is wrong, and no call."""
    monkeypatch.setenv("http_proxy", "socks7://ada:hunter2@127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    async with ConvexClient("http://backend.invalid", allow_http=True) as client:
        with pytest.raises(ConfigurationError, match=r"http_proxy.*socks7") as caught:
            await client.query("healthy:f")
    assert "hunter2" not in str(caught.value)


@pytest.mark.anyio
async def test_where_no_connection_can_be_made_is_said() -> None:
    """With the system's reason: a wrong port and a wrong name are different mistakes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with ConvexClient(f"http://127.0.0.1:{port}", max_retries=0) as client:
        with pytest.raises(
            ConvexConnectionError, match=rf"127\.0\.0\.1:{port}.*(refused|call failed)"
        ):
            await client.query("a:b")


@pytest.mark.anyio
async def test_this_machine_is_reached_without_a_proxy(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded deployment works wherever a proxy is set for the rest of the world."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with ConvexClient(stub.url) as client:
        assert await client.query("healthy:f") == 1.0
