"""The main job, step by step: `nox -s demo`.

A Convex project becomes a running deployment, the deployment becomes typed Python, and the Python
reads and writes it; then the project changes, and everything follows. Nothing is left behind.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import anyio
import numpy as np

from aioconvex import ConvexClient
from aioconvex.errors import ConvexError
from aioconvex.local import LocalDeployment
from aioconvex_codegen import GenerateOptions, Project, generate

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PACKAGE: Final = "demo_bindings"
MESSAGES: Final = 1_200
IN_GARDEN: Final = 1_100  # above 1,000, where counts become estimates
BATCH: Final = 300
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
INDEX: Final = "snippets"

# The change of the last act: a field, and a function that reads it.
FIELD: Final = (
    "  title: v.string(),\n",
    "  title: v.string(),\n  pinned: v.optional(v.boolean()),\n",
)
FUNCTION: Final = """
/** The pinned ones among a resource's newest 100 threads. */
export const pinnedThreads = query({
  args: { resourceId: v.string() },
  returns: v.array(threadDocument),
  handler: async (ctx, { resourceId }) => {
    const newest = await firstRows(threadsOf(ctx.db, resourceId), "desc", 100);
    return newest.filter((thread) => thread.pinned === true);
  },
});
"""


@contextmanager
def step(title: str) -> Generator[None]:
    """Print a step's title, and how long it took."""
    print(f"\n● {title}")
    started = perf_counter()
    yield
    print(f"  … {perf_counter() - started:.2f} s")


def show(text: object) -> None:
    """Print one line of what came back."""
    print(f"  {text}")


def copy_project(folder: Path) -> Path:
    """Copy convex/, so that the demo can change it."""
    project = folder / "convex"
    shutil.copytree(ROOT / "convex", project)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return project


async def regenerate(project: Path, folder: Path) -> Any:
    """Generate the bindings and import them; they are an ordinary package."""
    options = GenerateOptions(
        source=Project(project), schema=folder / "schema", out=folder / PACKAGE
    )
    report = await generate(options)
    show(
        f"{report.functions} functions, {report.tables} tables: {len(report.written)} files written"
    )
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return importlib.import_module(PACKAGE)


def iso(minutes: int) -> str:
    """Write a time as Mastra stores it."""
    return (START + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")[:-6] + "Z"


async def store_conversation(api: Any) -> None:
    """Two threads of one user, 1,200 messages in all, and three workflow runs."""
    handle = api.mastra.storage.handle
    threads = [
        {"id": name, "resourceId": "ada", "title": title, "metadata": {"lang": "en"},
         "createdAt": iso(number), "updatedAt": iso(number)}
        for number, (name, title) in enumerate([("t-garden", "Garden"), ("t-stars", "Stars")])
    ]  # fmt: skip
    answer = await handle({"op": "batchInsert", "tableName": "mastra_threads", "records": threads})
    show(f"handle answered {answer.ok=}")
    for start in range(0, MESSAGES, BATCH):
        records = [message(number) for number in range(start, start + BATCH)]
        await handle({"op": "batchInsert", "tableName": "mastra_messages", "records": records})
    show(f"{MESSAGES} messages in {MESSAGES // BATCH} transactions")
    for number, status in enumerate(["success", "failed", "suspended"]):
        snapshot = json.dumps({"status": status, "runId": f"run-{number}", "context": {}})
        run = {"id": f"digest-run-{number}", "workflow_name": "digest", "run_id": f"run-{number}",
               "resourceId": "ada", "snapshot": snapshot,
               "createdAt": iso(number), "updatedAt": iso(number)}  # fmt: skip
        await handle({"op": "insert", "tableName": "mastra_workflow_snapshot", "record": run})


def message(number: int) -> dict[str, object]:
    """Make a message; ten in a row share one time, as a burst of tokens does."""
    thread = "t-garden" if number < IN_GARDEN else "t-stars"
    role = "user" if number % 2 == 0 else "assistant"
    return {
        "id": f"m-{number:04}",
        "thread_id": thread,
        "resourceId": "ada",
        "role": role,
        "type": "v2",
        "content": json.dumps({"format": 2, "content": f"Message {number} 🌱"}),
        "createdAt": iso(number // 10),
    }


async def count_and_page(api: Any) -> None:
    """Counts are exact to 1,000 and estimates above; pages lose and repeat nothing."""
    queries = api.mastra.queries
    for thread in await queries.watch_threads_by_resource(resource_id="ada"):
        count = await queries.count_messages(thread_id=thread.id)
        show(f"{thread.title}: {count.count}{'+' if count.is_estimate else ''} messages ({count})")
    walk = queries.paginated_messages(thread_id="t-garden").sized(250)
    seen = [item.id async for item in walk]
    expected = [f"m-{number:04}" for number in range(IN_GARDEN)]
    show(
        f"async for over t-garden, 250 a page: {len(seen)} messages, each once: {seen == expected}"
    )
    page = await queries.paginated_messages(thread_id="t-stars", order="desc").sized(2)
    show(f"the newest two of t-stars: {[item.id for item in page.items]}, {page.has_more=}")


async def read_runs(api: Any) -> None:
    """A workflow's runs, newest first."""
    for run in await api.mastra.queries.watch_workflow_runs(
        workflow_name="digest", resource_id="ada"
    ):
        show(f"{run.workflow_name}/{run.run_id}: {json.loads(run.snapshot)['status']}")


async def search_vectors(api: Any) -> None:
    """Store real embeddings and ask for the nearest."""
    texts = json.loads((HERE / "snippets.json").read_text(encoding="utf-8"))
    snippets, questions = texts["snippets"], texts["questions"]
    vectors = np.load(HERE / "vectors.npy", allow_pickle=False)
    handle = api.mastra.storage.handle
    index = {"id": INDEX, "indexName": INDEX, "dimension": vectors.shape[1], "metric": "cosine",
             "createdAt": iso(0)}  # fmt: skip
    await handle({"op": "insert", "tableName": "mastra_vector_indexes", "record": index})
    records = [
        {"id": f"s-{number}", "embedding": vector, "metadata": snippet}
        for number, (snippet, vector) in enumerate(zip(snippets, vectors, strict=False))
    ]
    table = f"mastra_vector_{INDEX}"
    await handle({"op": "batchInsert", "tableName": table, "records": records})
    show(f"{len(records)} snippets of {vectors.shape[1]} dimensions stored")
    for question, vector in zip(questions, vectors[len(snippets) :], strict=True):
        nearest = await api.mastra.queries.vector_search(
            index_name=INDEX, query_vector=vector.tolist(), top_k=2
        )
        show(f"“{question}”")
        for item in nearest:
            show(f"    {item.score:.0%}  {item.metadata['text']}")


async def refuse_mistakes(api: Any) -> None:
    """Mistakes never leave this process."""
    for arguments in ({}, {"thread_id": 5}, {"thread": "t-garden"}):
        try:
            await api.mastra.queries.count_messages(**arguments)
        except TypeError as error:
            show(f"count_messages(**{arguments}): {type(error).__name__}: {error}")
    try:
        await api.mastra.queries.watch_messages(thread_id="t-garden", limit=0)
    except ConvexError as error:
        show(f"limit=0: {type(error).__name__}: {error}")


def change_project(project: Path) -> None:
    """Add a field to a table, and a function that reads it."""
    tables, queries = project / "mastra" / "tables.ts", project / "mastra" / "queries.ts"
    text = tables.read_text(encoding="utf-8")
    if text.count(FIELD[0]) != 1:
        raise SystemExit(f"{tables} has changed: the demo no longer finds where to add a field")
    tables.write_text(text.replace(*FIELD), encoding="utf-8")
    queries.write_text(queries.read_text(encoding="utf-8") + FUNCTION, encoding="utf-8")


async def use_the_change(api: Any) -> None:
    """Write the new field, call the new function."""
    request = {"op": "patch", "tableName": "mastra_threads", "id": "t-stars"}
    await api.mastra.storage.handle({**request, "record": {"pinned": True}})
    for thread in await api.mastra.queries.pinned_threads(resource_id="ada"):
        show(f"pinned: {thread.title} ({thread.pinned=})")


async def main() -> None:
    """Run all steps."""
    started = perf_counter()
    with tempfile.TemporaryDirectory(prefix="aioconvex-demo-") as name:
        folder = Path(name)
        sys.path.insert(0, name)
        project = copy_project(folder)
        await run(project, folder)
    print(f"\nAll of it took {perf_counter() - started:.1f} s, and nothing is left behind.")


async def run(project: Path, folder: Path) -> None:
    """Run the steps on a copy of the project."""
    print("The Convex project is convex/ of this repository (a copy, to be changed below).")
    with step("Generate typed bindings from the project"):
        bindings = await regenerate(project, folder)
    started = perf_counter()
    async with LocalDeployment(project, data=folder / "data") as deployment:
        print(f"\n● Start the local deployment, with data in {folder / 'data'}")
        show(f"{deployment.url} runs the TypeScript functions over SQLite")
        show(f"… {perf_counter() - started:.2f} s")
        async with ConvexClient(deployment.url) as client:
            await use(bindings.Api(client))
            with step("Change the project: a field `pinned`, a function `pinnedThreads`"):
                change_project(project)
                await deployment.push()
                show("pushed: the stored documents fit the new schema")
            with step("Regenerate"):
                bindings = await regenerate(project, folder)
            with step("Call the new function"):
                await use_the_change(bindings.Api(client))


async def use(api: Any) -> None:
    """Run everything that the first version of the bindings offers."""
    with step(f"Store a conversation of {MESSAGES:,} messages in two threads through `handle`"):
        await store_conversation(api)
    with step("Count, and page with `async for`"):
        await count_and_page(api)
    with step("Read workflow runs"):
        await read_runs(api)
    with step("Search vectors"):
        await search_vectors(api)
    with step("Make mistakes"):
        await refuse_mistakes(api)


if __name__ == "__main__":
    anyio.run(main)
