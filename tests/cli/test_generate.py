"""`aioconvex generate` beyond its first steps: what it writes on request, and what it refuses."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from aioconvex._cli._generator import files_of
from aioconvex_codegen import Project, SpecFile
from cli.command import COMMAND, aioconvex, environment
from codegen.validators import array, func, id_, kind, obj, table

FUNCTIONS = [
    func("users.js:get", obj(id=id_("users")), obj(name=kind("string"))),
    func("users.js:loose", obj(), None),
    func("admin/users.js:purge", obj(), kind("null"), kind="Mutation"),
    func("admin/users.js:count", obj(), kind("number"), visibility="internal"),
]
TABLES = [table("users", obj(name=kind("string"), class_=kind("string")))]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a saved spec and settings that name it."""
    spec = {"functions": FUNCTIONS, "schema": {"tables": TABLES}}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    settings(tmp_path)
    return tmp_path


def settings(folder: Path, *lines: str) -> None:
    table = ["[tool.aioconvex.generate]", 'spec = "spec.json"', 'out = "api"', *lines]
    (folder / "pyproject.toml").write_text("\n".join(table))


def text(folder: Path, name: str) -> str:
    return (folder / "api" / name).read_text()


def events(stdout: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.splitlines()]


def test_json_lines_tell_programs_everything(folder: Path) -> None:
    """One event a line, nothing else on stdout; what is for people stays on stderr."""
    done = aioconvex(folder, "generate", "--json")

    told = events(done.stdout)
    assert {event["event"] for event in told} == {"file", "untyped", "summary"}
    assert {"event": "file", "change": "written", "path": "api/models.py"} in told
    assert told[-1]["functions"] == 3
    assert [event["file"] for event in told if event["event"] == "untyped"] == ["users.ts"]
    assert "3 functions (2 fully typed), 1 tables" in done.stderr

    failed = aioconvex(folder, "generate", "--json", "--spec", "missing.json")
    assert events(failed.stdout)[-1]["code"] == failed.returncode == 1


def test_unchanged_bindings_are_not_made_again_and_still_checked(folder: Path) -> None:
    """The cache speeds up, and never hides a hand edit, a missing file or another option."""
    aioconvex(folder, "generate")
    assert aioconvex(folder, "generate", "--check").returncode == 0

    models = folder / "api" / "models.py"
    models.write_text(models.read_text() + "x = 1\n")
    assert "-x = 1" in aioconvex(folder, "generate", "--check").stdout
    models.unlink()
    assert aioconvex(folder, "generate", "--check").returncode == 1
    assert aioconvex(folder, "generate").returncode == 0
    assert models.exists()
    assert aioconvex(folder, "generate", "--check", "--internal").returncode == 1
    (folder / "api" / "functions" / "old.py").write_text(models.read_text())
    assert "old.py" in aioconvex(folder, "generate", "--check").stdout


def test_internal_functions_have_a_namespace_of_their_own(folder: Path) -> None:
    """And go again when nobody asks for them."""
    aioconvex(folder, "generate", "--internal")
    assert "class Internal(Namespace)" in text(folder, "internal/__init__.py")
    assert '@_query("admin/users:count")' in text(folder, "internal/admin/users.py")
    assert "count" not in text(folder, "functions/admin/users.py")

    aioconvex(folder, "generate")
    assert not (folder / "api" / "internal" / "__init__.py").exists()


def test_patterns_choose_functions(folder: Path) -> None:
    """By path or module; one that matches nothing is an error."""
    aioconvex(folder, "generate", "--include", "admin/*", "--include", "*:get")
    assert "loose" not in text(folder, "functions/users.py")
    assert "purge" in text(folder, "functions/admin/users.py")

    done = aioconvex(folder, "generate", "--exclude", "user/*")
    assert done.returncode == 2
    assert "the pattern 'user/*' matches no function" in done.stderr


def test_strict_refuses_gaps(folder: Path) -> None:
    """It lists each with the file to mend, and writes nothing."""
    done = aioconvex(folder, "generate", "--strict")

    assert done.returncode == 1
    assert "users.ts: users:loose: no returns validator" in done.stderr
    assert not (folder / "api").exists()
    assert aioconvex(folder, "generate", "--strict", "--exclude", "*:loose").returncode == 0


def test_overrides_name_and_type_what_the_rule_does_not(folder: Path) -> None:
    """Classes, fields, parameters and methods are renamed, results filled in."""
    settings(
        folder,
        "[tool.aioconvex.generate.classes]",
        'Users = "Person"',
        "[tool.aioconvex.generate.fields]",
        '"Users.class_" = "form"',
        '"users:get.id" = "person_id"',
        "[tool.aioconvex.generate.methods]",
        '"users:loose" = "everyone"',
        "[tool.aioconvex.generate.returns]",
        '"users:loose" = "list[Users] | None"',
    )

    done = aioconvex(folder, "generate")

    assert "3 functions (3 fully typed)" in done.stderr
    assert 'form: str = _field("class_")' in text(folder, "models.py")
    users = text(folder, "functions/users.py")
    assert "def everyone(self) -> list[Person] | None:" in users
    assert "person_id: UsersId" in users
    assert 'wire={"person_id": "id"}' in users


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["classes = { User = 'Person' }"], "'User' matches nothing; did you mean 'Users'?"),
        (["classes = { Users = 'NewUsers' }"], "there is a class NewUsers already"),
        (["classes = { Users = 'x-y' }"], "'x-y' cannot be a name"),
        (["classes = { Users = 'str' }"], "'str' cannot be a name"),
        (
            ["fields = { 'Users.name' = 'x', 'Users._id' = 'x' }"],
            "the override 'Users._id': 'x' is what 'Users.name' is to be called",
        ),
        (["fields = { 'Users.nam' = 'x' }"], "did you mean 'Users.name'?"),
        (["fields = { 'Users.name' = 'str' }"], "'str' cannot be a name"),
        (["methods = { 'users:got' = 'x' }"], "did you mean 'users:get'?"),
        (["returns = { 'users:get' = 'str' }"], "declares its result"),
        (["returns = { 'users:loose' = 'int' }"], "'int' is none of str"),
        (["returns = { 'users:loose' = 'list[' }"], "'list[' is not a type"),
        (["classes = 5"], "classes must be a table"),
        (["include = 'x'"], "include must be a list"),
        (["strict = 'yes'"], "strict must be true or false"),
    ],
)
def test_an_override_that_cannot_be_is_wrong_usage(
    folder: Path, lines: list[str], message: str
) -> None:
    """It says which and why, and writes nothing."""
    settings(folder, *lines)

    done = aioconvex(folder, "generate")

    assert done.returncode == 2
    assert message in done.stderr
    assert not (folder / "api").exists()


def test_what_is_skipped_changes_the_exit_code(folder: Path) -> None:
    """The rest has bindings nevertheless."""
    spec = {"functions": [*FUNCTIONS, func("bad-name.js:f", obj(), kind("null"))]}
    (folder / "spec.json").write_text(json.dumps(spec))

    done = aioconvex(folder, "generate")

    assert done.returncode == 1
    assert "skipped: bad-name.js:f: no path of a Convex function" in done.stderr
    assert (folder / "api" / "functions" / "users.py").exists()


BROKEN = {
    "not json": "{",
    "no functions": "{}",
    "deep": json.dumps({"functions": [func("a.js:f", array(array(array(kind("any")))))]}).replace(
        '{"type": "any"}', '{"type":"array","value":' * 300 + "0" + "}" * 300
    ),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_input_is_one_message(folder: Path, text: str) -> None:
    """Nothing is half-written."""
    (folder / "spec.json").write_text(text)

    done = aioconvex(folder, "generate")

    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert not (folder / "api").exists()
    assert not (folder / "schema").exists()


def test_an_output_that_cannot_be_written_is_one_message(folder: Path) -> None:
    """Not even the snapshot is written then."""
    (folder / "api").write_text("in the way")

    done = aioconvex(folder, "generate")

    assert done.returncode == 1
    assert "cannot be" in done.stderr
    assert list((folder / "schema").glob("*.json")) == []


@pytest.mark.parametrize("out", ["convex-api", "src/class", "2fa"])
def test_a_folder_that_nothing_can_import_is_wrong_usage(folder: Path, out: str) -> None:
    """It is a package, so its name is one of Python's."""
    done = aioconvex(folder, "generate", "--out", out)

    assert done.returncode == 2
    assert f"Python cannot import a folder called {Path(out).name!r}" in done.stderr
    assert not (folder / out).exists()


def test_without_node_it_says_what_to_install(folder: Path) -> None:
    """Only `--project` needs it."""
    done = aioconvex(folder, "generate", "--project", str(ROOT / "convex"), AIOCONVEX_NODE="/none")

    assert done.returncode == 1
    assert "Reading a project needs Node" in done.stderr


def test_spec_prints_what_spec_reads(folder: Path) -> None:
    """The printed document is a source; `--out` writes the snapshot's files."""
    printed = aioconvex(folder, "spec")
    assert printed.returncode == 0
    (folder / "again.json").write_text(printed.stdout)
    aioconvex(folder, "generate")
    assert aioconvex(folder, "generate", "--spec", "again.json", "--check").returncode == 0

    aioconvex(folder, "spec", "--out", "snapshot")
    for name in ("function_spec.json", "tables.json"):
        assert (folder / "snapshot" / name).read_text() == (folder / "schema" / name).read_text()


def test_schema_draws_the_snapshot(folder: Path) -> None:
    """As Mermaid on stdout, as a picture into a file."""
    aioconvex(folder, "generate")

    assert "class t0[" in aioconvex(folder, "schema", "--mermaid").stdout
    assert aioconvex(folder, "schema", "--svg", "--out", "x.svg").returncode == 0
    assert "users" in (folder / "x.svg").read_text()
    assert aioconvex(folder, "schema", "--svg", "--mermaid").returncode == 2


def test_watch_needs_files(folder: Path) -> None:
    """A deployment does not tell when it changes."""
    options = ("--watch", "--deployment", "http://127.0.0.1:1")
    done = aioconvex(folder, "generate", *options, CONVEX_ADMIN_KEY="x")

    assert done.returncode == 2
    assert "--watch needs files" in done.stderr
    assert aioconvex(folder, "generate", "--watch", "--check").returncode == 2


@pytest.mark.parametrize(
    ("source", "path", "matters"),
    [
        (Project(Path()), "/app/convex/tasks.ts", True),
        (Project(Path()), "/app/convex.json", True),
        (Project(Path()), "/app/convex/renamed", True),
        (Project(Path()), "/app/data.sqlite3-wal", False),
        (Project(Path()), "/app/src/main.py", False),
        (SpecFile(Path("spec.out")), "/app/spec.out", True),
        (SpecFile(Path("spec.out")), "/app/tables.json", True),
        (SpecFile(Path("spec.out")), "/app/other.json", False),
    ],
)
def test_watch_looks_at_what_bindings_are_made_of(
    source: Project | SpecFile, path: str, *, matters: bool
) -> None:
    """A project in the repository's root does not follow data, logs and Python's own files."""
    _, pattern = files_of(source)

    assert bool(pattern.search(path)) == matters


def test_watch_generates_again_after_a_save(tmp_path: Path) -> None:
    """A change of a function's file is in the bindings at once; a broken file is told, not fatal."""
    project = tmp_path / "convex"
    project.mkdir()
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    tasks = project / "tasks.ts"
    source = 'import { query } from "./_generated/server";\n'
    source += "export const NAME = query({ args: {}, handler: async () => null });\n"
    tasks.write_text(source.replace("NAME", "first"))
    command = [*COMMAND, "generate", "--project", "convex", "--out", "api", "--watch"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as watching:
        try:
            wait_for(watching, "watching convex")
            tasks.write_text(source.replace("NAME", "second"))
            wait_for(watching, "2 files written")
            assert "def second" in (tmp_path / "api" / "functions" / "tasks.py").read_text()
            tasks.write_text("export const = ;")
            wait_for(watching, "tasks.ts:1:")
            tasks.write_text(source.replace("NAME", "third"))
            wait_for(watching, "2 files written")
            assert "def third" in (tmp_path / "api" / "functions" / "tasks.py").read_text()
        finally:
            watching.terminate()


def wait_for(process: subprocess.Popen[bytes], said: str, seconds: float = 60) -> None:
    """Read what a process says until it says this."""
    assert process.stderr is not None
    end = time.monotonic() + seconds
    heard = b""
    while said.encode() not in heard:
        ready, _, _ = select.select([process.stderr], [], [], end - time.monotonic())
        assert ready, heard.decode()
        part = os.read(process.stderr.fileno(), 65536)
        assert part, heard.decode()
        heard += part
