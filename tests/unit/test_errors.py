"""The error tree."""

from __future__ import annotations

import pickle
import re

import pytest

from aioconvex import errors

INSTANCES = [
    errors.ConfigurationError("m"),
    errors.ArgumentError("$.a", "r"),
    errors.FunctionError("a:b", "m", ["l"]),
    errors.ApplicationError("a:b", "m", ["l"], {"code": 1.0}),
    errors.ArgumentValidationError("a:b", "m"),
    errors.ReturnsValidationError("a:b", "m"),
    errors.FunctionNotFoundError("a:b", "m"),
    errors.DeploymentError("a:b", 400, "Code", "m"),
    errors.AuthenticationError("a:b", 401, "", ""),
    errors.PermissionDeniedError("a:b", 403, "Code", "m"),
    errors.RateLimitedError("a:b", 429, "Code", "m"),
    errors.OverloadedError("a:b", 503, "Code", "m"),
    errors.ConvexConnectionError("a:b", "r"),
    errors.ConvexTimeoutError("a:b", "r"),
    errors.OutcomeUnknown("a:b", "r"),
    errors.MutationOutcomeUnknown("a:b", "r"),
    errors.ActionOutcomeUnknown("a:b", "r"),
    errors.ProtocolError("a:b", "r"),
    errors.SlowReaderError("a:b", 3),
    errors.DecodeError("a:b", ["r @ $"]),
    errors.LocalDeploymentError("BundleFailed", "m"),
]


@pytest.mark.parametrize("error", INSTANCES, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling(error: errors.ConvexError) -> None:
    """An error crosses a process boundary with its text and attributes."""
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert repr(copy) == repr(error)


def test_every_error_is_in_the_drawn_tree_and_exported() -> None:
    """The tree at the top of the module lists exactly the public classes."""
    drawn = re.findall(r"^[│├└─ ]*([A-Z]\w+(?:Error|Unknown))", errors.__doc__ or "", re.MULTILINE)

    assert sorted(drawn) == sorted(errors.__all__)
    assert {type(error).__name__ for error in INSTANCES} | {"ConvexError"} == set(errors.__all__)


def test_errors_derive_from_the_builtin_a_reader_would_guess() -> None:
    """`except TimeoutError`, `ConnectionError`, `TypeError`, `ValueError` work."""
    assert issubclass(errors.ConvexTimeoutError, TimeoutError)
    assert issubclass(errors.ConvexConnectionError, ConnectionError)
    assert issubclass(errors.ArgumentError, TypeError)
    assert issubclass(errors.ConfigurationError, ValueError)
    assert issubclass(errors.DecodeError, ValueError)
