"""What Convex promises, scenario by scenario, on the embedded deployment or on any other.

`pytest tests/conformance --convex-url URL --convex-admin-key-env NAME` plays them on a deployment
that serves tests/conformance/convex (`npx convex deploy` from there), does not redact errors, and
whose tables `things`, `people` and `shapes` may be emptied.
"""

from __future__ import annotations

import pytest

from conformance.form import Scenario
from conformance.scenarios import (
    deviations,
    failures,
    filters,
    http,
    identity,
    ids,
    indexes,
    limits,
    live,
    pages,
    schema,
    sessions,
    snapshots,
    transactions,
    validators,
    values,
)
from conformance.stage import Stage

GROUPS = (
    values,
    indexes,
    filters,
    pages,
    schema,
    validators,
    failures,
    transactions,
    ids,
    identity,
    snapshots,
    live,
    sessions,
    limits,
    http,
    deviations,
)
SCENARIOS = [scenario for group in GROUPS for scenario in group.SCENARIOS]


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """The scenario, which must fail where the embedded deployment is known to deviate."""
    scenario: Scenario = request.param
    is_embedded = request.config.getoption("convex_url") is None
    if scenario.deviation is not None and is_embedded:
        request.applymarker(pytest.mark.xfail(reason=scenario.deviation, strict=True))
    return scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name, indirect=True)
def test_conformance(stage: Stage, scenario: Scenario) -> None:
    """Plays the scenario's steps."""
    stage.play(scenario)


def test_scenarios_have_names_of_their_own() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS) >= 150
