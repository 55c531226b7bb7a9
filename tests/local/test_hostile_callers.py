"""Callers that nobody invited get nothing, and the server goes on answering the others."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from anyio.from_thread import start_blocking_portal
from attrs import frozen

from aioconvex.local import LocalDeployment

JSON = {"Content-Type": "application/json"}
TOO_LARGE = 17 << 20
ADMIN_PATHS = (
    "GET /api/check_admin_key",
    "GET /api/get_indexes",
    "GET /api/list_environment_variables",
    "POST /api/update_environment_variables",
    "POST /api/function",
    "POST /_local/reset",
    "POST /_local/push",
    "POST /_local/env",
    "POST /_local/snapshot",
    "POST /_local/restore",
    "POST /_local/logs",
    "POST /_local/faults",
    "GET /_local/status",
)


@frozen
class Target:
    """A running deployment, and requests to it as one likes."""

    deployment: LocalDeployment

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.deployment.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    def ask(
        self, request: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        method, path = request.split()
        connection = HTTPConnection(*self.address, timeout=20)
        text = body if isinstance(body, bytes) else json.dumps(body)
        connection.request(method, path, text, JSON | (headers or {}))
        reply = connection.getresponse()
        said = reply.read()
        connection.close()
        return reply.status, json.loads(said)

    def notes(self) -> Any:
        """What an ordinary caller gets."""
        call = {"path": "notes:all", "args": {}, "format": "json"}
        return self.ask("POST /api/query", call)[1]["value"]


@pytest.fixture
def target(project: Path) -> Generator[Target]:
    deployment = LocalDeployment(project)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield Target(deployment)


def other_addresses() -> list[tuple[socket.AddressFamily, str]]:
    """Addresses under which other machines, or other names, would reach this one."""
    found = {(info[0], str(info[4][0])) for info in socket.getaddrinfo(socket.gethostname(), None)}
    found |= {(socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")}
    return [address for address in found if address[1] != "127.0.0.1"]


def test_it_listens_on_one_address_of_this_machine_only(target: Target) -> None:
    for url in (target.deployment.url, target.deployment.site_url):
        for family, address in other_addresses():
            with socket.socket(family) as caller, pytest.raises(OSError, match=r"refused|assign"):
                caller.connect((address, urlsplit(url).port))


def test_keys_that_are_wrong_truncated_or_longer_open_nothing(target: Target) -> None:
    key = target.deployment.admin_key
    wrong = [key[:-1], key[:10], key + "0", key.upper(), key.split("|")[1], "local|", "|", "a" * 8]

    for path in ADMIN_PATHS:
        for guess in wrong:
            status, said = target.ask(path, {}, {"Authorization": f"Convex {guess}"})

            assert status in (400, 401, 403), (path, guess, said)
            assert key not in json.dumps(said)
        assert target.ask(path, {})[0] == 403
    assert target.ask("GET /api/check_admin_key?adminKey=local%7C00")[0] == 401
    assert target.notes() == []


def test_foreign_hosts_and_origins_are_refused_even_with_the_key(target: Target) -> None:
    admin = {"Authorization": f"Convex {target.deployment.admin_key}"}

    for headers, code in (
        ({"Host": "evil.example"}, "ForbiddenHost"),
        ({"Host": "127.0.0.1.evil.example"}, "ForbiddenHost"),
        ({"Origin": "https://evil.example"}, "ForbiddenOrigin"),
        ({"Origin": "http://localhost.evil.example"}, "ForbiddenOrigin"),
        ({"Origin": "null"}, "ForbiddenOrigin"),
    ):
        status, said = target.ask("POST /_local/reset", {}, admin | headers)

        assert (status, said["code"]) == (403, code), headers


def test_bodies_of_17_mib_are_refused_one_after_the_other_and_at_once(target: Target) -> None:
    body = b'{"path":"notes:add","args":{"text":"' + b"x" * TOO_LARGE + b'"}}'
    for _ in range(3):
        status, said = target.ask("POST /api/mutation", body)
        assert (status, said["code"]) == (400, "BadJsonBody")
        assert "larger than the limit" in said["message"]

    with ExitStack() as stack:
        senders = [stack.enter_context(socket.create_connection(target.address)) for _ in range(8)]
        for sender in senders:
            head = (
                "POST /api/mutation HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n"
            )
            sender.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + b"x" * 65536)
        assert target.notes() == []
    assert target.notes() == []


def test_callers_that_never_finish_do_not_keep_others_waiting(target: Target) -> None:
    """Half a request line, half a head, half a body and silence, hundreds of times."""
    halves = (
        b"",
        b"GET /ver",
        b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nX-A",
        (
            b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
            b'Content-Type: application/json\r\n\r\n{"path":'
        ),
        b"GET /api/sync HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    )
    with ExitStack() as stack:
        for number in range(300):
            caller = stack.enter_context(socket.create_connection(target.address))
            caller.sendall(halves[number % len(halves)])

        for _ in range(20):
            assert target.notes() == []
        assert target.ask("GET /nothing")[0] == 404


def test_noise_is_answered_with_an_error_or_not_at_all(target: Target) -> None:
    for noise in (
        b"\x00" * 4096,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        (
            b"POST /api/query HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled"
        ),
    ):
        with socket.create_connection(target.address, timeout=20) as caller:
            caller.sendall(noise)
            caller.shutdown(socket.SHUT_WR)
            try:
                answer = caller.recv(65536)
            except ConnectionResetError:
                answer = b""

        assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), (
            noise[:40],
            answer,
        )
    assert target.notes() == []
