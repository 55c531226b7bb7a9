"""A deployment of which only the HTTP face exists: it records calls and answers as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple, TypeAlias

from aioconvex.values import encode_value

__all__ = ["Answering", "Asked", "answering", "success"]


class Asked(NamedTuple):
    """A call as it came over the wire."""

    kind: str
    path: str
    args: Any


Reply: TypeAlias = tuple[int, bytes]


class Answering:
    """What the server was asked, and how it answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.keys: list[str] = []
        self.reply: Callable[[str], Reply] = lambda _path: success(None)

    def answer(self, value: object) -> None:
        """Answer every call with this Convex value."""
        self.reply = lambda _path: success(encode_value(value))


def success(value: object) -> Reply:
    """The reply to a call that succeeded; the value is JSON already."""
    reply = {"status": "success", "value": value, "logLines": []}
    return 200, json.dumps(reply).encode()


@contextmanager
def answering() -> Iterator[Answering]:
    """Serve on a free port of this machine until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append(Asked(self.path.rpartition("/")[2], call["path"], call["args"]))
            state.keys.append(self.headers.get("Authorization", ""))
            status, body = state.reply(call["path"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base names it
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state = Answering(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        server.shutdown()
        thread.join()
