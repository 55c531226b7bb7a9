"""The npm package's storage domains, as tests call them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import anyio.to_thread
from attrs import frozen

from aioconvex.local import LocalDeployment
from aioconvex.mastra._rows import time_text
from mastra.native import INDEXES

DRIVER = Path(__file__).parent / "interop" / "driver.mjs"


class NpmError(Exception):
    """What a method of the npm package threw."""


class Driver:
    """A Node process that has the npm package loaded."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def running(cls, node: Path) -> Generator[Self]:
        with subprocess.Popen(
            [node, DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield cls(process)
            assert process.stdin
            process.stdin.close()

    def call(self, request: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request, default=_date) + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline())
        if "error" in reply:
            raise NpmError(reply["error"])
        return reply["value"]


@frozen
class Npm:
    """The npm package's storage on one deployment; like its users it has the admin key."""

    driver: Driver
    url: str
    key: str
    handler: str = "mastra/storage:handle"

    @classmethod
    def of(cls, driver: Driver, deployment: LocalDeployment) -> Self:
        return cls(driver, deployment.url, deployment.admin_key)

    async def memory(self, method: str, *args: object) -> Any:
        return await self.call("memory", method, *args)

    async def workflows(self, method: str, *args: object) -> Any:
        return await self.call("workflows", method, *args)

    async def scores(self, method: str, *args: object) -> Any:
        return await self.call("scores", method, *args)

    async def native_vectors(self, method: str, *args: object) -> Any:
        return await self.call("nativeVectors", method, *args)

    async def vectors(self, method: str, *args: object) -> Any:
        return await self.call("vectors", method, *args)

    async def call(self, domain: str, method: str, *args: object) -> Any:
        native = {
            "indexes": {name: index.config() for name, index in INDEXES.items()},
            **{option: f"mastra/nativeVector:{name}" for option, name in self._native()},
        }
        deployment = {"url": self.url, "key": self.key, "handler": self.handler, "native": native}
        request = {"deployment": deployment, "domain": domain, "method": method, "args": args}
        return await anyio.to_thread.run_sync(self.driver.call, request)

    def _native(self) -> list[tuple[str, str]]:
        """The options for native vectors' functions, and their names: the handler's twins."""
        twin = "AsAdmin" if self.handler.endswith("AsAdmin") else ""
        functions = {"Action": "query", "Query": "read", "Mutation": "write"}
        return [(f"nativeVector{kind}", name + twin) for kind, name in functions.items()]


def _date(value: object) -> object:
    assert isinstance(value, datetime), value
    return {"$date": time_text(value, "date")}
