"""Random programs do on the embedded deployment what they do on npm convex-test."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex.local import LocalDeployment
from aioconvex.local._node import find_node
from differential.compare import KNOWN, differences
from differential.embedded import Embedded
from differential.programs import program

HERE = Path(__file__).parent
PROJECT = HERE.parent / "conformance" / "convex"
PROGRAMS = [program(seed) for seed in range(520)]


@pytest.fixture
def embedded() -> Generator[Embedded]:
    """The embedded deployment."""
    deployment = LocalDeployment(PROJECT)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(deployment),
        httpx.Client(
            base_url=deployment.url,
            headers={"Authorization": f"Convex {deployment.admin_key}"},
            timeout=60,
            trust_env=False,
        ) as http,
    ):
        yield Embedded(http)


def run_on_convex_test(programs: list[Any]) -> list[list[dict[str, Any]]]:
    node = anyio.run(find_node)
    flags = ["--experimental-strip-types", "--no-warnings"]
    done = subprocess.run(
        [node, *flags, HERE / "convex_test.mjs"],
        input=json.dumps(programs).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    answers: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return answers


def test_programs_do_the_same_on_convex_test(embedded: Embedded) -> None:
    """All differences are known ones, and each known one still occurs."""
    theirs = run_on_convex_test(PROGRAMS)
    met: Counter[str] = Counter()
    unknown: list[str] = []
    for seed, (steps, answers) in enumerate(zip(PROGRAMS, theirs, strict=True)):
        for difference in differences(steps, embedded.run(steps), answers):
            if difference.known is None:
                step = steps[difference.transaction]["steps"]
                unknown.append(f"program {seed}: {difference}\n  {step}")
            else:
                met[difference.known] += 1

    assert not unknown, "\n".join(unknown)
    assert met.keys() == KNOWN.keys()
