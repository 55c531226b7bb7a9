"""Runs programs on the embedded deployment."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import httpx
from attrs import define

__all__ = ["Embedded"]

_REFERENCE: Final = re.compile(r'"#(\d+)\.(\d+)"')
_PATHS: Final = {"query": "database:read", "mutation": "database:change"}


@define
class Embedded:
    """A deployment that serves tests/conformance/convex."""

    http: httpx.Client

    def run(self, program: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The results of its transactions on empty tables, or their errors."""
        self.http.post("/_local/reset").raise_for_status()
        done: list[dict[str, Any]] = []
        for transaction in program:
            done.append(self._run(transaction, done))
        return done

    def _run(self, transaction: dict[str, Any], done: list[dict[str, Any]]) -> dict[str, Any]:
        call = {
            "path": _PATHS[transaction["kind"]],
            "args": {"steps": _filled(transaction["steps"], done)},
            "format": "convex_encoded_json",
        }
        reply = self.http.post(f"/api/{transaction['kind']}", json=call)
        reply.raise_for_status()
        answer = reply.json()
        if answer["status"] == "error":
            return {"error": answer["errorMessage"]}
        return {"results": answer["value"]}


def _filled(steps: Any, done: list[dict[str, Any]]) -> Any:
    def replaced(reference: re.Match[str]) -> str:
        results = done[int(reference[1])].get("results")
        result = "nobody" if results is None else results[int(reference[2])]
        return json.dumps(result["continueCursor"] if isinstance(result, dict) else result)

    return json.loads(_REFERENCE.sub(replaced, json.dumps(steps)))
