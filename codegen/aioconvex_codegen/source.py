"""Where a snapshot comes from: a deployment, a project's folder, or a saved file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import anyio
import httpx
from attrs import evolve, field, frozen

from aioconvex._protocol.url import deployment_url
from aioconvex.local import LocalDeployment

from .errors import GenerateError
from .jsontext import MAX_BYTES, as_object, as_text, parse
from .snapshot import TABLES, Snapshot

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
    """A folder of Convex functions, run on the embedded deployment; needs Node."""

    folder: Path


@frozen
class SpecFile:
    """A saved snapshot, or what `npx convex function-spec` printed.

    Tables are read from `tables.json` beside it; without that file there are none.
    """

    path: Path


Source: TypeAlias = Deployment | Project | SpecFile


async def fetch(source: Source) -> Snapshot:
    """Read what the source offers, in normal form.

    Raises:
        GenerateError: it cannot be read.
        ConfigurationError: the deployment's URL is no safe one.
        LocalDeploymentError: the project cannot be run.
    """
    match source:
        case Deployment():
            return await _fetch_deployment(source)
        case Project(folder=folder):
            async with LocalDeployment(folder) as local:
                return await _fetch_deployment(Deployment(local.url, local.admin_key))
        case SpecFile(path=path):
            return await _read_file(path)


async def _read_file(path: Path) -> Snapshot:
    beside = anyio.Path(path.with_name(TABLES))
    try:
        spec = as_object(parse(await anyio.Path(path).read_bytes(), str(path)))
        schema: Any = None
        if await beside.exists():
            schema = parse(await beside.read_bytes(), str(beside))
    except OSError as error:
        raise GenerateError(f"{path} cannot be read: {error.strerror}") from None
    return Snapshot.of((spec or {}).get("functions"), schema)


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
