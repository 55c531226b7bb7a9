"""The store: its domains, how it connects, and what `init` verifies (§1.2, §1.3, §4.11)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from aioconvex import ConvexClient
from aioconvex.errors import ConfigurationError
from aioconvex.local import LocalDeployment
from aioconvex.mastra import ConvexAdminClient, ConvexStore, MastraError, WorkflowsConvex

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
PUBLISHED = Path(__file__).parent / "published"
URL = "http://127.0.0.1:1"


def sources(project: Path) -> dict[str, str]:
    """The modules of a project."""
    files = {path.relative_to(project): path for path in project.rglob("*.ts")}
    return {name.with_suffix("").as_posix(): path.read_text() for name, path in files.items()}


async def test_r10_a_store_needs_an_id() -> None:
    for wrong in ("", "  ", None, 3):
        given: Any = wrong
        with pytest.raises(ConfigurationError, match="id must be provided and cannot be empty"):
            ConvexStore(id=given, deployment_url=URL, auth_token="t")


async def test_r10_a_store_has_a_name() -> None:
    store = ConvexStore(id="app", deployment_url=URL, auth_token="t")
    assert (store.id, store.name, store.disable_init) == ("app", "ConvexStore", False)
    assert ConvexStore(id="a", name="B", deployment_url=URL, auth_token="t").name == "B"


@pytest.mark.parametrize(
    ("connection", "text"),
    [
        ({"deployment_url": URL}, "auth_token=.*admin_auth_token="),
        ({"auth_token": "t"}, "no deployment URL"),
        ({"deployment_url": "", "auth_token": "t"}, "no deployment URL"),
        ({"deployment_url": "happy", "auth_token": "t"}, "happy"),
    ],
)
async def test_r23_what_is_missing_is_said_at_once(connection: Any, text: str) -> None:
    for kind in (ConvexAdminClient, WorkflowsConvex):
        with pytest.raises(ConfigurationError, match=text):
            kind(**connection)


async def test_r22_a_client_excludes_what_makes_one() -> None:
    client = ConvexAdminClient(deployment_url=URL, auth_token="t")
    given: tuple[Any, ...] = (client, ConvexClient(URL))
    for shared in given:
        with pytest.raises(ConfigurationError, match="client=, or auth_token"):
            ConvexStore(id="app", client=shared, auth_token="t")


async def test_r25_the_url_may_have_slashes_and_spaces() -> None:
    client = ConvexAdminClient(deployment_url=f" {URL}// ", auth_token="t")
    assert client.convex.url == URL


async def test_r24_no_token_is_shown() -> None:
    secrets = {"auth_token": "a-token", "admin_auth_token": "app|key", "secret": "a-secret"}
    connection: Any = secrets
    store = ConvexStore(id="app", deployment_url=URL, **connection)
    for shown in (repr(store), repr(store.workflows), str(vars(store))):
        assert URL in shown
        assert not any(secret in shown for secret in secrets.values())


async def test_domains_share_the_stores_client_and_who_opened_it_closes_it(
    client: ConvexAdminClient,
) -> None:
    async with ConvexStore(id="app", client=client) as store:
        assert await store.get_store("workflows") is store.workflows
        await store.workflows.aclose()
    assert (await client.find_capabilities()) is store.capabilities
    async with ConvexAdminClient(
        deployment_url=client.convex.url, admin_auth_token="wrong|key"
    ) as own:
        store = ConvexStore(id="app", client=own)
    with pytest.raises(RuntimeError, match="closed"):
        await store.workflows.get_workflow_run_by_id(run_id="r")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_4_11_a_domain_goes_by_mastras_name_or_ours(client: ConvexAdminClient) -> None:
    store = ConvexStore(id="app", client=client)
    for name, domain in {
        "memory": store.memory,
        "workflows": store.workflows,
        "scores": store.scores,
        "schedules": store.schedules,
        "channels": store.channels,
        "backgroundTasks": store.background_tasks,
        "background_tasks": store.background_tasks,
        "observability": None,
    }.items():
        assert await store.get_store(name) is domain


async def test_init_passes_on_a_deployment_that_has_everything(
    client: ConvexAdminClient, functions: str
) -> None:
    store = ConvexStore(id="app", client=client)
    assert store.capabilities is None
    await store.init()
    assert store.capabilities is not None
    assert store.capabilities.typed is (functions == "ours")


async def test_init_says_that_the_handler_is_not_deployed() -> None:
    async with (
        LocalDeployment(ROOT, functions={"other": ""}) as deployment,
        ConvexClient(deployment.url) as convex,
    ):
        store = ConvexStore(id="app", client=convex)
        with pytest.raises(MastraError, match="aioconvex mastra init convex") as caught:
            await store.init()
        assert caught.value.id.endswith("_NOT_DEPLOYED")
        with pytest.raises(MastraError):
            await store.get_store("memory")
        unchecked = ConvexStore(id="app", client=convex, disable_init=True)
        assert await unchecked.get_store("memory") is unchecked.memory


async def test_production_which_says_only_server_error_is_understood() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        message = "[Request ID: 0123456789abcdef] Server Error"
        return httpx.Response(200, json={"status": "error", "errorMessage": message})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    store = ConvexStore(
        id="app",
        deployment_url="https://happy-animal-123.convex.cloud",
        auth_token="t",
        http_client=http,
    )
    with pytest.raises(MastraError, match="mastra/storage:handle fails for every table") as caught:
        await store.init()
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_INIT_NOT_DEPLOYED"
    assert store.capabilities is not None
    assert not store.capabilities.typed


MISSING = [
    *("mastra_scorers", "mastra_schedules", "mastra_schedule_triggers"),
    *("mastra_channel_installations", "mastra_channel_config", "mastra_observational_memory"),
    *("mastra_background_tasks", "mastra_cache", "mastra_cache_list_items"),
]


@asynccontextmanager
async def lacking(project: Path, tables: list[str]) -> AsyncGenerator[ConvexStore]:
    """A store on a deployment whose schema lacks tables."""
    files = sources(project)
    lines = files["schema"].splitlines()
    files["schema"] = "\n".join(
        line for line in lines if not any(f"{table}:" in line for table in tables)
    )
    if project != PUBLISHED:
        files["schema"] = (
            'import { defineSchema } from "convex/server";\n'
            'import { mastraTables } from "./mastra/tables";\n'
            f"const {{ {', '.join(tables)}, ...tables }} = mastraTables;\n"
            "export default defineSchema(tables);\n"
        )
    async with (
        LocalDeployment(ROOT, functions=files) as deployment,
        ConvexClient(deployment.url) as convex,
    ):
        yield ConvexStore(id="app", client=convex)


@pytest.mark.parametrize(
    ("project", "tables"),
    [(ROOT / "convex", MISSING), (PUBLISHED, ["mastra_scorers"])],
    ids=["ours", "published"],
)
async def test_init_names_the_tables_that_are_missing(project: Path, tables: list[str]) -> None:
    async with lacking(project, tables) as store:
        with pytest.raises(MastraError, match=", ".join(tables)) as caught:
            await store.init()
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_INIT_TABLES_MISSING"
    assert set(caught.value.details["tables"]) == set(tables)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_published_functions_may_do_without_the_tables_of_services(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The guide's schema has none of them (R-02)."""
    async with lacking(PUBLISHED, MISSING[1:]) as store:
        memory = await store.get_store("memory")
        assert await memory.get_thread_by_id(thread_id="t") is None
        # §4.4: TypeScript lists nothing then, as if nothing were scheduled.
        with pytest.raises(MastraError, match="mastra_schedules"):
            await store.schedules.list_due_schedules(now=1)
    for table in MISSING[1:6]:
        assert table in caplog.text


async def test_functions_that_are_too_old_are_used_through_the_handler_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    files = sources(ROOT / "convex")
    files["mastra/version"] = files["mastra/version"].replace("VERSION = 1;", "VERSION = 0;")
    async with (
        LocalDeployment(ROOT, functions=files) as deployment,
        ConvexClient(deployment.url) as convex,
    ):
        store = ConvexStore(id="app", client=convex)
        with pytest.raises(MastraError, match="version 0, not 1") as caught:
            await store.init()
        assert caught.value.id.endswith("_OUTDATED")
        assert store.capabilities is not None
        assert not store.capabilities.typed
        assert "version 0" in caplog.text
        assert await store.memory.get_thread_by_id(thread_id="t") is None


@pytest.mark.parametrize("functions", ["ours"])
async def test_init_is_done_once_by_all_and_again_after_a_failure(
    client: ConvexAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    failing = True

    async def verify(_client: object) -> None:
        nonlocal calls
        calls += 1
        await anyio.wait_all_tasks_blocked()
        if failing:
            raise ConfigurationError("not now")

    monkeypatch.setattr("aioconvex.mastra.store.verify", verify)
    store = ConvexStore(id="app", client=client)
    failures: list[Exception] = []

    async def init() -> None:
        try:
            await store.init()
        except ConfigurationError as failure:
            failures.append(failure)

    async def at_once() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(init)

    await at_once()
    assert (calls, len(failures)) == (1, 5)
    failing = False
    await at_once()
    await at_once()
    assert (calls, len(failures)) == (2, 5)


async def test_r20_r21_a_token_calls_and_an_admin_key_verifies(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with LocalDeployment(ROOT / "convex", mint_tokens=True) as deployment:
        token = await deployment.mint_token("service")
        issuer = "https://local-issuer.invalid"
        await deployment.set_env(MASTRA_ACCESS_IDENTITIES=f"{issuer}|service")
        key = deployment.admin_key
        async with ConvexStore(
            id="app", deployment_url=deployment.url, auth_token=token, admin_auth_token=key
        ) as store:
            await store.init()
            assert await store.memory.get_thread_by_id(thread_id="t") is None
        assert "admin key" not in caplog.text
        async with ConvexStore(
            id="ci", deployment_url=deployment.url, admin_auth_token=key
        ) as store:
            await store.init()
            assert "admin key" not in caplog.text
            with caplog.at_level(logging.WARNING, "aioconvex.mastra"):
                for _ in range(2):
                    await store.memory.get_thread_by_id(thread_id="t")
        assert caplog.text.count("made with an admin key") == 1
        assert key not in caplog.text


async def test_r80_from_env_finds_url_and_credentials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONVEX_URL", "CONVEX_AUTH_TOKEN", "CONVEX_SERVICE_TOKEN", "CONVEX_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="CONVEX_URL"):
        ConvexStore.from_env(id="app")
    monkeypatch.setenv("CONVEX_URL", URL)
    with pytest.raises(ConfigurationError, match="no credentials"):
        ConvexStore.from_env(id="app")
    for name in ("CONVEX_AUTH_TOKEN", "CONVEX_SERVICE_TOKEN", "CONVEX_ADMIN_KEY"):
        monkeypatch.setenv(name, "app|key")
        for kind in (WorkflowsConvex, ConvexAdminClient):
            assert URL in repr(kind.from_env())
        monkeypatch.delenv(name)
    assert "other" in repr(
        ConvexStore.from_env(id="app", deployment_url="https://other.convex.cloud", secret="s")
    )
