"""Convex's own command, `npx convex`, works on the local deployment as on any other."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from attrs import frozen

from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node

FUNCTIONS = """
import { actionGeneric, internalQueryGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { ConvexError, v } from "convex/values";

export const add = mutationGeneric({
  args: { text: v.string(), n: v.optional(v.int64()) },
  returns: v.null(),
  handler: async ({ db }, note) => { await db.insert("notes", note); },
});
export const all = queryGeneric(async ({ db }) =>
  (await db.query("notes").collect()).map(({ text }) => text));
export const who = queryGeneric(async ({ auth }) => (await auth.getUserIdentity())?.subject ?? null);
export const mood = queryGeneric(async () => process.env.MOOD ?? "none");
export const hidden = internalQueryGeneric(async () => "hidden");
export const shout = actionGeneric(async (_, { text }) => {
  console.log("shouting");
  return text.toUpperCase();
});
export const refuse = queryGeneric(async () => { throw new ConvexError({ code: "taken" }); });
"""


@frozen
class Command:
    """`npx convex` in the project's folder."""

    node: str
    folder: Path
    deployment: LocalDeployment

    def __call__(self, *words: str, exits: int = 0) -> str:
        """What it prints; it finds the deployment by the variables for self-hosted ones."""
        chosen = {
            "CONVEX_SELF_HOSTED_URL": self.deployment.url,
            "CONVEX_SELF_HOSTED_ADMIN_KEY": self.deployment.admin_key,
        }
        return self.run(*words, exits=exits, environment=chosen)

    def run(self, *words: str, exits: int = 0, environment: dict[str, str]) -> str:
        done = subprocess.run(
            [self.node, self.folder / "node_modules/convex/bin/main.js", *words],
            cwd=self.folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        said = done.stdout.decode()
        assert done.returncode == exits, said
        assert self.deployment.admin_key not in said
        return said


@pytest.fixture
def convex_command(project: Path) -> Generator[Command]:
    (project / "notes.ts").write_text(FUNCTIONS)
    package = {"name": "app", "dependencies": {"convex": "*"}}
    (project.parent / "package.json").write_text(json.dumps(package))
    deployment = LocalDeployment(project)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield Command(anyio.run(find_node), project.parent, deployment)


def test_run(convex_command: Command) -> None:
    """Functions of every kind, internal ones too, as a user, with errors in Convex's words."""
    convex_command("run", "notes:add", '{"text": "hello"}')
    assert json.loads(convex_command("run", "notes:all")) == ["hello"]
    assert json.loads(convex_command("run", "notes:hidden")) == "hidden"
    identity = '{"issuer": "https://x.dev", "subject": "ada"}'
    assert json.loads(convex_command("run", "notes:who", "--identity", identity)) == "ada"

    shouted = convex_command("run", "notes:shout", '{"text": "hello"}')
    refused = convex_command("run", "notes:refuse", exits=1)
    missing = convex_command("run", "notes:missing", exits=1)

    assert "[LOG] 'shouting'" in shouted
    assert '"HELLO"' in shouted
    assert 'Uncaught ConvexError: {"code":"taken"}' in refused
    assert "Could not find function for 'notes:missing'" in missing
    assert "• notes:shout" in missing


def test_data(convex_command: Command) -> None:
    """Tables, and documents in the order and number asked for."""
    assert "There are no tables" in convex_command("data")
    for text in ("one", "two", "three"):
        convex_command("run", "notes:add", json.dumps({"text": text}))

    assert convex_command("data").strip() == "notes"
    newest = convex_command("data", "notes", "--limit", "2", "--format", "jsonLines")
    oldest = convex_command("data", "notes", "--limit", "1", "--order", "asc")

    lines = [line for line in newest.splitlines() if line.startswith("{")]
    assert [json.loads(line)["text"] for line in lines] == ["three", "two"]
    assert '"one"' in oldest
    assert '"two"' not in oldest


def test_function_spec(convex_command: Command) -> None:
    """The deployment's URL and every function with its validators."""
    spec = json.loads(convex_command("function-spec"))

    functions = {function["identifier"]: function for function in spec["functions"]}
    assert spec["url"] == convex_command.deployment.url
    assert sorted(functions) == [
        f"notes.js:{name}" for name in ("add", "all", "hidden", "mood", "refuse", "shout", "who")
    ]
    assert functions["notes.js:add"] == {
        "identifier": "notes.js:add",
        "functionType": "Mutation",
        "visibility": {"kind": "public"},
        "args": {
            "type": "object",
            "value": {
                "text": {"fieldType": {"type": "string"}, "optional": False},
                "n": {"fieldType": {"type": "bigint"}, "optional": True},
            },
        },
        "returns": {"type": "null"},
    }
    assert functions["notes.js:hidden"]["visibility"] == {"kind": "internal"}


def test_env(convex_command: Command) -> None:
    """Variables that it sets are those that functions see."""
    convex_command("env", "set", "MOOD", "fine")

    assert convex_command("env", "get", "MOOD").strip() == "fine"
    assert convex_command("env", "list").strip() == "MOOD=fine"
    assert json.loads(convex_command("run", "notes:mood")) == "fine"
    convex_command("env", "remove", "MOOD")
    assert json.loads(convex_command("run", "notes:mood")) == "none"


def test_url_and_key_as_options(convex_command: Command) -> None:
    deployment = convex_command.deployment
    chosen = ("--url", deployment.url, "--admin-key", deployment.admin_key)

    assert json.loads(convex_command.run("run", "notes:all", *chosen, environment={})) == []
