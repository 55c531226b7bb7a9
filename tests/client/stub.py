"""A deployment that misbehaves as told, in a process of its own; started by `conftest.py`.

Each request belongs to a *case*: the module of its function path, the last part of its URL, or its
upload token. A case has *steps*, one for each of its requests; the last one is used for ever.

    status, body, headers   what is answered; the body is JSON, or text sent as it is
    ran                     whether the function runs first (by default with status 200)
    drop                    where the connection breaks: after `read` (the request), in the reply's
                            `head`, in its `body`, or at its `end` (half a body without a length);
                            `garbage` is sent instead of a reply
    tokens                  `Authorization` headers to accept; others get 401 `TokenExpired`
    hold                    never answer; wait until the client hangs up
    close                   close the connection after the reply, without having said so

The case `unread` takes any request, and breaks its connection once its head has come.

A second port is the other origin, and takes orders: `PUT /_stub/<case>` with steps, `GET` for what
has come, `POST /_stub/refuse/<n>` to close the next connections at once.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections import defaultdict
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Head = tuple[str, str, dict[str, str]]


class Case:
    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.runs = 0


cases: defaultdict[str, Case] = defaultdict(Case)
EXPIRED: dict[str, Any] = {"status": 401, "body": {"code": "TokenExpired", "message": "Expired."}}
state = {"connections": 0, "refuse": 0}


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    first = await reader.read(1)
    if first in {b"", b"\x16"}:  # the end, or somebody who wants to speak TLS
        return None
    lines = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    return method, target, {name.lower(): value for name, value in headers.items()}


async def read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def case_of(target: str, body: bytes) -> str:
    url = urlsplit(target)
    if url.path.startswith("/api/storage/upload"):
        return parse_qs(url.query)["token"][0]
    if url.path in {"/api/query_ts", "/api/query_batch"}:
        return url.path.removeprefix("/api/")
    if url.path.startswith("/api/") and not url.path.startswith("/api/storage/"):
        return str(json.loads(body)["path"]).partition(":")[0]
    return unquote(url.path).rpartition("/")[2]


def reply(step: dict[str, Any]) -> tuple[bytes, bytes]:
    body = step.get("body", {"status": "success", "value": 1.0})
    content = body.encode("latin-1") if isinstance(body, str) else json.dumps(body).encode()
    headers: dict[str, Any] = dict(step.get("headers", {}))
    if headers.get("Content-Encoding") == "gzip":
        content = gzip.compress(content)
    if step.get("drop") != "end":
        headers["Content-Length"] = len(content)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {step.get('status', 200)} Told\r\n{lines}\r\n".encode(), content


async def answer(
    head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, origin: str
) -> bool:
    """Follow the case's next step; False ends the connection."""
    method, target, headers = head
    if cases["unread"].steps and cases["unread"].steps.pop():
        writer.transport.abort()
        return False
    body = await read_body(reader, headers)
    case = cases[case_of(target, body)]
    step = case.steps[min(len(case.requests), len(case.steps) - 1)] if case.steps else {}
    case.requests.append(
        {"method": method, "target": target, "headers": headers, "body": body.decode("latin-1"),
         "origin": origin}
    )  # fmt: skip
    if headers.get("authorization") not in step.get("tokens", [headers.get("authorization")]):
        step = EXPIRED
    drop = step.get("drop")
    case.runs += bool(step.get("ran", step.get("status", 200) == 200))
    if step.get("hold"):
        await reader.read(1)
        return False
    if drop == "read":
        return False
    top, content = reply(step)
    if drop == "garbage":
        writer.write(b"220 smtp.example ESMTP\r\n\r\n")
    elif drop == "head":
        writer.write(top[: len(top) // 2])
    elif drop in {"body", "end"}:
        writer.write(top + content[: len(content) // 2])
    else:
        writer.write(top + content)
    await writer.drain()
    return drop is None and not step.get("close")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if state["refuse"]:
        state["refuse"] -= 1
        writer.transport.abort()
        return
    state["connections"] += 1
    try:
        while (head := await read_head(reader)) and await answer(head, reader, writer, "main"):
            pass
    except (OSError, asyncio.IncompleteReadError):
        pass  # the client may hang up whenever it likes
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        state["connections"] -= 1


async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one request of the other origin: an order, or one that should not have come."""
    head = await read_head(reader)
    if head is None:
        return
    method, target, headers = head
    if not target.startswith("/_stub/"):
        await answer(head, reader, writer, "other")
        writer.close()
        return
    body = await read_body(reader, headers)
    name = target.removeprefix("/_stub/")
    told: Any = None
    if method == "PUT":
        cases[name] = Case()
        cases[name].steps = json.loads(body)
    elif method == "POST":
        state["refuse"] = int(name.removeprefix("refuse/"))
    elif name == "connections":
        told = state["connections"]
    else:
        told = {"runs": cases[name].runs, "requests": cases[name].requests}
    top, content = reply({"body": {"told": told}, "headers": {"Connection": "close"}})
    writer.write(top + content)
    await writer.drain()
    writer.close()


async def main() -> None:
    first = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**26, backlog=4096)
    second = await asyncio.start_server(obey, "127.0.0.1", 0, limit=2**26)
    urls = [f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in (first, second)]
    print(json.dumps(urls), flush=True)  # noqa: T201  # what the parent waits for
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
