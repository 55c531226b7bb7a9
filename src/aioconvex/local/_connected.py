"""A deployment that runs elsewhere, behind the interface of those that tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx
from attrs import field, frozen

from aioconvex.errors import LocalDeploymentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ConnectedDeployment"]

_SECONDS: Final = 60.0
_PAGE: Final = {"numItems": 1000, "cursor": None}


@frozen
class ConnectedDeployment:
    """A deployment by URL and admin key, which `LocalDeployment.connect` gives.

    It serves the functions that were deployed to it; nothing is started, pushed or stopped.
    """

    url: str
    admin_key: str = field(repr=False)

    async def tables_in_use(self) -> list[str]:
        """The names of the tables that hold documents.

        Raises:
            LocalDeploymentError: the deployment cannot be reached, or refuses the admin key.
        """
        async with self._client() as client:
            page = await self._ask(client, "query", "_system/cli/tables", {"paginationOpts": _PAGE})
            names = [str(table["name"]) for table in page["page"]]
            return [name for name in names if await self._documents(client, name)]

    async def reset(self) -> None:
        """Delete all documents; functions and environment variables stay.

        Raises:
            LocalDeploymentError: the deployment cannot be reached, or refuses the admin key.
        """
        for table in await self.tables_in_use():
            async with self._client() as client:
                await self._clear(client, table)

    async def set_env(self, **values: str | None) -> None:
        """Set environment variables of the deployment; None removes one.

        Raises:
            LocalDeploymentError: the deployment cannot be reached, or refuses.
        """
        changes = [{"name": name, "value": value} for name, value in values.items()]
        async with self._client() as client:
            await self._post(client, "/api/update_environment_variables", {"changes": changes})

    async def push(self) -> None:
        """Refuses: what a deployment elsewhere serves is deployed with Convex's own tools.

        Raises:
            LocalDeploymentError: always, code `NotLocal`.
        """
        raise LocalDeploymentError(
            "NotLocal",
            f"{self.url} serves what was deployed to it: run `npx convex deploy` instead of push().",
        )

    async def _documents(self, client: httpx.AsyncClient, table: str) -> list[Any]:
        options = {"paginationOpts": {**_PAGE, "numItems": 1}, "table": table, "order": "asc"}
        page = await self._ask(client, "query", "_system/cli/tableData", options)
        documents: list[Any] = page["page"]
        return documents

    async def _clear(self, client: httpx.AsyncClient, table: str) -> None:
        cursor: str | None = None
        while True:
            said = await self._ask(
                client,
                "mutation",
                "_system/frontend/clearTablePage",
                {"tableName": table, "cursor": cursor, "componentId": None},
            )
            if not said["hasMore"]:
                return
            cursor = said["continueCursor"]

    async def _ask(
        self, client: httpx.AsyncClient, kind: str, path: str, args: Mapping[str, object]
    ) -> Any:
        body = {"path": path, "args": args, "format": "json"}
        said = await self._post(client, f"/api/{kind}", body)
        if said["status"] != "success":
            raise LocalDeploymentError("Refused", f"{self.url}: {path}: {said['errorMessage']}")
        return said["value"]

    async def _post(self, client: httpx.AsyncClient, path: str, body: object) -> Any:
        try:
            reply = await client.post(path, json=body)
        except httpx.TransportError as error:
            raise LocalDeploymentError(
                "NoAnswer", f"{self.url} did not answer {path}: {error!r}"
            ) from None
        if not reply.is_success:
            raise LocalDeploymentError(
                "Refused",
                f"{self.url} answered {path} with HTTP {reply.status_code}: {reply.text[:200]}",
            )
        return reply.json() if reply.content else None

    def _client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Convex {self.admin_key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=_SECONDS)
