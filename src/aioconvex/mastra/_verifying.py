"""What `ConvexStore.init()` does: it looks whether a deployment has what Mastra needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._capabilities import FUNCTIONS_VERSION
from .errors import MastraError, storage_error

if TYPE_CHECKING:
    from ._capabilities import Capabilities
    from ._client import ConvexAdminClient

__all__ = ["verify"]

# By the names that requests have for them; the deployment's differ for one.
_TABLES: Final = {
    "mastra_threads": "mastra_threads",
    "mastra_messages": "mastra_messages",
    "mastra_resources": "mastra_resources",
    "mastra_workflow_snapshot": "mastra_workflow_snapshots",
    "mastra_scorers": "mastra_scorers",
}
_NO_ID: Final = "aioconvex:no-such-id"
_ADVICE: Final = "(aioconvex mastra init --diff convex), then deploy them (npx convex deploy)"


async def verify(client: ConvexAdminClient) -> Capabilities:
    """Find out which functions are deployed, and that they answer for every table.

    Raises:
        MastraError: something is not deployed, or too old; it says what to do.
        ConvexError: the deployment did not answer.
    """
    capabilities = await client.find_capabilities()
    version = capabilities.version
    if version is not None and version < FUNCTIONS_VERSION:
        text = f"the deployed Mastra functions have version {version}, not {FUNCTIONS_VERSION}"
        raise storage_error("init", "OUTDATED", f"{text}: compare yours {_ADVICE}")
    missing = [name for request, name in _TABLES.items() if not await _answers(client, request)]
    if len(missing) == len(_TABLES):
        # In production, a function that is not there fails like any other.
        text = f"{client.storage_function} fails for every table; is it deployed? Compare yours"
        raise storage_error("init", "NOT_DEPLOYED", f"{text} {_ADVICE}")
    if missing:
        tables = ", ".join(missing)
        text = f"the handler cannot read {tables}: is the table in your convex/schema.ts?"
        raise storage_error(
            "init",
            "TABLES_MISSING",
            f"{text} Compare yours {_ADVICE}",
            details={"tables": missing},
        )
    return capabilities


async def _answers(client: ConvexAdminClient, table: str) -> bool:
    """Whether the handler finds rows of a table by its index; both are in the schema or not."""
    request = {"op": "load", "tableName": table, "keys": {"id": _NO_ID}}
    try:
        await client.call_storage_raw(request, deploying=True)
    except MastraError as error:
        # A failure without a code is the database's; what the functions refuse has one.
        if error.category != "THIRD_PARTY":
            raise
        return False
    return True
