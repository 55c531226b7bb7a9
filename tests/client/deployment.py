"""The misbehaving deployment of `stub.py`, as the tests hold it."""

from __future__ import annotations

import http.client
import itertools
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from attrs import define, frozen

_numbers = itertools.count()


@frozen
class Seen:
    """What the deployment saw of one case."""

    runs: int
    requests: list[dict[str, Any]]

    @property
    def headers(self) -> list[dict[str, str]]:
        return [request["headers"] for request in self.requests]

    @property
    def authorizations(self) -> list[str | None]:
        return [headers.get("authorization") for headers in self.headers]


@define
class Stub:
    """Where it listens, and what it can be told."""

    url: str
    other: str

    @classmethod
    @contextmanager
    def running(cls) -> Generator[Self]:
        command = [sys.executable, str(Path(__file__).with_name("stub.py"))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdin
            yield cls(*json.loads(process.stdout.readline()))
            process.stdin.close()

    def case(self, *steps: dict[str, Any], name: str | None = None) -> str:
        """Make a case that goes through these steps, and give its name."""
        case = name or f"case{next(_numbers)}"
        self._order("PUT", case, steps)
        return case

    def refuse(self, connections: int) -> None:
        """Close the next connections without reading from them."""
        self._order("POST", f"refuse/{connections}")

    def seen(self, case: str) -> Seen:
        return Seen(**self._order("GET", case))

    def connections(self) -> int:
        """How many connections are open now."""
        count: int = self._order("GET", "connections")
        return count

    def _order(self, method: str, target: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.other).netloc)
        try:
            connection.request(method, f"/_stub/{target}", json.dumps(body))
            return json.loads(connection.getresponse().read())["told"]
        finally:
            connection.close()
