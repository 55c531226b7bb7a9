"""Deployment URLs."""

from __future__ import annotations

import pytest

from aioconvex._protocol.url import deployment_url
from aioconvex.errors import ConfigurationError


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://happy-animal-123.convex.cloud", "https://happy-animal-123.convex.cloud"),
        (" https://happy-animal-123.convex.cloud// ", "https://happy-animal-123.convex.cloud"),
        ("http://127.0.0.1:3210/", "http://127.0.0.1:3210"),
        ("http://localhost:3210", "http://localhost:3210"),
        ("http://[::1]:3210", "http://[::1]:3210"),
        ("HTTPS://EXAMPLE.com:8443", "https://example.com:8443"),
    ],
)
def test_is_cut_to_its_origin(given: str, origin: str) -> None:
    """White space and trailing slashes go, the port stays."""
    assert deployment_url(given) == origin


@pytest.mark.parametrize(
    "given",
    [
        "",
        "happy-animal-123.convex.cloud",
        "ftp://example.com",
        "https://",
        "https://example.com:port",
        "https://example.com/api",
        "https://example.com?adminKey=x",
        "https://example.com#x",
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
    ],
)
def test_refuses_what_is_no_safe_origin(given: str) -> None:
    """Anything but an origin, and plain http to another machine, is refused."""
    with pytest.raises(ConfigurationError):
        deployment_url(given)


def test_credentials_in_a_url_are_refused_and_not_shown() -> None:
    """A URL with credentials is an error that does not repeat them."""
    with pytest.raises(ConfigurationError) as caught:
        deployment_url("https://user:hunter2@example.com")

    assert "hunter2" not in str(caught.value)
