"""Our client's files go to the embedded deployment and come back."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from aioconvex.client import ConvexClient
from aioconvex.errors import DeploymentError
from aioconvex.local import LocalDeployment

pytestmark = pytest.mark.anyio

FILES = {
    "files": """
import { mutation, query } from "./_generated/server";

export const uploadUrl = mutation({ handler: ({ storage }) => storage.generateUploadUrl() });
export const url = query({ handler: ({ storage }, { id }) => storage.getUrl(id) });
export const remove = mutation({ handler: ({ storage }, { id }) => storage.delete(id) });
"""
}
CONTENT = os.urandom(3_000_000)


async def test_a_file_goes_up_and_comes_down(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    async with (
        LocalDeployment(functions=FILES) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        upload_url = await client.mutation("files:uploadUrl", {})
        file_id = await client.upload(
            upload_url,
            source,
            content_type="image/png",
            sha256=hashlib.sha256(CONTENT).digest(),
        )
        async with client.download(await client.query("files:url", {"id": file_id})) as file:
            assert (file.size, file.content_type) == (len(CONTENT), "image/png")
            await file.save(tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == CONTENT


async def test_a_file_with_another_digest_is_refused() -> None:
    async with (
        LocalDeployment(functions=FILES) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        upload_url = await client.mutation("files:uploadUrl", {})
        with pytest.raises(DeploymentError, match="SHA-256"):
            await client.upload(upload_url, b"content", content_type="text/plain", sha256=bytes(32))


async def test_a_deleted_file_is_gone() -> None:
    async with (
        LocalDeployment(functions=FILES) as deployment,
        ConvexClient(deployment.url) as client,
    ):
        upload_url = await client.mutation("files:uploadUrl", {})
        file_id = await client.upload(upload_url, b"content", content_type="text/plain")
        url = await client.query("files:url", {"id": file_id})
        await client.mutation("files:remove", {"id": file_id})
        with pytest.raises(DeploymentError, match="FileNotFound"):
            async with client.download(url):
                pass
