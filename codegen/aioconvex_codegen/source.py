"""Where a snapshot comes from: a deployment, a project's folder, or a saved file."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import httpx
from attrs import evolve, field, frozen

from aioconvex._protocol.url import deployment_url

from .errors import GenerateError
from .found import Found
from .jsontext import MAX_BYTES, as_object, as_text, parse
from .project import read_project
from .snapshot import DOCS, TABLES, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Deployment", "Project", "Source", "SpecFile", "fetch"]

_TIMEOUT_SECONDS: Final = 60.0
_FUNCTIONS: Final = "_system/cli/modules:apiSpec"
_SCHEMA: Final = "_system/frontend/getSchemas:default"


@frozen
class Deployment:
    """A running deployment. The admin key is only ever sent to it, in a header."""

    url: str
    admin_key: str = field(repr=False)


@frozen
class Project:
    """A folder of Convex functions, or the one that holds `convex.json`; needs Node."""

    folder: Path


@frozen
class SpecFile:
    """A saved snapshot, or what `npx convex function-spec` or `aioconvex spec` printed.

    Tables are its key `schema`, or `tables.json` beside it; without either there are none.
    """

    path: Path


Source: TypeAlias = Deployment | Project | SpecFile


async def fetch(source: Source) -> Found:
    """Read what the source offers, in normal form.

    Raises:
        GenerateError: it cannot be read.
        ConfigurationError: the deployment's URL is no safe one.
    """
    match source:
        case Deployment():
            return Found(snapshot=await _fetch_deployment(source))
        case Project(folder=folder):
            return await read_project(folder)
        case SpecFile(path=path):
            return await _read_file(path)


async def _read_file(path: Path) -> Found:
    spec = as_object(await _read_json(path)) or {}
    schema = spec.get("schema")
    if schema is None:
        schema = await _read_json(path.with_name(TABLES), may_miss=True)
    docs = as_object(await _read_json(path.with_name(DOCS), may_miss=True)) or {}
    try:
        snapshot = Snapshot.of(spec.get("functions"), schema)
    except GenerateError as error:
        raise GenerateError(f"{path}: {error}") from None
    return Found(
        snapshot=snapshot,
        docs={name: text for name, text in docs.items() if isinstance(text, str)},
    )


async def _read_json(path: Path, *, may_miss: bool = False) -> Any:
    file = anyio.Path(path)
    try:
        if may_miss and not await file.exists():
            return None
        return parse(await file.read_bytes(), str(path))
    except OSError as error:
        raise GenerateError(f"{path} cannot be read: {error.strerror}") from None


async def _fetch_deployment(deployment: Deployment) -> Snapshot:
    # Refuses a URL that would carry the key in the clear, before anything is sent.
    deployment = evolve(deployment, url=deployment_url(deployment.url))
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client:
        functions = await _system_query(client, deployment, _FUNCTIONS)
        schemas = as_object(await _system_query(client, deployment, _SCHEMA)) or {}
    active = as_text(schemas.get("active"))
    return Snapshot.of(functions, None if active is None else parse(active, "The schema"))


async def _system_query(client: httpx.AsyncClient, deployment: Deployment, path: str) -> Any:
    if not (deployment.admin_key.isascii() and deployment.admin_key.isprintable()):
        # Caught here because the HTTP library's own errors would show the key.
        raise GenerateError("The admin key holds characters that no key has")
    try:
        status, text = await _send(client, deployment, path)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GenerateError(f"{deployment.url} does not answer: {error!r}") from None
    if status in {401, 403}:
        raise GenerateError(f"{deployment.url} refuses the admin key (HTTP {status})")
    if status == HTTPStatus.NOT_FOUND:
        raise GenerateError(
            f"{deployment.url} answers HTTP 404: it is no Convex deployment, or the address of its "
            "HTTP actions"
        )
    reply = as_object(parse(text, f"The answer of {deployment.url} (HTTP {status})")) or {}
    if reply.get("status") != "success":
        reason = as_text(reply.get("errorMessage")) or as_text(reply.get("message")) or "no reason"
        raise GenerateError(
            f"{deployment.url} does not answer {path} (HTTP {status}): "
            f"{reason.replace(deployment.admin_key, '[admin key]')[:500]}"
        )
    return reply.get("value")


async def _send(client: httpx.AsyncClient, deployment: Deployment, path: str) -> tuple[int, bytes]:
    text = bytearray()
    async with client.stream(
        "POST",
        f"{deployment.url}/api/query",
        json={"path": path, "args": {}, "format": "convex_encoded_json"},
        headers={"Authorization": f"Convex {deployment.admin_key}"},
    ) as response:
        async for chunk in response.aiter_bytes():
            text += chunk
            if len(text) > MAX_BYTES:
                break  # `parse` says what is wrong
    return response.status_code, bytes(text)
