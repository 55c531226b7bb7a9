"""What `ConvexStore.init()` does: it looks whether a deployment has what Mastra needs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from ._capabilities import FUNCTIONS_VERSION
from .errors import MastraError, storage_error

if TYPE_CHECKING:
    from collections.abc import Awaitable

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
# A project with the functions of `@mastra/convex` may do without these.
_SERVICE_TABLES: Final = (
    "mastra_schedules",
    "mastra_schedule_triggers",
    "mastra_channel_installations",
    "mastra_channel_config",
    "mastra_background_tasks",
    "mastra_observational_memory",
)
# What only our own functions tell of tables: the handler has a substitute for that of tasks, and
# none for the cache.
_TASK: Final = "mastra/backgroundTasks:get"
_CACHE: Final = "mastra/cache:handle"
_CACHE_TABLES: Final = {"mastra_cache": "get", "mastra_cache_list_items": "delete"}

_NO_ID: Final = "aioconvex:no-such-id"
_ADVICE: Final = "(aioconvex mastra init --diff convex), then deploy them (npx convex deploy)"
_log: Final = logging.getLogger("aioconvex.mastra")


async def verify(client: ConvexAdminClient) -> Capabilities:
    """Find out which functions are deployed, and that they answer for every table.

    Where only the functions of `@mastra/convex` are deployed, tables that only services need may
    be missing: then a warning names them.

    Raises:
        MastraError: something is not deployed, or too old; it says what to do.
        ConvexError: the deployment did not answer.
    """
    capabilities = await client.find_capabilities()
    version = capabilities.version
    if version is not None and version < FUNCTIONS_VERSION:
        text = f"the deployed Mastra functions have version {version}, not {FUNCTIONS_VERSION}"
        raise storage_error("init", "OUTDATED", f"{text}: compare yours {_ADVICE}")
    missing = [
        name for request, name in _TABLES.items() if not await _answers(_loading(client, request))
    ]
    if len(missing) == len(_TABLES):
        # In production, a function that is not there fails like any other.
        text = f"{client.storage_function} fails for every table; is it deployed? Compare yours"
        raise storage_error("init", "NOT_DEPLOYED", f"{text} {_ADVICE}")
    services = [name for name in _SERVICE_TABLES if not await _answers(_loading(client, name))]
    if capabilities.typed:
        missing += services + await _missing_of_ours(client)
    elif services:
        _log.warning("what needs %s will not work: the handler cannot read it", ", ".join(services))
    if missing:
        tables = ", ".join(missing)
        text = f"the functions cannot read {tables}: is the table in your convex/schema.ts?"
        raise storage_error(
            "init",
            "TABLES_MISSING",
            f"{text} Compare yours {_ADVICE}",
            details={"tables": missing},
        )
    return capabilities


async def _missing_of_ours(client: ConvexAdminClient) -> list[str]:
    missing: list[str] = []
    task = client.call("query", _TASK, {"id": _NO_ID}, deploying=True)
    if not await _answers(task):
        missing.append("mastra_background_tasks")
    for table, op in _CACHE_TABLES.items():
        request = {"op": op, "key": _NO_ID}
        asking = client.call_handler(_CACHE, request, repeatable=True, deploying=True)
        if not await _answers(asking):
            missing.append(table)
    return missing


def _loading(client: ConvexAdminClient, table: str) -> Awaitable[object]:
    """Have the handler look for a row of a table by its index; both are in the schema or not."""
    request = {"op": "load", "tableName": table, "keys": {"id": _NO_ID}}
    return client.call_storage_raw(request, deploying=True)


async def _answers(asking: Awaitable[object]) -> bool:
    """Whether a deployment answers."""
    try:
        await asking
    except MastraError as error:
        # A failure without a code is the database's; what the functions refuse has one.
        if error.category != "THIRD_PARTY":
            raise
        return False
    return True
