"""The deployment that conformance scenarios are played on."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from aioconvex.local.pytest_plugin import serving
from conformance.stage import Stage

PROJECT = Path(__file__).parent / "convex"


@pytest.fixture(scope="session")
def stage(pytestconfig: pytest.Config) -> Generator[Stage]:
    """The embedded deployment with the functions of convex/, or the one of `--convex-url`."""
    with (
        serving(pytestconfig, PROJECT) as deployment,
        Stage(deployment.url, deployment.admin_key) as stage,
    ):
        yield stage
