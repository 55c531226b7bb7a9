"""Clients that reconnect at once, so that tests of lost connections do not wait."""

from __future__ import annotations

import pytest

__all__ = ["hurry"]


def hurry(monkeypatch: pytest.MonkeyPatch, *, pause: float = 0.0, silence: float = 60.0) -> None:
    """Let clients reconnect after a pause, and give up a silent server, both in seconds."""

    def soon(_reason: str | None, _retries: int, _jitter: float) -> float:
        return pause

    monkeypatch.setattr("aioconvex._protocol.sync.state.reconnect_delay", soon)
    monkeypatch.setattr("aioconvex._sync.runner._SILENCE_SECONDS", silence)
    monkeypatch.setattr("aioconvex._sync.runner._LOOK_SECONDS", silence / 4)
