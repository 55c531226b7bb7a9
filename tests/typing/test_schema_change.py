"""A renamed argument is found before it reaches a user: by `--check`, then by the type checkers."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from typing_checkers import ROOT, marked, mypy_errors, pyright_errors

OLD = "export const watchThread = query({\n  args: { threadId: v.string() },"
CALLERS = '''
"""Code of a user, written before the change."""

from bindings import Api

from aioconvex import ConvexClient


async def greet(client: ConvexClient) -> None:
    """Two callers of what changed, two of what did not."""
    queries = Api(client).mastra.queries
    thread = await queries.watch_thread(thread_id="t")  # must change
    if thread is not None:
        await queries.count_messages(thread_id=thread.id)
    await queries.watch_thread(thread_id="u")  # must change
    await queries.watch_messages(thread_id="t")
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of convex/ in which one argument has another name."""
    folder = tmp_path / "convex"
    shutil.copytree(ROOT / "convex", folder)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    queries = folder / "mastra" / "queries.ts"
    text = queries.read_text(encoding="utf-8")
    assert text.count(OLD) == 1
    changed = text.replace(OLD, OLD.replace("threadId", "conversationId"))
    before, after = changed.split("export const watchThread = ", 1)
    after = after.replace("handler: (ctx, { threadId })", "handler: (ctx, { conversationId })", 1)
    after = after.replace('q.eq("id", threadId)', 'q.eq("id", conversationId)', 1)
    queries.write_text(f"{before}export const watchThread = {after}", encoding="utf-8")
    return folder


def generate(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command as `nox -s codegen` does."""
    command = [sys.executable, "-c", "from aioconvex._cli import main; main()", "generate"]
    return subprocess.run(
        [*command, "--project", str(project), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def changes(diff: str, sign: str) -> list[str]:
    """Lines of a diff that declare a parameter or a field, on the side of the sign."""
    return [line for line in diff.splitlines() if re.match(rf"\{sign}.*\w: ", line)]


def test_check_fails_with_a_diff(project: Path) -> None:
    """`generate --check` shows what the committed bindings would become, and writes nothing."""
    done = generate(project, "--check")

    assert done.returncode == 1
    removed = {line[1:].split(":")[0].split()[-1] for line in changes(done.stdout, "-")}
    assert "thread_id" in removed
    added = {line[1:].split(":")[0].split()[-1] for line in changes(done.stdout, "+")}
    assert "conversation_id" in added
    assert "out of date" in done.stderr
    assert generate(ROOT / "convex", "--check").returncode == 0


def test_the_checkers_point_at_every_caller(project: Path) -> None:
    """After regeneration mypy and pyright refuse the callers that must change, and no other line."""
    folder = project.parent
    done = generate(project, "--schema", f"{folder}/schema", "--out", f"{folder}/bindings")
    assert done.returncode == 0, done.stderr
    callers = folder / "callers.py"
    callers.write_text(CALLERS.lstrip(), encoding="utf-8")

    expected = marked(callers, "# must change")
    assert len(expected) == 2
    assert mypy_errors(callers, folder) == expected
    assert pyright_errors(callers, folder) == expected
