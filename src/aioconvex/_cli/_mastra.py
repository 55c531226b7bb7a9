"""`aioconvex mastra`: Mastra's server functions, put into a Convex project; its data as files."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from attrs import frozen
from cyclopts import App, Parameter

import aioconvex
from aioconvex.errors import ConfigurationError

from ._output import Output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["app"]

_FAILED: Final = 1

_FUNCTIONS: Final = "mastra"
_SCHEMAS: Final = ("schema.ts", "schema.js")
_TABLES: Final = "mastraTables"

_SCHEMA_ADVICE: Final = """\
{schema} is yours and stays as it is. Add Mastra's tables to it:

    import {{ mastraTables }} from "./mastra/tables";

    export default defineSchema({{
      ...mastraTables,
      // your own tables
    }});
"""
_NEXT: Final = """\
next:
  1. npm install convex          (in the project's folder; aioconvex dev does without)
  2. npx convex dev              (or: npx convex deploy; without an account: aioconvex dev {folder})
  3. in Python: await ConvexStore(id="app", deployment_url=..., admin_auth_token=...).init()
  4. before production: say who may call the functions, see {folder}/mastra/access.ts
"""

Flag = Annotated[bool, Parameter(negative="")]

app = App(name="mastra", help="Mastra's storage: server functions for a Convex project, and data.")


@app.command
def init(
    folder: Path = Path("convex"),
    *,
    diff: Flag = False,
    json: Flag = False,
    no_color: Flag = False,
) -> int:
    """Put Mastra's server functions and a schema into a Convex project's functions folder.

    Nothing that is there is overwritten: if a file in `mastra/` differs, nothing is written. To
    bring an older copy up to date, look at the changes first:

        aioconvex mastra init convex
        aioconvex mastra init convex --diff
        aioconvex mastra init convex --diff | git apply

    The exit code is 0 if the folder has the functions, 2 for wrong usage, and 1 if a file is in the
    way or, under --diff, anything would change.

    Parameters
    ----------
    folder
        The folder of the Convex functions; made when missing.
    diff
        Write nothing; print what is missing and what differs, as a patch.
    json
        Print events as JSON lines on stdout, the rest on stderr.
    no_color
        Print without colours.
    """
    output = Output(as_json=json, color=not no_color)
    plan = _Plan.of(folder)
    if diff:
        text = "".join(plan.patch())
        output.event("diff", text=text) if json else output.text(text)
        return _FAILED if text else 0
    if plan.differing:
        return _refuse(plan, output)
    for path, text in plan.missing.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        output.event("file", change="written", path=str(path))
    output.event("summary", written=len(plan.missing), schema=str(plan.schema))
    output.say(f"{len(plan.missing)} files written into {folder}, {len(plan.same)} were there")
    if plan.lacks_tables:
        output.event("schema", path=str(plan.schema), tables="missing")
        output.say(_SCHEMA_ADVICE.format(schema=plan.schema), "yellow")
    output.say(_NEXT.format(folder=folder))
    return 0


@app.command
async def export(
    folder: Path,
    *,
    deployment: str | None = None,
    json: Flag = False,
    no_color: Flag = False,
) -> int:
    """Write all threads, messages, resources and vectors of a deployment into files.

    A run that was cut off, however that was, goes on where it stopped when the command is run
    again. Files have their own names only when they are complete, and the last is manifest.json.
    For example:

        aioconvex mastra export backup
        aioconvex mastra export backup --deployment http://127.0.0.1:3210

    URL and credentials come from the environment or .env.local: CONVEX_URL; CONVEX_AUTH_TOKEN,
    MASTRA_ACCESS_SECRET or CONVEX_ADMIN_KEY. The exit code is 0 once all is there, 2 for wrong
    usage, and 1 for a failure.

    Parameters
    ----------
    folder
        An empty folder, that of an export to go on with, or one to be made.
    deployment
        URL of the deployment.
    json
        Print events as JSON lines on stdout, the rest on stderr.
    no_color
        Print without colours.
    """
    from ._bulk import export_to  # with the client, which other commands do without

    return await export_to(folder, deployment, Output(as_json=json, color=not no_color))


@app.command(name="import")
async def import_(
    folder: Path,
    *,
    deployment: str | None = None,
    json: Flag = False,
    no_color: Flag = False,
) -> int:
    """Store the rows of an export, or of files of your own, in a deployment.

    Rows are stored by their ids, so a second import changes nothing, and a run that was cut off
    goes on where it stopped when the command is run again. A wrong row is named by its file and
    line before anything of its batch is stored. Example:

        aioconvex mastra import backup --deployment https://happy-animal-123.convex.cloud

    URL and credentials are found as by `aioconvex mastra export`. The exit code is 0 once all is
    stored, 2 for wrong usage, and 1 for a failure.

    Parameters
    ----------
    folder
        Where an export was written, or a folder with files such as messages.jsonl.
    deployment
        URL of the deployment.
    json
        Print events as JSON lines on stdout, the rest on stderr.
    no_color
        Print without colours.
    """
    from ._bulk import import_from

    return await import_from(folder, deployment, Output(as_json=json, color=not no_color))


def _refuse(plan: _Plan, output: Output) -> int:
    for path in plan.differing:
        output.event("file", change="differs", path=str(path))
        output.say(f"differs: {path}", "yellow")
    output.error(
        f"{len(plan.differing)} files are there with other contents, so nothing was written. "
        "Add --diff to see the differences; remove what you do not need (git keeps it), "
        "or apply the patch (--diff | git apply).",
        _FAILED,
    )
    return _FAILED


@frozen(kw_only=True)
class _Plan:
    """What a folder has of the functions, and what it lacks."""

    wanted: Mapping[Path, str]
    missing: Mapping[Path, str]
    same: tuple[Path, ...]
    differing: Mapping[Path, str]
    schema: Path
    lacks_tables: bool

    @classmethod
    def of(cls, folder: Path) -> _Plan:
        """Compare a folder with the functions of this package.

        Raises:
            ConfigurationError: it is no folder, or one of its files cannot be read.
        """
        if folder.exists() and not folder.is_dir():
            raise ConfigurationError(f"{folder} is no folder")
        source = _source()
        wanted = {
            folder / path.relative_to(source): path.read_text(encoding="utf-8")
            for path in sorted(source.glob(f"{_FUNCTIONS}/*.ts"))
        }
        own = next((folder / name for name in _SCHEMAS if (folder / name).exists()), None)
        schema = own or folder / _SCHEMAS[0]
        if own is None:
            wanted[schema] = (source / _SCHEMAS[0]).read_text(encoding="utf-8")
        found = {path: _read(path) for path in wanted if path.exists()}
        return cls(
            wanted=wanted,
            missing={path: text for path, text in wanted.items() if path not in found},
            same=tuple(path for path, text in found.items() if text == wanted[path]),
            differing={path: text for path, text in found.items() if text != wanted[path]},
            schema=schema,
            lacks_tables=own is not None and _TABLES not in _read(own),
        )

    def patch(self) -> Iterator[str]:
        """The changes that would make the folder complete, as `git apply` takes them."""
        for path, text in self.wanted.items():
            old = self.differing.get(path, text if path in self.same else None)
            before = "/dev/null" if old is None else f"a/{path.as_posix()}"
            lines = (old or "").splitlines(keepends=True), text.splitlines(keepends=True)
            yield from difflib.unified_diff(*lines, before, f"b/{path.as_posix()}")


def _source() -> Path:
    """The functions: inside the package when it was installed, else beside it in the repository."""
    home = Path(aioconvex.__file__).parent
    packed = home / "mastra" / "_convex"
    return packed if packed.is_dir() else home.parents[1] / "convex"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
