"""How many buffered chunks an activation takes: the rule of §4.7, written down once more."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aioconvex.mastra import MemoryConvex
from mastra.observations import chunk, latest, stored

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The rule is the deployment's: one event loop is enough."""
    return "asyncio"


def expected(tokens: list[int], pressure: dict[str, Any]) -> int:
    """The smallest prefix that reaches the target, unless it goes too far; else the largest below."""
    pending = pressure["current_pending_tokens"]
    floor = pressure["message_tokens_threshold"] * (1 - pressure["activation_ratio"])
    target = max(0.0, pending - floor)
    sums = dict(enumerate(accumulate(tokens), start=1))
    reaching = [count for count in sums if sums[count] >= target]
    below = [count for count in sums if 0 < sums[count] < target]

    def allowed(count: int) -> bool:
        return bool(pending - sums[count] >= min(1000, floor))

    # min and max give the first of several.
    over = min(reaching, key=sums.__getitem__, default=None)
    under = max(below, key=sums.__getitem__, default=None)
    if over is not None and allowed(over):
        near = sums[over] - target <= 0.95 * floor
        if near or pressure["force_max_activation"]:
            return over
    if under is not None and allowed(under):
        return under
    return over or 1


weights_ = st.lists(
    st.integers(0, 4000) | st.sampled_from([0, 500, 1000, 2000]), min_size=1, max_size=7
)
amounts = st.integers(0, 9000) | st.sampled_from([0, 1000, 4000, 6000.5, 60_000])
pressures = st.fixed_dictionaries(
    {
        "activation_ratio": st.sampled_from([0, 0.25, 0.5, 0.8, 0.95, 1]) | st.floats(0, 1),
        "message_tokens_threshold": amounts,
        "current_pending_tokens": amounts,
        "force_max_activation": st.booleans(),
    }
)


def half(tokens: float, *, pending: float | None = None, force: bool = False) -> dict[str, Any]:
    """Half of so many tokens shall be free."""
    return {
        "activation_ratio": 0.5,
        "message_tokens_threshold": tokens,
        "current_pending_tokens": tokens if pending is None else pending,
        "force_max_activation": force,
    }


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(weights=weights_, pressure=pressures)
@example(weights=[1000, 1500, 500], pressure=half(4000))
@example(weights=[29_000, 29_600], pressure=half(60_000))
@example(weights=[29_000, 29_600], pressure=half(60_000, force=True))
@example(weights=[1000, 2990, 1], pressure=half(4000, force=True))
@example(weights=[29_000, 29_500], pressure=half(60_000))  # over by 95 %, no more
@example(weights=[29_000, 29_501], pressure=half(60_000))
@example(weights=[1000, 2000], pressure=half(4000))  # 1000 remain, no fewer
@example(weights=[1000, 2001], pressure=half(4000))
@example(weights=[100, 400], pressure=half(1000))  # here 500 suffice
@example(weights=[100, 401], pressure=half(1000))
@example(weights=[0, 0], pressure=half(4000, pending=10))
@example(weights=[900, 800], pressure=half(4000))
async def test_4_7_the_boundary_is_that_of_the_rule(
    memory: MemoryConvex, weights: list[int], pressure: dict[str, Any]
) -> None:
    chunks = [chunk(f"c{n}", weight, token_count=n) for n, weight in enumerate(weights)]
    await stored(memory, buffered_observation_chunks=chunks, pending_message_tokens=5000)
    result = await memory.swap_buffered_to_active(id="r", **pressure)
    count = expected(weights, pressure)
    assert result.chunks_activated == count
    assert result.message_tokens_activated == sum(weights[:count])
    assert result.observation_tokens_activated == sum(range(count))
    record = await latest(memory)
    assert record.active_observations == result.observations
    assert record.buffered_observation_chunks == tuple(chunks[count:])
    assert record.pending_message_tokens == max(0, 5000 - sum(weights[:count]))
