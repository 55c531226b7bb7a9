"""The commands."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

from aioconvex.errors import ConfigurationError, ConvexError

from ._generator import check_installed, options_of, read_snapshot, run_once
from ._generator import watch as keep_watching
from ._mastra import app as mastra
from ._output import Output
from ._settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

_OK: Final = 0
_FAILED: Final = 1
_USAGE: Final = 2

Flag = Annotated[bool, Parameter(negative="")]
Port = Annotated[int, Parameter(validator=Number(gte=0, lt=65_535))]
FunctionArguments = Annotated[str, Parameter(name="--args")]
Several = Annotated[tuple[str, ...] | None, Parameter(negative="", consume_multiple=False)]

app = App(
    name="aioconvex",
    help="Typed async Python for Convex: generate bindings, run a local deployment.",
    version=version("aioconvex"),
    result_action="return_value",
)
app.command(mastra)


def run(arguments: Sequence[str]) -> int:
    """Run a command and give its exit code."""
    _print_what_the_terminal_cannot()
    output = Output(as_json="--json" in arguments, color="--no-color" not in arguments)
    try:
        code: int | None = app(arguments, exit_on_error=False)
    except CycloptsError:
        return _USAGE  # cyclopts has printed what is wrong
    except ConvexError as error:
        code = _USAGE if isinstance(error, ConfigurationError) else _FAILED
        output.error(str(error), code)
    except BrokenPipeError:
        # Whoever read the output, such as `head`, has seen enough; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # what a shell expects of a program that a closed pipe ended
    return code or _OK


def _print_what_the_terminal_cannot() -> None:
    """Escape characters that its encoding does not have, in paths for instance."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@app.command
async def generate(  # noqa: PLR0913  # each is an option of the command
    *,
    project: Path | None = None,
    deployment: str | None = None,
    spec: Path | None = None,
    schema: Path | None = None,
    out: Path | None = None,
    check: Flag = False,
    watch: Flag = False,
    internal: bool | None = None,
    include: Several = None,
    exclude: Several = None,
    strict: bool | None = None,
    docstrings: bool | None = None,
    json: Flag = False,
    no_color: Flag = False,
) -> int:
    """Generate typed Python bindings for a Convex project's functions.

    Options that are not given come from [tool.aioconvex.generate] in pyproject.toml. Run it again
    after every schema change; commit the snapshot and the bindings. Examples:

        aioconvex generate --project convex --out src/my_app/convex_api
        CONVEX_ADMIN_KEY=… aioconvex generate --deployment https://happy-animal-123.convex.cloud
        aioconvex generate --check

    The exit code is 0 if everything has bindings, 2 for wrong usage, and 1 for a failure, a
    difference under --check, or a function or module that had to be skipped.

    Parameters
    ----------
    project
        A folder of Convex functions, or the one that holds convex.json (needs Node).
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
    watch
        Generate again after every save, until Ctrl-C.
    internal
        Bindings of internal functions too, as `Internal` in the package's module `internal`.
    include
        Only functions whose path or module matches, like `admin/*` or `*:list*`; may be repeated.
    exclude
        Not the functions that match; may be repeated.
    strict
        Fail, and write nothing, unless all arguments and results are typed.
    docstrings
        Take over the comments in front of the functions (with --project).
    json
        Print events as JSON lines on stdout, the rest on stderr.
    no_color
        Print without colours.
    """
    given = Settings(
        project=project,
        deployment=deployment,
        spec=spec,
        schema=schema,
        out=out,
        internal=internal,
        include=include,
        exclude=exclude,
        strict=strict,
        docstrings=docstrings,
    )
    output = Output(as_json=json, color=not no_color)
    if check and watch:
        raise ConfigurationError("--check and --watch exclude each other")
    check_installed()
    options = options_of(given.filled_from(Settings.from_pyproject(Path.cwd())), check=check)
    if watch:
        await keep_watching(options, output)
        return _OK
    report = await run_once(options, output)
    return _FAILED if report.skipped or (check and not report.up_to_date) else _OK


@app.command
async def spec(
    *,
    project: Path | None = None,
    deployment: str | None = None,
    spec: Path | None = None,
    out: Path | None = None,
) -> None:
    """Print what a project or a deployment offers: functions and tables, as one JSON document.

    `aioconvex generate --spec` reads it. Example:

        aioconvex spec --project convex > spec.json

    Parameters
    ----------
    project
        A folder of Convex functions, or the one that holds convex.json (needs Node).
    deployment
        URL of a running deployment; see `aioconvex generate --help` for the admin key.
    spec
        A saved snapshot, or what `npx convex function-spec` printed.
    out
        Write the snapshot's files (function_spec.json, tables.json) into this folder instead.
    """
    check_installed()
    output = Output()
    given = Settings(project=project, deployment=deployment, spec=spec)
    settings = given.filled_from(Settings.from_pyproject(Path.cwd()))
    snapshot = await read_snapshot(settings, output)
    if out is None:
        output.text(snapshot.text())
        return
    from aioconvex_codegen.render import write_files

    write_files({out / name: text for name, text in snapshot.files().items()})


@app.command
async def schema(  # noqa: PLR0913  # each is an option of the command
    *,
    mermaid: Flag = False,
    svg: Flag = False,
    project: Path | None = None,
    deployment: str | None = None,
    spec: Path | None = None,
    out: Path | None = None,
) -> None:
    """Draw the tables, their ids and indexes, and the functions by module.

    The committed snapshot is drawn unless a source is given. Examples:

        aioconvex schema --svg --out schema.svg
        aioconvex schema --mermaid

    Parameters
    ----------
    mermaid
        As a Mermaid class diagram, which many Markdown viewers draw. The default.
    svg
        As a picture.
    project
        A folder of Convex functions, or the one that holds convex.json (needs Node).
    deployment
        URL of a running deployment; see `aioconvex generate --help` for the admin key.
    spec
        A saved snapshot, or what `npx convex function-spec` printed.
    out
        The file to write; stdout unless given.
    """
    if mermaid and svg:
        raise ConfigurationError("--mermaid and --svg exclude each other")
    check_installed()
    output = Output()
    configured = Settings.from_pyproject(Path.cwd())
    given = Settings(project=project, deployment=deployment, spec=spec, schema=configured.schema)
    has_snapshot = (configured.schema or Path("schema")).is_dir()
    settings = given if has_snapshot else given.filled_from(configured)
    from aioconvex_codegen.diagram import as_mermaid, as_svg, diagram_of
    from aioconvex_codegen.render import write_files

    diagram = diagram_of(await read_snapshot(settings, output))
    drawn = as_svg(diagram) if svg else as_mermaid(diagram)
    if out is None:
        output.text(drawn)
    else:
        write_files({out: drawn})


@app.command
async def watch(
    function: str,
    *,
    given: FunctionArguments = "{}",
    deployment: str | None = None,
    json: Flag = False,
    no_color: Flag = False,
) -> None:
    """Watch a query: its result now and whenever it changes, until Ctrl-C.

    Below the result stands how the connection does: its state, the round trip to the deployment,
    and how often it was lost and opened again. Examples:

        aioconvex watch messages:list --args '{"channel": "general"}'
        aioconvex watch tasks:count --deployment http://127.0.0.1:3210
        aioconvex watch messages:list --json | jq .value

    The deployment and the credentials are those of `ConvexClient.from_env()`: CONVEX_URL or
    CONVEX_SELF_HOSTED_URL; CONVEX_AUTH_TOKEN, or the admin key of `aioconvex generate --help`.

    Parameters
    ----------
    function
        The path of the query: module:function, or folder/module:function.
    given
        Its arguments as a JSON object; int64 is {"$integer": "…"}, as in Convex's JSON.
    deployment
        URL of the deployment.
    json
        Print each result as a line {"event": "value", "value": …} on stdout, and each error of
        the function as a line {"event": "failure", …}; the connection is told about on stderr.
    no_color
        Print without colours.
    """
    from ._functions import arguments_of  # only commands that call functions need these
    from ._watch import watch as keep_watching_query

    output = Output(as_json=json, color=not no_color)
    await keep_watching_query(deployment, function, arguments_of(given), output)


@app.command(name="run")
async def call(
    function: str,
    *,
    given: FunctionArguments = "{}",
    deployment: str | None = None,
    json: Flag = False,
    no_color: Flag = False,
) -> int:
    """Call a query, mutation or action once, and print its result as JSON.

    The deployment looks up which of them it is. What the function logs goes to stderr, where the
    deployment shows it. Examples:

        aioconvex run messages:send --args '{"text": "hi"}'
        aioconvex run tasks:count --deployment http://127.0.0.1:3210
        aioconvex run messages:list | jq length

    The deployment and the credentials are those of `aioconvex watch --help`; with an admin key,
    internal functions can be called too. What may have run is never repeated: if no answer comes,
    the error says so. The exit code is 0 if the function succeeded, 2 for wrong usage, and 1 for a
    failure.

    Parameters
    ----------
    function
        The path of the function: module:function, or folder/module:function.
    given
        Its arguments as a JSON object; int64 is {"$integer": "…"}, as in Convex's JSON.
    deployment
        URL of the deployment.
    json
        Print the result as a line {"event": "value", "value": …} on stdout, or the function's
        error as a line {"event": "failure", …}.
    no_color
        Print without colours.
    """
    from ._functions import arguments_of  # only commands that call functions need these
    from ._run import run_function

    output = Output(as_json=json, color=not no_color)
    succeeded = await run_function(deployment, function, arguments_of(given), output)
    return _OK if succeeded else _FAILED


@app.command
async def dev(
    project: Path | None = None,
    *,
    port: Port = 3210,
    data: Path = Path(".convex/aioconvex"),
    env: Several = None,
) -> None:
    """Serve a Convex project on this machine until Ctrl-C, without an account or a network.

    For development, not for production. Prints the URL that clients want, the one of HTTP actions,
    what functions log and why they fail, and serves files as they are saved. With
    [tool.aioconvex.generate] in pyproject.toml it keeps the bindings up to date too. Example:

        aioconvex dev ./convex

    The exit code is 0 after Ctrl-C, 2 for wrong usage, and 1 for a failure.

    Parameters
    ----------
    project
        The folder of the Convex functions, or the one that holds convex.json. Default: what
        pyproject.toml says, else convex.
    port
        Where to listen on 127.0.0.1; HTTP actions are on the port after it. 0 takes free ones.
    data
        Where documents, files, variables and the admin key are kept from one run to the next.
    env
        An environment variable of the functions, NAME=VALUE, or NAME for one of your shell's; may
        be repeated.
    """
    from ._dev import dev as serve  # only this command needs it
    from ._dev import variables_of

    await serve(project, port=port, data=data, env=variables_of(env or ()), output=Output())


@app.command
async def doctor(*, json: Flag = False, no_color: Flag = False) -> int:
    """Look at Node, npm packages, the project, the deployment and the bindings; say what to do.

    Reads [tool.aioconvex.generate] in pyproject.toml, the environment and .env.local. Of variables
    only the names are printed, never the values. The exit code is 1 if something is wrong.

    Parameters
    ----------
    json
        Print each finding as a JSON line on stdout.
    no_color
        Print without colours.
    """
    from ._doctor import diagnose

    output = Output(as_json=json, color=not no_color)
    fine = await diagnose(Settings.from_pyproject(Path.cwd()), Path.cwd(), output)
    return _OK if fine else _FAILED
