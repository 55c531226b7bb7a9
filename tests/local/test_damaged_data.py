"""Data that cannot be served or stored: one clear sentence, and what was there stays as it was."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import FunctionError, LocalDeploymentError
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


def a_lock_of_other_bytes(data: Path) -> None:
    (data / "lock.sqlite3").write_text("no lock of ours")


def a_folder_for_a_key(data: Path) -> None:
    (data / "admin-key").unlink()
    (data / "admin-key").mkdir()


def a_file_for_a_folder(data: Path) -> None:
    (data / "files").rmdir()
    (data / "files").write_text("not a folder")


def a_folder_for_a_database(data: Path) -> None:
    (data / DATABASE).unlink()
    (data / DATABASE).mkdir()


@pytest.mark.parametrize(
    "spoil",
    [a_lock_of_other_bytes, a_folder_for_a_key, a_file_for_a_folder, a_folder_for_a_database],
)
async def test_files_that_cannot_be_used_are_named_in_one_sentence(
    project: Path, data: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(data)

    with pytest.raises(LocalDeploymentError) as caught:
        async with LocalDeployment(project, data=data):
            pass

    assert str(data) in caught.value.message
    assert "name another data folder" in caught.value.message
    assert "\n" not in caught.value.message


async def test_an_admin_key_that_was_never_written_is_made_anew(project: Path, data: Path) -> None:
    """A full disk, or a machine that lost power, leaves an empty file."""
    (data / "admin-key").write_text("")

    async with LocalDeployment(project, data=data) as deployment:
        key = deployment.admin_key

    assert key.startswith("local|")
    assert (data / "admin-key").read_text().strip() == key


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


STUBBORN = """
import { mutationGeneric } from "convex/server";

export const addMany = mutationGeneric(async ({ db }) => {
  for (let n = 0; n < 1500; n++) await db.insert("notes", { text: `${n}`.padEnd(200) });
});
/** Reads everything, does not mind if that fails, and writes. */
export const readAndAdd = mutationGeneric(async ({ db }) => {
  await db.query("notes").collect().catch(() => null);
  await db.insert("notes", { text: "on what may be gone" }).catch(() => null);
});
"""


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_data_that_turns_out_to_be_damaged_is_said_to_be_and_not_written_to(
    project: Path, data: Path
) -> None:
    (project / "stubborn.ts").write_text(STUBBORN)
    async with (
        LocalDeployment(project, data=data) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        await client.mutation("stubborn:addMany")
    size = (data / DATABASE).stat().st_size
    with (data / DATABASE).open("r+b") as file:
        file.seek(size // 3)
        file.write(bytes(size // 3))
    damaged = f"{data / DATABASE} is damaged or is not a database of the local deployment"

    async with (
        LocalDeployment(project, data=data) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        for call in (client.query("notes:all"), client.mutation("stubborn:readAndAdd")):
            with pytest.raises(FunctionError, match=re.escape(damaged)):
                await call


async def fill_up(client: ConvexClient) -> tuple[int, str]:
    """Store notes until one is refused; returns how many were stored, and the last words."""
    for stored in range(64):
        try:
            await client.mutation("notes:add", {"text": "x" * 100_000})
        except FunctionError as error:
            return stored, error.message
    return 64, ""


FILES = """
import { actionGeneric } from "convex/server";

export const keep = actionGeneric(({ storage }) => storage.store(new Blob([new Uint8Array(3e6)])));
"""


async def complaint(call: Awaitable[Any]) -> str:
    with pytest.raises(FunctionError) as caught:
        await call
    return caught.value.message


async def test_a_full_disk_fails_the_write_and_keeps_what_is_stored(
    project: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on file sizes stands for the disk: 2 MiB, and no signal when it is reached."""
    (project / "files.ts").write_text(FILES)
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
            stored, said = await fill_up(client)
            live = await complaint(client.live().mutation("notes:add", {"text": "x" * 100_000}))
            file = await complaint(client.action("files:keep"))
            readable = await client.query("notes:all")
    async with (
        LocalDeployment(project, data=data) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        kept = await client.query("notes:all")
        await client.mutation("notes:add", {"text": "there is room again"})

    assert 0 < stored < 64
    for words, place in ((said, data / DATABASE), (live, data / DATABASE), (file, data / "files")):
        assert f"The disk of {place} is full or fails; nothing was stored: " in words
    assert list((data / "files").iterdir()) == []
    assert readable == kept
    assert kept[0] == "precious"
    assert len(kept) == 1 + stored
