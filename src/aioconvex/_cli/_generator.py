"""Between the command line and the generator, which is an extra and slow to import."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from aioconvex.errors import ConfigurationError, ConvexError

from ._settings import SCHEMA, admin_key

if TYPE_CHECKING:
    from aioconvex_codegen import GenerateOptions, GenerateReport, Snapshot, Source

    from ._output import Output
    from ._settings import Settings

__all__ = ["check_installed", "files_of", "options_of", "read_snapshot", "run_once", "watch"]

_SNAPSHOT: Final = "function_spec.json"
_LOOK_MILLISECONDS: Final = 200
# Of a folder that is renamed, its own name is all that is told.
_MODULES_AND_FOLDERS: Final = re.compile(r"(\.([cm]?[jt]s|[jt]sx|json)|[/\\][^./\\]+)$")
_NO_SOURCE: Final = (
    "say where the functions are, once: --project DIR, --deployment URL or --spec FILE"
)


def check_installed() -> None:
    """Refuse to go on without the extra.

    Raises:
        ConfigurationError: it says what to install.
    """
    for package in ("aioconvex_codegen", "datamodel_code_generator", "jinja2", "ruff"):
        if find_spec(package) is None:
            raise ConfigurationError(
                f"the generator is an extra ({package} is missing): "
                "pip install 'aioconvex[codegen]'"
            )


def source_of(settings: Settings) -> Source:
    """The one source that the settings name.

    Raises:
        ConfigurationError: there is none, or more than one, or no admin key for it.
    """
    from aioconvex_codegen import Deployment, Project, SpecFile

    match settings.project, settings.deployment, settings.spec:
        case Path() as folder, None, None:
            return Project(folder)
        case None, str() as url, None:
            return Deployment(url, admin_key())
        case None, None, Path() as file:
            return SpecFile(file)
        case _:
            raise ConfigurationError(_NO_SOURCE)


def options_of(settings: Settings, *, check: bool = False) -> GenerateOptions:
    """What the settings ask of the generator.

    Raises:
        ConfigurationError: they leave something open.
    """
    from aioconvex_codegen import GenerateOptions, Overrides, cache_folder

    if settings.out is None:
        raise ConfigurationError("say where the bindings go: --out DIR, or `out` in pyproject.toml")
    return GenerateOptions(
        source=source_of(settings),
        schema=settings.schema or Path(SCHEMA),
        out=settings.out,
        check=check,
        internal=bool(settings.internal),
        include=settings.include or (),
        exclude=settings.exclude or (),
        strict=bool(settings.strict),
        docstrings=bool(settings.docstrings),
        overrides=Overrides(
            classes=settings.classes,
            fields=settings.fields,
            methods=settings.methods,
            returns=settings.returns,
        ),
        cache=cache_folder(),
    )


async def run_once(options: GenerateOptions, output: Output) -> GenerateReport:
    """Generate, and tell about it."""
    from aioconvex_codegen import generate

    with output.busy() as progress:
        report = await generate(evolve(options, progress=progress))
    output.report(report, str(options.out), check=options.check)
    return report


async def watch(options: GenerateOptions, output: Output) -> None:
    """Generate now and after every change of the source's files, until Ctrl-C.

    Raises:
        ConfigurationError: the source has no files, or the extra is not installed.
    """
    place, pattern = files_of(options.source)
    try:
        from watchfiles import DefaultFilter, awatch
    except ModuleNotFoundError:
        raise ConfigurationError(
            "--watch needs watchfiles: pip install 'aioconvex[codegen]'"
        ) from None
    own = tuple(str(folder.absolute()) for folder in (options.out, options.schema))
    # The local deployment's data, which changes with every write.
    ignored = (*DefaultFilter.ignore_dirs, ".convex")
    usual = DefaultFilter(ignore_dirs=ignored, ignore_paths=own)
    changes = awatch(
        place,
        watch_filter=lambda change, path: bool(pattern.search(path)) and usual(change, path),
        debounce=200,
        step=20,
        rust_timeout=_LOOK_MILLISECONDS,
        yield_on_timeout=True,
    )
    watching = False
    async for changed in changes:
        # The first word, even without a change, says that from now on no save goes unnoticed.
        if changed or not watching:
            await _generate_and_go_on(options, output)
        if not watching:
            output.say(f"watching {place} …", "dim")
            watching = True


def files_of(source: Source) -> tuple[Path, re.Pattern[str]]:
    """The folder to watch, and what in it matters: much else may change in it all the time.

    Raises:
        ConfigurationError: the source has no files.
    """
    from aioconvex_codegen import Project, SpecFile
    from aioconvex_codegen.snapshot import DOCS, TABLES

    match source:
        case Project(folder=folder):
            return folder, _MODULES_AND_FOLDERS
        case SpecFile(path=file):
            # Editors replace files, so the folder is what can be watched.
            names = "|".join(map(re.escape, (file.name, TABLES, DOCS)))
            return file.parent, re.compile(rf"(^|[/\\])({names})$")
        case _:
            raise ConfigurationError("--watch needs files to watch: --project DIR or --spec FILE")


async def _generate_and_go_on(options: GenerateOptions, output: Output) -> None:
    try:
        await run_once(options, output)
    except ConvexError as error:
        output.error(str(error), 1)


async def read_snapshot(settings: Settings, output: Output) -> Snapshot:
    """Read the settings' source; without one, the snapshot in the schema folder.

    Raises:
        ConfigurationError: there is neither.
    """
    from aioconvex_codegen import SpecFile, fetch

    saved = (settings.schema or Path(SCHEMA)) / _SNAPSHOT
    sources = (settings.project, settings.deployment, settings.spec)
    source = SpecFile(saved) if not any(sources) and saved.is_file() else source_of(settings)
    with output.busy() as progress:
        progress("reading functions and schema")
        found = await fetch(source)
    for note in (*found.notes, *found.warnings, *found.skipped):
        output.say(f"note: {note}", "dim")
    return found.snapshot
