"""A folder of Convex functions as a source: Node bundles and loads it, and says what it found."""

from __future__ import annotations

import tempfile
from pathlib import Path
from subprocess import DEVNULL
from typing import TYPE_CHECKING, Any, Final

import anyio

from aioconvex.errors import LocalDeploymentError
from aioconvex.local._node import find_node
from aioconvex.local._project import PACKAGES

from .errors import GenerateError
from .found import Found
from .jsontext import as_list, as_object, as_text, parse
from .limits import bad_names
from .snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["read_project"]

_MAIN: Final = Path(__file__).parent / "extract" / "main.ts"
# The sources are TypeScript that Node runs as it is; before 22.18 only with this flag.
_FLAGS: Final = ("--experimental-strip-types", "--no-warnings")
_TIMEOUT_SECONDS: Final = 300


async def read_project(folder: Path) -> Found:
    """Load a project's functions and schema as Convex would, and ask them for their validators.

    Raises:
        GenerateError: the project cannot be bundled, npm packages are missing, or there is no Node.
    """
    answer = await _extract(folder)
    files = {name: str(file) for name, file in (as_object(answer.get("files")) or {}).items()}
    docs = {name: str(text) for name, text in (as_object(answer.get("docs")) or {}).items()}
    functions, strange_functions = _sound_functions(as_list(answer.get("functions")) or [], files)
    schema, strange_tables = _sound_tables(as_object(answer.get("schema")))
    return Found(
        snapshot=Snapshot.of(functions, schema),
        docs=docs,
        files=files,
        notes=_texts(answer, "notes"),
        warnings=_texts(answer, "warnings"),
        skipped=(*_texts(answer, "skipped"), *strange_functions, *strange_tables),
    )


async def _extract(folder: Path) -> dict[str, Any]:
    try:
        node = await find_node()
    except LocalDeploymentError as error:
        raise GenerateError(f"Reading a project needs Node. {error.message}") from None
    with tempfile.TemporaryDirectory(prefix="aioconvex-") as work:
        try:
            with anyio.fail_after(_TIMEOUT_SECONDS):
                done = await anyio.run_process(
                    [node, *_FLAGS, str(_MAIN), str(folder), work, str(PACKAGES)],
                    stdin=DEVNULL,
                    check=False,
                )
        except TimeoutError:
            message = f"{folder} did not load within {_TIMEOUT_SECONDS} s"
            raise GenerateError(message) from None
        result = anyio.Path(work, "result.json")
        if not await result.exists():
            said = done.stderr.decode(errors="replace").strip()[-1000:]
            raise GenerateError(f"Node ended without reading {folder}: {said or done.returncode}")
        answer = as_object(parse(await result.read_bytes(), f"What Node read of {folder}")) or {}
    if failure := as_text(answer.get("failure")):
        raise GenerateError(failure)
    return answer


def _texts(answer: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(sorted(str(text) for text in as_list(answer.get(key)) or []))


def _sound_functions(
    functions: Iterable[dict[str, Any]], files: dict[str, str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Take out the functions that the server would refuse; a deployment has none of these."""
    sound: list[dict[str, Any]] = []
    skipped: list[str] = []
    for function in functions:
        found = [
            f"{part}.{name}"
            for part in ("args", "returns")
            for name in bad_names(function.get(part))
        ]
        if not found:
            sound.append(function)
            continue
        module, _, name = function["identifier"].partition(".js:")
        skipped.append(f"{files.get(module, module)}: {name}: {_refused(found)}")
    return sound, skipped


def _sound_tables(schema: dict[str, Any] | None) -> tuple[dict[str, Any] | None, list[str]]:
    if schema is None:
        return None, []
    sound: list[object] = []
    skipped: list[str] = []
    for table in as_list(schema.get("tables")) or []:
        found = list(bad_names((as_object(table) or {}).get("documentType")))
        if found:
            skipped.append(f"schema: table {table.get('tableName')}: {_refused(found)}")
        else:
            sound.append(table)
    return {**schema, "tables": sound}, skipped


def _refused(names: list[str]) -> str:
    return f"Convex allows no field of the name {', '.join(names)}"
