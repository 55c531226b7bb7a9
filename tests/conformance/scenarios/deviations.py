"""What real Convex does and the embedded deployment, for a known reason, does not."""

from __future__ import annotations

from typing import Final

from conformance.form import Call, Scenario

__all__ = ["SCENARIOS"]

SCENARIOS: Final = [
    Scenario(
        "functions: what a module remembers does not outlive a call",
        "docs.convex.dev/functions/query-functions (queries are deterministic)",
        [
            Call(kind="query", path="calls:callsSoFar", args={"salt": salt}, returns=[salt, 1.0])
            for salt in (1.0, 2.0, 3.0)
        ],
        deviation="modules are loaded once for each version of the code",
    ),
]
