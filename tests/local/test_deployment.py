"""What a user may rely on while a deployment runs, and after."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from anyio.streams.text import TextReceiveStream

from aioconvex.client import ConvexClient
from aioconvex.errors import FunctionError, LocalDeploymentError
from aioconvex.local import LocalDeployment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

NOTES = """
import { mutation, query } from "./_generated/server";

export const add = mutation({
  handler: ({ db }, { text }) => db.insert("notes", { text }),
});
export const all = query({
  handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text),
});
"""
SETTINGS = """
import { query } from "./_generated/server";

export const greeting = query({ handler: () => process.env.GREETING ?? null });
"""
LOGGING = """
import { query } from "./_generated/server";

export const shout = query({ handler: () => console.log("hear me") });
"""


async def call(url: str, kind: str, path: str, **args: object) -> Any:
    async with ConvexClient(url) as client:
        return await getattr(client, kind)(path, args)


async def test_serves_the_project_while_the_block_runs(values_project: Path) -> None:
    async with LocalDeployment(values_project) as deployment:
        assert await call(deployment.url, "query", "echo:query", value=1.5) == 1.5
        url, site_url = deployment.url, deployment.site_url

    assert url.startswith("http://127.0.0.1:")
    assert site_url not in {"", url}
    await wait_refused(url)


async def test_serves_functions_given_as_text() -> None:
    deeper = SETTINGS.replace("./_generated", "../_generated")
    async with LocalDeployment(functions={"notes": NOTES, "deep/er": deeper}) as deployment:
        await call(deployment.url, "mutation", "notes:add", text="hello")

        assert await call(deployment.url, "query", "notes:all") == ["hello"]
        assert await call(deployment.url, "query", "deep/er:greeting") is None


@pytest.mark.parametrize("name", ["../outside", "/absolute", ""])
async def test_refuses_function_names_outside_the_project(name: str) -> None:
    with pytest.raises(ValueError, match="inside the project"):
        async with LocalDeployment(functions={name: NOTES}):
            pass


async def test_hides_the_admin_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with LocalDeployment(functions={"notes": NOTES}) as deployment:
        key = deployment.admin_key
        await deployment.reset()
        shown = [repr(deployment), repr(vars(deployment)), caplog.text]

    assert len(key) > 40
    assert [text for text in shown if key in text or key.partition("|")[2] in text] == []


async def test_knows_no_url_before_it_runs() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        _ = LocalDeployment("convex").url


async def test_reset_deletes_all_documents_and_keeps_the_functions() -> None:
    async with LocalDeployment(functions={"notes": NOTES}) as deployment:
        await call(deployment.url, "mutation", "notes:add", text="gone")
        await deployment.reset()

        assert await call(deployment.url, "query", "notes:all") == []


async def test_calls_are_counted_with_what_they_read_and_wrote() -> None:
    async with LocalDeployment(functions={"notes": NOTES}) as deployment:
        for text in ("one", "two"):
            await call(deployment.url, "mutation", "notes:add", text=text)
        await call(deployment.url, "query", "notes:all")
        write, _, read = await deployment.recent_calls()
        await deployment.reset()

        assert await deployment.recent_calls() == []

    assert (write.path, write.kind, write.documents_written) == ("notes:add", "mutation", 1)
    assert (read.path, read.kind, read.documents_read, read.documents_written) == (
        "notes:all",
        "query",
        2,
        0,
    )
    assert read.bytes_read == 2 * write.bytes_written > 0


async def test_calls_that_fail_are_counted_too() -> None:
    failing = """
import { query } from "./_generated/server";
export const fail = query(async ({ db }) => {
  await db.query("notes").collect();
  throw new Error("after reading");
});
"""
    async with LocalDeployment(functions={"notes": NOTES, "more": failing}) as deployment:
        await call(deployment.url, "mutation", "notes:add", text="one")
        with pytest.raises(FunctionError):
            await call(deployment.url, "query", "more:fail")
        *_, last = await deployment.recent_calls()

    assert (last.path, last.documents_read) == ("more:fail", 1)


async def test_env_is_set_changed_and_removed() -> None:
    functions = {"settings": SETTINGS}
    async with LocalDeployment(functions=functions, env={"GREETING": "hi"}) as deployment:
        greetings = [await call(deployment.url, "query", "settings:greeting")]
        await deployment.set_env(GREETING="ahoy")
        greetings.append(await call(deployment.url, "query", "settings:greeting"))
        await deployment.set_env(GREETING=None)
        greetings.append(await call(deployment.url, "query", "settings:greeting"))

    assert greetings == ["hi", "ahoy", None]


async def test_env_is_there_before_the_first_function_loads() -> None:
    at_start = """
import { query, env } from "./_generated/server";
if (env.GREETING !== "päß\u2028") throw new Error("too early");
export const ready = query({ handler: () => true });
"""
    async with LocalDeployment(
        functions={"settings": at_start}, env={"GREETING": "päß\u2028"}
    ) as deployment:
        assert await call(deployment.url, "query", "settings:ready") is True


async def test_env_values_are_on_no_command_line() -> None:
    env = {"GREETING": "5ec2e7-of-mine"}
    async with LocalDeployment(functions={"settings": SETTINGS}, env=env) as deployment:
        assert await call(deployment.url, "query", "settings:greeting") == env["GREETING"]
        assert processes_naming(Path(env["GREETING"])) == []
        assert env["GREETING"] not in repr(vars(deployment))


async def test_a_bad_name_of_an_env_variable_is_refused_at_start() -> None:
    with pytest.raises(LocalDeploymentError, match="valid name"):
        async with LocalDeployment(functions={"settings": SETTINGS}, env={"A-B": "x"}):
            pass


async def test_env_of_this_process_stays_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "secret of the host")

    async with LocalDeployment(functions={"settings": SETTINGS}) as deployment:
        assert await call(deployment.url, "query", "settings:greeting") is None


async def test_push_serves_the_changed_files(project: Path) -> None:
    async with LocalDeployment(project) as deployment:
        (project / "settings.ts").write_text(SETTINGS)
        await deployment.push()

        assert await call(deployment.url, "query", "settings:greeting") is None


async def test_push_of_broken_files_keeps_the_old_ones(project: Path) -> None:
    async with LocalDeployment(project) as deployment:
        (project / "notes.ts").write_text("export const = 1;\n")
        with pytest.raises(LocalDeploymentError, match=r"notes\.ts:1:14: ") as caught:
            await deployment.push()

        assert caught.value.code == "BundleFailed"
        assert await call(deployment.url, "query", "notes:all") == []


async def test_temporary_data_is_gone_at_exit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    async with LocalDeployment(functions={"notes": NOTES}) as deployment:
        await call(deployment.url, "mutation", "notes:add", text="x")
        assert entries(tmp_path) != []

    assert entries(tmp_path) == []


async def test_data_is_kept_and_reused(project: Path, tmp_path: Path) -> None:
    data = tmp_path / "made" / "for me"
    async with LocalDeployment(project, data=data, env={"GREETING": "hi"}) as deployment:
        await call(deployment.url, "mutation", "notes:add", text="kept")
        key = deployment.admin_key

    (project / "settings.ts").write_text(SETTINGS)
    async with LocalDeployment(project, data=data) as deployment:
        assert await call(deployment.url, "query", "notes:all") == ["kept"]
        assert await call(deployment.url, "query", "settings:greeting") == "hi"
        assert deployment.admin_key == key


async def test_the_key_file_is_for_its_owner_only(project: Path, tmp_path: Path) -> None:
    async with LocalDeployment(project, data=tmp_path / "data") as deployment:
        key_file = tmp_path / "data" / "admin-key"

        assert key_file.read_text().strip() == deployment.admin_key
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


async def test_a_second_server_on_the_same_data_is_refused(project: Path, tmp_path: Path) -> None:
    async with LocalDeployment(project, data=tmp_path / "data") as first:
        with pytest.raises(LocalDeploymentError) as caught:
            async with LocalDeployment(project, data=tmp_path / "data"):
                pass

        assert caught.value.code == "DataLocked"
        assert str(tmp_path / "data") in str(caught.value)
        assert await call(first.url, "query", "notes:all") == []


async def test_two_deployments_run_side_by_side() -> None:
    async with (
        LocalDeployment(functions={"notes": NOTES}) as one,
        LocalDeployment(functions={"notes": NOTES}) as two,
    ):
        await call(one.url, "mutation", "notes:add", text="one's")

        assert await call(two.url, "query", "notes:all") == []


async def test_a_control_call_says_that_the_server_died(project: Path, tmp_path: Path) -> None:
    async with LocalDeployment(project, data=tmp_path / "data") as deployment:
        os.kill(server_pid(deployment), signal.SIGKILL)
        with pytest.raises(LocalDeploymentError, match=r"stopped \(signal 9\)") as caught:
            await deployment.reset()

    assert caught.value.code == "ServerStopped"


async def test_a_foreign_key_controls_nothing(project: Path) -> None:
    async with LocalDeployment(project) as deployment, httpx.AsyncClient() as http:
        reply = await http.post(
            f"{deployment.url}/_local/reset", headers={"Authorization": "Convex local|0"}
        )

        assert reply.status_code in {401, 403}


async def test_function_logs_reach_logging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "aioconvex.local")

    async with LocalDeployment(functions={"logging": LOGGING}) as deployment:
        await call(deployment.url, "query", "logging:shout")

    (line,) = [line for line in caplog.messages if "hear me" in line]
    assert "logging:shout" in line


async def test_errors_of_the_block_leave_it_unwrapped(project: Path) -> None:
    with pytest.raises(FunctionError):
        async with LocalDeployment(project) as deployment:
            await call(deployment.url, "query", "notes:missing")


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.2, 0.4])
async def test_cancelled_while_starting_leaves_nothing_behind(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))

    with anyio.move_on_after(seconds) as scope:
        async with LocalDeployment(project):
            await anyio.sleep_forever()

    assert scope.cancelled_caught
    assert processes_naming(project) == []
    assert entries(temporary) == []


ORPHAN = """
import anyio, sys
from aioconvex.local import LocalDeployment

async def main():
    async with LocalDeployment(sys.argv[1]) as deployment:
        print(deployment.url, flush=True)
        await anyio.sleep_forever()

anyio.run(main, backend=sys.argv[2])
"""


async def test_the_server_dies_with_its_parent(project: Path, anyio_backend: str) -> None:
    command = [sys.executable, "-c", ORPHAN, str(project), anyio_backend]
    async with await anyio.open_process(command, stderr=None) as parent:
        assert parent.stdout is not None
        url = await first_line(TextReceiveStream(parent.stdout))
        parent.kill()

    await wait_refused(url.strip())


async def first_line(texts: AsyncIterator[str]) -> str:
    line = ""
    async for text in texts:
        line += text
        if "\n" in line:
            break
    return line


async def wait_refused(url: str) -> None:
    """Connect until nobody listens any more; a connection that lives waits for the server's end."""
    port = int(url.rpartition(":")[2])
    with anyio.fail_after(10):
        while True:
            try:
                stream = await anyio.connect_tcp("127.0.0.1", port)
            except OSError:
                return
            async with stream:
                with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await stream.receive()


def server_pid(deployment: LocalDeployment) -> int:
    server = deployment._server  # noqa: SLF001 -- a public pid would serve this test only
    assert server is not None
    return server.pid


def processes_naming(path: Path) -> list[str]:
    """The command lines of all processes that have `path` in them."""
    found: list[str] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # ended in the meantime
        if str(path) in line:
            found.append(line)
    return found


def entries(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
