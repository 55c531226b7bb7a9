"""The commands, and how they print."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from aioconvex.errors import ConfigurationError, ConvexError

from ._settings import Settings, admin_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aioconvex_codegen import GenerateReport, Source

__all__ = ["run"]

_OK: Final = 0
_FAILED: Final = 1
_USAGE: Final = 2
_MOST_SHOWN: Final = 12

app = App(
    name="aioconvex",
    help="Typed async Python for Convex: generate bindings, run a local deployment.",
    version=version("aioconvex"),
    result_action="return_value",
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def run(arguments: Sequence[str]) -> int:
    """Run a command and give its exit code."""
    try:
        code: int | None = app(arguments, exit_on_error=False)
    except CycloptsError:
        return _USAGE  # cyclopts has printed what is wrong
    except ConvexError as error:
        err.print(f"error: {error}", style="bold red", markup=False)
        return _USAGE if isinstance(error, ConfigurationError) else _FAILED
    except KeyboardInterrupt:
        return 130  # what a shell expects of a program that Ctrl-C ended
    return code or _OK


@app.command
async def generate(  # noqa: PLR0913  # each is an option of the command
    *,
    project: Path | None = None,
    deployment: str | None = None,
    spec: Path | None = None,
    schema: Path | None = None,
    out: Path | None = None,
    check: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Generate typed Python bindings for a Convex project's public functions.

    Options that are not given come from [tool.aioconvex.generate] in pyproject.toml. Run it again
    after every schema change; commit the snapshot and the bindings. Examples:

        aioconvex generate --project convex --out src/my_app/convex_api
        CONVEX_ADMIN_KEY=… aioconvex generate --deployment https://happy-animal-123.convex.cloud
        aioconvex generate --check

    Parameters
    ----------
    project
        A folder of Convex functions; they are loaded by the embedded deployment (needs Node).
    deployment
        URL of a running deployment. The admin key is read from CONVEX_ADMIN_KEY,
        CONVEX_SELF_HOSTED_ADMIN_KEY or CONVEX_DEPLOY_KEY.
    spec
        A saved snapshot, or what `npx convex function-spec` printed.
    schema
        Folder of the snapshot: function_spec.json and tables.json. Default: schema.
    out
        Folder of the package of bindings. Nothing else should be in it.
    check
        Write nothing; print a diff and exit with 1 if anything would change.
    """
    given = Settings(project=project, deployment=deployment, spec=spec, schema=schema, out=out)
    settings = given.filled_from(Settings.from_pyproject(Path.cwd()))
    if settings.out is None:
        raise ConfigurationError("say where the bindings go: --out DIR, or `out` in pyproject.toml")
    report = await _generate(settings, settings.out, check=check)
    _show(report, settings.out, check=check)
    return _FAILED if check and not report.up_to_date else _OK


async def _generate(settings: Settings, folder: Path, *, check: bool) -> GenerateReport:
    try:
        from aioconvex_codegen import GenerateOptions  # noqa: PLC0415  # an extra, and slow
        from aioconvex_codegen import generate as generate_bindings  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the generator is an extra ({error.name} is missing): pip install 'aioconvex[codegen]'"
        ) from None
    options = GenerateOptions(
        source=_source(settings),
        schema=settings.schema or Path("schema"),
        out=folder,
        check=check,
    )
    with err.status("Reading the functions and writing their bindings"):
        return await generate_bindings(options)


def _source(settings: Settings) -> Source:
    from aioconvex_codegen import Deployment, Project, SpecFile  # noqa: PLC0415

    sources: list[Source] = []
    if settings.project is not None:
        sources.append(Project(settings.project))
    if settings.deployment is not None:
        sources.append(Deployment(settings.deployment, admin_key()))
    if settings.spec is not None:
        sources.append(SpecFile(settings.spec))
    if len(sources) != 1:
        raise ConfigurationError(
            "say where the functions are, once: --project DIR, --deployment URL or --spec FILE"
        )
    return sources[0]


def _show(report: GenerateReport, folder: Path, *, check: bool) -> None:
    if report.diff:
        out.print(report.diff, end="", markup=False)
    for warning in report.warnings:
        err.print(f"warning: {warning}", style="yellow", markup=False)
    for path in report.foreign:
        err.print(f"left alone: {path} is in {folder}, but not generated", markup=False)
    untyped = report.untyped
    for item in untyped[:_MOST_SHOWN]:
        err.print(f"untyped: {item.path}: {item.reason}", style="dim", markup=False)
    if len(untyped) > _MOST_SHOWN:
        err.print(f"untyped: and {len(untyped) - _MOST_SHOWN} more", style="dim")
    found = f"{report.functions} functions ({report.typed} fully typed), {report.tables} tables"
    if report.up_to_date:
        err.print(f"{found}: {folder} is up to date", markup=False)
    elif check:
        err.print(f"{found}: {folder} is out of date; run aioconvex generate", markup=False)
    else:
        changed = f"{len(report.written)} files written, {len(report.removed)} removed"
        err.print(f"{found}: {changed} for {folder}", markup=False)


@app.command
async def dev(
    project: Path = Path("convex"),
    *,
    port: int = 3210,
    data: Path = Path(".convex/aioconvex"),
) -> None:
    """Serve a Convex project on this machine until Ctrl-C, without an account or a network.

    For development, not for production. Prints the URL that clients want and the functions' logs:

        aioconvex dev ./convex

    Parameters
    ----------
    project
        The folder of the Convex functions.
    port
        Where to listen on 127.0.0.1.
    data
        Where documents and the admin key are kept from one run to the next.
    """
    from aioconvex.local._command import dev as serve  # noqa: PLC0415  # only this command needs it

    await serve(project, port=port, data=data)
