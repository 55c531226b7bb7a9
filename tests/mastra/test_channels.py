"""Channels (§4.5), on both kinds of server functions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from aioconvex.local import LocalDeployment
from aioconvex.mastra import (
    ChannelConfig,
    ChannelInstallation,
    ChannelsConvex,
    ConvexAdminClient,
    MastraError,
)
from mastra.early_rows import Row, Writer

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])]

OURS = pytest.mark.parametrize("functions", ["ours"])

INSTALLATIONS = "mastra_channel_installations"
CONFIG = "mastra_channel_config"
START = datetime(2024, 2, 29, 12, 0, 0, 120_000, UTC)


@pytest.fixture
def channels(client: ConvexAdminClient) -> ChannelsConvex:
    return ChannelsConvex(client=client)


def installation(id_: str = "i", **fields: Any) -> ChannelInstallation:
    base = {"platform": "slack", "agent_id": "a", "data": {"$token": "ü"}, "created_at": START}
    return ChannelInstallation(**{"id": id_, **base, **fields})


WHOLE = installation(status="error", webhook_id="w", config_hash="#", error="revoked")


def at(second: int) -> str:
    return f"2024-01-01T00:00:{second:02}.000Z"


def row_of(id_: str, created: int = 0, updated: int = 0, **columns: object) -> Row:
    row = {"id": id_, "platform": "slack", "agentId": "a", "status": "active", "data": "{}"}
    return {**row, "createdAt": at(created), "updatedAt": at(updated), **columns}


def ids(found: list[ChannelInstallation]) -> list[str]:
    return [each.id for each in found]


@pytest.mark.parametrize("given", [installation(), WHOLE])
async def test_4_5_an_installation_is_read_as_it_was_saved_and_updated_now(
    channels: ChannelsConvex, given: ChannelInstallation
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    saved = await channels.save_installation(given)
    assert before <= saved.updated_at <= datetime.now(UTC)
    assert saved == attrs.evolve(given, updated_at=saved.updated_at)
    assert await channels.get_installation(id="i") == saved
    assert await channels.get_installation(id="?") is None


async def test_4_5_saving_again_replaces_all_but_created_at(channels: ChannelsConvex) -> None:
    first = await channels.save_installation(WHOLE)
    later = datetime(2025, 1, 1, tzinfo=UTC)
    again = await channels.save_installation(installation(agent_id="b", created_at=later))
    assert again.updated_at >= first.updated_at
    assert again == installation(agent_id="b", updated_at=again.updated_at)
    assert await channels.get_installation(id="i") == again


async def test_4_5_by_agent_the_best_status_counts_then_the_latest_update(
    writer: Writer,
) -> None:
    channels = ChannelsConvex(client=writer.client)
    by_agent: dict[str, Any] = {"platform": "slack", "agent_id": "a"}
    assert await channels.get_installation_by_agent(**by_agent) is None
    for id_, status, updated in (
        ("unknown", "retired", 59),
        ("error", "error", 50),
        ("pending", "pending", 40),
        ("active", "active", 10),
        ("latest", "active", 20),
        ("older", "active", 15),
    ):
        await writer.insert(INSTALLATIONS, row_of(id_, updated=updated, status=status))
        await writer.insert(INSTALLATIONS, row_of(f"x{id_}", agentId="b"))
        await writer.insert(INSTALLATIONS, row_of(f"y{id_}", platform="discord"))
        found = await channels.get_installation_by_agent(**by_agent)
        assert found is not None
        assert found.id == ("latest" if id_ == "older" else id_)


async def test_4_5_by_webhook_the_latest_update_counts(writer: Writer) -> None:
    channels = ChannelsConvex(client=writer.client)
    await writer.insert(
        INSTALLATIONS,
        row_of("old", updated=1, webhookId="w"),
        row_of("new", updated=9, webhookId="w", status="error"),
        row_of("mid", updated=5, webhookId="w"),
        row_of("other", updated=20, webhookId="v"),
        row_of("none", updated=20),
    )
    found = await channels.get_installation_by_webhook_id(webhook_id="w")
    assert found is not None
    assert found.id == "new"
    assert await channels.get_installation_by_webhook_id(webhook_id="?") is None


async def test_4_5_lists_are_of_a_platform_newest_first(writer: Writer) -> None:
    channels = ChannelsConvex(client=writer.client)
    await writer.insert(
        INSTALLATIONS,
        row_of("b", created=2),
        row_of("d", created=4, agentId="b"),
        row_of("a", created=1),
        row_of("c", created=3, status="error"),
        row_of("other", created=9, platform="discord"),
    )
    assert ids(await channels.list_installations(platform="slack")) == ["d", "c", "b", "a"]
    assert await channels.list_installations(platform="?") == []


async def test_4_5_deleting_is_silent(channels: ChannelsConvex) -> None:
    await channels.save_installation(installation())
    for _ in range(2):
        await channels.delete_installation(id="i")
        await channels.delete_config(platform="slack")
    assert await channels.get_installation(id="i") is None


async def test_4_5_settings_keep_the_given_updated_at(channels: ChannelsConvex) -> None:
    assert await channels.get_config(platform="slack") is None
    config = ChannelConfig(platform="slack", data={"$secret": ["ü"]}, updated_at=START)
    await channels.save_config(config)
    assert await channels.get_config(platform="slack") == config
    newer = ChannelConfig(platform="slack", data={})
    await channels.save_config(newer)
    assert await channels.get_config(platform="slack") == newer
    await channels.delete_config(platform="slack")
    assert await channels.get_config(platform="slack") is None


async def test_4_5_corrupt_data_is_an_error_that_names_the_row_and_shows_nothing(
    writer: Writer,
) -> None:
    channels = ChannelsConvex(client=writer.client)
    for number, data in enumerate(("{tok-1", '"tok-2"')):
        await writer.insert(INSTALLATIONS, row_of(f"i{number}", data=data))
        row = {"id": f"p{number}", "platform": f"p{number}", "data": data, "updatedAt": at(0)}
        await writer.insert(CONFIG, row)
        for read, name in (
            (channels.get_installation(id=f"i{number}"), f"installation 'i{number}'"),
            (channels.get_config(platform=f"p{number}"), f"configuration 'p{number}'"),
        ):
            with pytest.raises(MastraError, match=name) as caught:
                await read
            assert caught.value.id.endswith("_CORRUPT_ROW")
            assert "tok-" not in str(caught.value)


async def test_4_5_absent_optionals_are_none(writer: Writer) -> None:
    channels = ChannelsConvex(client=writer.client)
    await writer.insert(INSTALLATIONS, row_of("absent"), row_of("null", webhookId=None, error=None))
    for id_ in ("absent", "null"):
        found = await channels.get_installation(id=id_)
        assert found is not None
        assert (found.webhook_id, found.config_hash, found.error) == (None, None, None)


async def test_3_8_what_is_unset_is_stored_as_null(writer: Writer) -> None:
    channels = ChannelsConvex(client=writer.client)
    await channels.save_installation(installation())
    [row] = await writer.rows(INSTALLATIONS)
    assert {row[name] for name in ("webhookId", "configHash", "error")} == {None}
    assert row["data"] == '{"$token":"ü"}'
    assert row["createdAt"] == "2024-02-29T12:00:00.120Z"


async def test_4_5_clear_all_leaves_nothing(writer: Writer) -> None:
    channels = ChannelsConvex(client=writer.client)
    for number in range(30):
        await channels.save_installation(installation(f"i{number}"))
    await channels.save_config(ChannelConfig(platform="slack", data={}))
    await channels.dangerously_clear_all()
    assert await writer.rows(INSTALLATIONS) == await writer.rows(CONFIG) == []


async def test_tokens_are_not_shown() -> None:
    assert "ü" not in repr(installation())
    assert "tok" not in repr(ChannelConfig(platform="slack", data={"token": "tok"}))


@OURS
async def test_5_1_reads_are_queries_that_read_what_they_are_about(
    client: ConvexAdminClient, deployment: LocalDeployment
) -> None:
    channels = ChannelsConvex(client=client)
    for number in range(8):
        await channels.save_installation(
            installation(f"i{number}", agent_id=f"a{number % 4}", webhook_id=f"w{number}")
        )
    await channels.save_config(ChannelConfig(platform="slack", data={}))
    for read, most in (
        (channels.get_installation(id="i1"), 1),
        (channels.get_installation_by_agent(platform="slack", agent_id="a1"), 2),
        (channels.get_installation_by_webhook_id(webhook_id="w1"), 1),
        (channels.list_installations(platform="discord"), 0),
        (channels.get_config(platform="slack"), 1),
    ):
        await read
        [*_, call] = await deployment.recent_calls()
        assert (call.kind, call.documents_read) == ("query", most)


@OURS
async def test_an_installation_above_one_mebibyte_is_refused(channels: ChannelsConvex) -> None:
    with pytest.raises(MastraError, match="at most 1048576") as caught:
        await channels.save_installation(installation(data={"x": "é" * 600_000}))
    assert caught.value.details["code"] == "DocumentTooLarge"
    assert await channels.get_installation(id="i") is None
