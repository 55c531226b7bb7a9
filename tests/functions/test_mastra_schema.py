"""The deployed schema and functions (R-02 to R-06)."""

from __future__ import annotations

import itertools
import json
import math
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

REPOSITORY = Path(__file__).parents[2]

TABLES = {
    "mastra_threads": {
        "by_record_id": ["id"],
        "by_resource": ["resourceId"],
        "by_created": ["createdAt"],
        "by_updated": ["updatedAt"],
    },
    "mastra_messages": {
        "by_record_id": ["id"],
        "by_thread": ["thread_id"],
        "by_thread_created": ["thread_id", "createdAt"],
        "by_resource": ["resourceId"],
    },
    "mastra_resources": {"by_record_id": ["id"], "by_updated": ["updatedAt"]},
    "mastra_workflow_snapshots": {
        "by_record_id": ["id"],
        "by_workflow_run": ["workflow_name", "run_id"],
        "by_workflow": ["workflow_name"],
        "by_resource": ["resourceId"],
        "by_created": ["createdAt"],
    },
    "mastra_scorers": {
        "by_record_id": ["id"],
        "by_scorer": ["scorerId"],
        "by_entity": ["entityId", "entityType"],
        "by_run": ["runId"],
        "by_created": ["createdAt"],
    },
    "mastra_vector_indexes": {"by_record_id": ["id"], "by_name": ["indexName"]},
    "mastra_vectors": {"by_index_id": ["indexName", "id"], "by_index": ["indexName"]},
    "mastra_vector_versions": {"by_shard": ["indexName", "shard"]},
    "mastra_documents": {"by_table": ["table"], "by_table_primary": ["table", "primaryKey"]},
    "mastra_schedules": {
        "by_record_id": ["id"],
        "by_status_next_fire_at": ["status", "next_fire_at"],
        "by_workflow_status": ["workflow_id", "status"],
        "by_workflow_id": ["workflow_id"],
        "by_owner": ["owner_type", "owner_id"],
        "by_owner_id": ["owner_id"],
        "by_created": ["created_at"],
    },
    "mastra_schedule_triggers": {
        "by_record_id": ["id"],
        "by_schedule_actual": ["schedule_id", "actual_fire_at"],
        "by_parent_trigger": ["parent_trigger_id"],
    },
    "mastra_channel_installations": {
        "by_record_id": ["id"],
        "by_webhook": ["webhookId"],
        "by_platform_agent": ["platform", "agentId"],
        "by_platform": ["platform"],
    },
    "mastra_channel_config": {"by_record_id": ["id"], "by_platform": ["platform"]},
    "mastra_background_tasks": {
        "by_record_id": ["id"],
        "by_status_created": ["status", "createdAt"],
        "by_agent_status": ["agent_id", "status"],
        "by_run": ["run_id"],
        "by_tool_call": ["tool_call_id"],
        "by_thread": ["thread_id"],
        "by_resource": ["resource_id"],
        "by_tool": ["tool_name"],
        "by_created": ["createdAt"],
    },
    "mastra_observational_memory": {
        "by_record_id": ["id"],
        "by_lookup_key": ["lookupKey", "generationCount"],
    },
    "mastra_cache": {"by_key": ["key"], "by_key_prefix": ["keyPrefix"]},
    "mastra_cache_list_items": {
        "by_key_prefix": ["keyPrefix"],
        "by_key_index": ["key", "index"],
    },
}
QUERIES = [
    "watchThread",
    "watchMessages",
    "watchThreadsByResource",
    "watchWorkflowRun",
    "watchWorkflowRuns",
    "watchResource",
    "countMessages",
    "countThreads",
    "countWorkflowRuns",
    "paginatedMessages",
    "paginatedThreads",
    "paginatedWorkflowRuns",
    "vectorSearch",
]


async def system(deployment: LocalDeployment, path: str) -> Any:
    async with ConvexClient(deployment.url, admin_key=deployment.admin_key) as client:
        return await client.query(path)


async def tables_of(deployment: LocalDeployment) -> dict[str, Any]:
    schemas = await system(deployment, "_system/frontend/getSchemas:default")
    return {table["tableName"]: table for table in json.loads(schemas["active"])["tables"]}


async def test_r02_tables_have_the_guides_names_and_indexes(
    convex_deployment: LocalDeployment,
) -> None:
    tables = await tables_of(convex_deployment)
    assert tables.keys() == TABLES.keys()
    for name, expected in TABLES.items():
        indexes = {i["indexDescriptor"]: i["fields"] for i in tables[name]["indexes"]}
        assert expected.items() <= indexes.items()
        added = indexes.keys() - expected.keys()
        assert all(index.endswith(("_created", "_updated")) for index in added)


async def test_r03_vectors_have_a_native_index(convex_deployment: LocalDeployment) -> None:
    [index] = (await tables_of(convex_deployment))["mastra_vectors"]["vectorIndexes"]
    assert (index["indexDescriptor"], index["vectorField"]) == ("by_embedding", "embedding")
    assert (index["dimensions"], index["filterFields"]) == (1536, ["indexName"])


async def test_r26_every_public_function_is_guarded(convex_deployment: LocalDeployment) -> None:
    """A function whose builder is not the guard's lacks the argument that the guard adds."""
    functions = await system(convex_deployment, "_system/cli/modules:apiSpec")
    open_to_all = {
        function["identifier"]
        for function in functions
        if function["visibility"]["kind"] == "public"
        and "secret" not in function["args"].get("value", {})
    }
    # The handlers have no declared arguments, and tests/mastra/test_access.py tries them.
    handlers = {"mastra/cache.js:handle", "mastra/storage.js:handle"}
    assert open_to_all == handlers | {"mastra/version.js:current"}


async def test_r05_r06_functions_declare_their_types(convex_deployment: LocalDeployment) -> None:
    spec = await system(convex_deployment, "_system/cli/modules:apiSpec")
    functions = {function["identifier"]: function for function in spec}
    queries = {f"mastra/queries.js:{name}" for name in QUERIES}
    assert queries | {"mastra/storage.js:handle"} <= functions.keys()
    assert {functions[identifier]["functionType"] for identifier in queries} == {"Query"}
    for identifier, function in functions.items():
        # Each of a handler's operations has arguments of its own.
        untyped = identifier.partition(":")[2] in {"handle", "handleAsAdmin"}
        assert function["args"]["type"] == ("any" if untyped else "object")
        assert function["returns"]["type"] != "any"


SCHEMA = """
import { defineSchema } from "convex/server";
import {
  COMMON_EMBEDDING_DIMENSIONS as D, createVectorTable, mastraTables,
} from "./mastra/tables";
import { defineMastraNativeVectorTable } from "./mastra/nativeTables";
export default defineSchema({
  ...mastraTables,
  mastra_vectors: createVectorTable(D.COHERE_V3),
  mastra_vectors_large: createVectorTable(D.OPENAI_3_LARGE),
  a: createVectorTable(D.OPENAI_ADA_002),
  b: createVectorTable(D.OPENAI_3_SMALL),
  c: createVectorTable(D.VOYAGE_02),
  least: createVectorTable(2),
  most: createVectorTable(4096),
  articles: defineMastraNativeVectorTable({ dimensions: 2, vectorIndexName: "by_meaning" }),
  later: defineMastraNativeVectorTable({ dimensions: 4096, staged: true }),
});
"""
DIMENSIONS = {
    "mastra_vectors": 1024,
    "mastra_vectors_large": 3072,
    "a": 1536,
    "b": 1536,
    "c": 1024,
    "least": 2,
    "most": 4096,
    "articles": 2,
}
PROBE = """
import { queryGeneric } from "convex/server";
import { createVectorTable } from "./mastra/tables";
import { defineMastraNativeVectorTable } from "./mastra/nativeTables";
export const refusal = queryGeneric({
  handler: (_, { dimensions, native }) => {
    try {
      if (native) defineMastraNativeVectorTable({ dimensions });
      else createVectorTable(dimensions);
      return "none";
    } catch (error) {
      return error.message;
    }
  },
});
"""


@pytest.fixture
async def copy(tmp_path: Path, anyio_backend: object) -> AsyncGenerator[LocalDeployment]:  # noqa: ARG001
    """A project of its own that Mastra's folder was copied to."""
    project = tmp_path / "app" / "convex"
    shutil.copytree(REPOSITORY / "convex" / "mastra", project / "mastra")
    (project.parent / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (project / "schema.ts").write_text(SCHEMA)
    (project / "probe.ts").write_text(PROBE)
    async with LocalDeployment(project) as deployment:
        yield deployment


async def test_r01_r03_r04_a_project_adds_the_tables_to_its_schema(copy: LocalDeployment) -> None:
    tables = await tables_of(copy)
    assert {
        name: table["vectorIndexes"][0]["dimensions"]
        for name, table in tables.items()
        if table["vectorIndexes"]
    } == DIMENSIONS
    assert tables["articles"]["vectorIndexes"][0]["indexDescriptor"] == "by_meaning"
    [staged] = tables["later"]["stagedVectorIndexes"]
    assert (staged["indexDescriptor"], staged["dimensions"]) == ("by_embedding", 4096)
    wrong = [1, 4097, 1.5, -2, math.nan]
    async with ConvexClient(copy.url) as client:
        for dimensions, native in itertools.product(wrong, (True, False)):
            args = {"dimensions": dimensions, "native": native}
            text = await client.query("probe:refusal", args)
            assert text.startswith(
                "A vector table has an integer number of dimensions from 2 to 4096"
            )
