"""`aioconvex run`: one call from a terminal, of whichever kind the function is."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex.local import LocalDeployment
from cli.command import COMMAND, aioconvex, environment
from client.deployment import Stub

FUNCTIONS = """
import {
  actionGeneric, internalMutationGeneric, mutationGeneric, queryGeneric,
} from "convex/server";
import { ConvexError, v } from "convex/values";

export default queryGeneric({ args: {}, handler: () => "plain rye" });
export const price = queryGeneric({ args: { loaves: v.int64() }, handler: (_, { loaves }) => loaves * 3n });
export const bake = mutationGeneric({
  args: { kind: v.string() },
  handler: async ({ db }, { kind }) => {
    console.log("baking", kind);
    await db.insert("loaves", { kind });
    return { kind, loaves: (await db.query("loaves").collect()).length };
  },
});
export const deliver = actionGeneric({ args: {}, handler: () => ["delivered", "\\u009b2J\\u00fc"] });
export const burn = internalMutationGeneric({ args: {}, handler: () => "burnt" });
export const refuse = mutationGeneric({
  args: {},
  handler: () => {
    console.log("\\u001b[2J no flour");
    throw new ConvexError({ code: "NO_FLOUR", left: 0n });
  },
});
export const crash = actionGeneric({
  args: {},
  handler: () => {
    throw new Error("the oven is cold");
  },
});
"""


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Generator[LocalDeployment]:
    """A deployment with functions of every kind."""
    project = tmp_path_factory.mktemp("bakery") / "convex"
    project.mkdir()
    (project / "bakery.ts").write_text(FUNCTIONS)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(LocalDeployment(project)) as deployment,
    ):
        yield deployment


def run(
    folder: Path, bakery: LocalDeployment, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    return aioconvex(folder, "run", *arguments, CONVEX_URL=bakery.url, **more)


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (("bakery:price", "--args", '{"loaves": {"$integer": "AgAAAAAAAAA="}}'),
         {"$integer": "BgAAAAAAAAA="}),
        (("bakery:bake", "--args", '{"kind": "rye"}'), {"kind": "rye", "loaves": 1.0}),
        (("bakery.js:deliver",), ["delivered", "\x9b2Jü"]),
        (("bakery",), "plain rye"),
    ],
)  # fmt: skip
def test_it_runs_queries_mutations_and_actions_without_an_admin_key(
    bakery: LocalDeployment, tmp_path: Path, arguments: tuple[str, ...], value: object
) -> None:
    """Nobody says which kind; a pipe gets the result alone, as one line of Convex's JSON."""
    done = run(tmp_path, bakery, *arguments)

    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == value


def test_what_the_function_logs_is_told_on_stderr(bakery: LocalDeployment, tmp_path: Path) -> None:
    """`--json` prints the result as an event, as `aioconvex watch` does."""
    done = run(tmp_path, bakery, "bakery:bake", "--args", '{"kind": "spelt"}', "--json")

    event = json.loads(done.stdout)
    assert (event["event"], event["value"]["kind"]) == ("value", "spelt")
    assert done.stderr == "[LOG] 'baking' 'spelt'\n"


def test_internal_functions_are_for_those_with_an_admin_key(
    bakery: LocalDeployment, tmp_path: Path
) -> None:
    """The key is read from the environment, and never shown."""
    refused = run(tmp_path, bakery, "bakery:burn")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "bakery:burn" in refused.stderr

    done = run(tmp_path, bakery, "bakery:burn", CONVEX_ADMIN_KEY=bakery.admin_key)
    assert (done.returncode, done.stdout, done.stderr) == (0, '"burnt"\n', "")


def test_the_deployment_is_found_in_env_local(bakery: LocalDeployment, tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text(f"CONVEX_URL={bakery.url}\n")

    done = aioconvex(tmp_path, "run", "bakery", CONVEX_URL="", CONVEX_SELF_HOSTED_URL="")

    assert (done.returncode, done.stdout) == (0, '"plain rye"\n')


def test_a_failure_is_told_with_its_data_and_its_log(
    bakery: LocalDeployment, tmp_path: Path
) -> None:
    """Programs get what the function threw; a terminal gets no escape sequences of its text."""
    done = run(tmp_path, bakery, "bakery:refuse", "--json")

    failure = json.loads(done.stdout)
    assert (done.returncode, failure["event"], failure["path"]) == (1, "failure", "bakery:refuse")
    assert failure["data"] == {"code": "NO_FLOUR", "left": {"$integer": "AAAAAAAAAAA="}}
    assert "no flour" in done.stderr
    assert "failed: bakery:refuse: {'code': 'NO_FLOUR'" in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("run",), "requires an argument", 2),
        (("run", "bakery:bake", "--args", "{kind}"), "--args is not JSON", 2),
        (("run", "bakery:bake"), "bakery:bake", 1),
        (("run", "bakery:typo"), "bakery:typo", 1),
        (("run", "bakery:crash"), "the oven is cold", 1),
        (("run", "no path:"), "no path", 1),
        (("run", "bakery", "--deployment", "http://127.0.0.1:9"), "127.0.0.1", 1),
        (("run", "bakery", "--deployment", "not a url"), "URL", 2),
    ],
)
def test_a_mistake_is_one_clear_message(
    bakery: LocalDeployment, tmp_path: Path, arguments: tuple[str, ...], message: str, code: int
) -> None:
    done = aioconvex(tmp_path, *arguments, CONVEX_URL=bakery.url)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_whatever_answers_cannot_command_the_terminal(tmp_path: Path) -> None:
    """A proxy's refusal is shown, not obeyed; the ends of its lines are."""
    with Stub.running() as stub:
        case = stub.case({"status": 403, "body": "\x1b[2Jgo away\nor pay"})
        done = aioconvex(tmp_path, "run", f"{case}:f", CONVEX_URL=stub.url)

    assert done.returncode == 1
    assert "\\x1b[2Jgo away" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    "step",
    [{"drop": "read"}, {"drop": "body"}, {"status": 502, "body": "<html>"}, {"body": "<html>"}],
)
def test_what_may_have_run_is_not_repeated(tmp_path: Path, step: dict[str, object]) -> None:
    """Whatever the function is: it is sent once, and the error says what nobody knows."""
    with Stub.running() as stub:
        case = stub.case(step)
        done = aioconvex(tmp_path, "run", f"{case}:f", CONVEX_URL=stub.url)
        requests = stub.seen(case).requests

    assert (done.returncode, done.stdout) == (1, "")
    assert "it may or may not have run" in done.stderr
    assert "Traceback" not in done.stderr
    assert [request["target"] for request in requests] == [f"/api/run/{case}/f"]


def test_a_terminal_shows_the_result_indented(bakery: LocalDeployment, tmp_path: Path) -> None:
    """It is JSON still, and the terminal does not obey what is in it."""
    ours, theirs = pty.openpty()
    subprocess.run(
        [*COMMAND, "run", "bakery:deliver"],
        cwd=tmp_path,
        env=environment(tmp_path, CONVEX_URL=bakery.url, TERM="dumb"),
        stdout=theirs,
        check=True,
    )
    shown = os.read(ours, 65_536).decode()
    os.close(theirs)
    os.close(ours)

    assert shown.splitlines() == ["[", '  "delivered",', '  "\\u009b2Jü"', "]"]


def test_help_teaches(tmp_path: Path) -> None:
    shown = aioconvex(tmp_path, "run", "--help").stdout

    assert """aioconvex run messages:send --args '{"text": "hi"}'""" in shown
    assert "--json" in shown
    assert "--args" in shown
    assert "run" in aioconvex(tmp_path, "--help").stdout
