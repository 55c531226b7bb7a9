"""What the tests of the deployed functions share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from functions.mastra import Mastra

if TYPE_CHECKING:
    from aioconvex import ConvexClient


@pytest.fixture
def mastra(convex: ConvexClient) -> Mastra:
    """Mastra's functions on an empty deployment."""
    return Mastra(convex)
