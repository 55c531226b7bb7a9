"""Data that cannot be served or stored: one clear sentence, and what was there stays as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import ConvexError, LocalDeploymentError
from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node

pytestmark = pytest.mark.anyio

DATABASE = "data.sqlite3"


@pytest.fixture
async def data(project: Path, tmp_path: Path) -> Path:
    """A folder of data with one note, closed properly."""
    folder = tmp_path / "data"
    async with (
        LocalDeployment(project, data=folder) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await client.mutation("notes:add", {"text": "precious"})
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Every file by its digest; the lock comes and goes with servers."""
    return {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file() and "lock" not in path.name
    }


def newer_format(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = '99' WHERE name = 'format'")
    connection.commit()
    connection.close()


def other_bytes_at_the_start(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"no database of ours")


def cut_in_half(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (newer_format, "DataNewer"),
        (other_bytes_at_the_start, "DataCorrupt"),
        (cut_in_half, "DataCorrupt"),
    ],
)
async def test_data_that_cannot_be_read_is_left_alone(
    project: Path, data: Path, damage: Callable[[Path], None], code: str
) -> None:
    damage(data / DATABASE)
    before = contents(data)

    with pytest.raises(LocalDeploymentError) as caught:
        async with LocalDeployment(project, data=data):
            pass

    assert caught.value.code == code
    assert str(data) in caught.value.message
    assert "\n" not in caught.value.message.strip()
    assert contents(data) == before


async def test_a_second_server_leaves_the_first_ones_data_alone(project: Path, data: Path) -> None:
    async with (
        LocalDeployment(project, data=data) as first,
        ConvexClient(first.url) as client,
    ):
        with pytest.raises(LocalDeploymentError, match="Another local deployment is using"):
            async with LocalDeployment(project, data=data):
                pass
        await client.mutation("notes:add", {"text": "still mine"})

        assert await client.query("notes:all") == ["precious", "still mine"]


async def fill_up(client: ConvexClient) -> int:
    """Store notes until one is refused; returns how many were stored."""
    for stored in range(64):
        try:
            await client.mutation("notes:add", {"text": "x" * 100_000})
        except ConvexError:
            return stored
    return 64


async def test_a_full_disk_fails_the_write_and_keeps_what_is_stored(
    project: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on file sizes stands for the disk: 2 MiB, and no signal when it is reached."""
    limited = tmp_path / "node-on-a-small-disk"
    limited.write_text(
        f"#!/bin/bash\ntrap '' XFSZ\nulimit -f 2048\nexec {await find_node()} \"$@\"\n"
    )
    limited.chmod(0o755)

    with monkeypatch.context() as patched:
        patched.setenv("AIOCONVEX_NODE", str(limited))
        async with (
            LocalDeployment(project, data=data) as deployment,
            ConvexClient(deployment.url, max_retries=0) as client,
        ):
            stored = await fill_up(client)
            readable = await client.query("notes:all")
    async with (
        LocalDeployment(project, data=data) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        kept = await client.query("notes:all")
        await client.mutation("notes:add", {"text": "there is room again"})

    assert 0 < stored < 64
    assert readable == kept
    assert kept[0] == "precious"
    assert len(kept) == 1 + stored
