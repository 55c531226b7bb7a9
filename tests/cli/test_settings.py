"""Options of `generate` from pyproject.toml and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from aioconvex._cli._generator import options_of
from aioconvex._cli._settings import Settings, admin_key
from aioconvex._environment import ADMIN_KEY_NAMES
from aioconvex.errors import ConfigurationError


def write(folder: Path, table: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[tool.aioconvex.generate]\n{table}\n")
    return folder


def test_the_nearest_pyproject_counts_and_its_paths_are_relative_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder below, paths lead back to where the file says, the usual one too."""
    below = write(tmp_path, 'project = "convex"\nout = "src/api"') / "src"
    below.mkdir()
    monkeypatch.chdir(below)

    settings = Settings.from_pyproject(Path.cwd())

    assert settings.project is not None
    assert settings.out is not None
    assert settings.schema is not None
    assert settings.schema.resolve() == tmp_path / "schema"
    assert settings.project.resolve() == tmp_path / "convex"
    assert settings.out.resolve() == tmp_path / "src" / "api"


def test_what_is_given_wins_and_a_given_source_replaces_the_configured_one(tmp_path: Path) -> None:
    """`--spec FILE` beside a configured `project` is one source, not two."""
    configured = Settings.from_pyproject(write(tmp_path, 'project = "convex"\nout = "api"'))

    settings = Settings(spec=Path("spec.json")).filled_from(configured)

    assert settings.spec == Path("spec.json")
    assert settings.project is None
    assert settings.out == configured.out


def test_no_pyproject_is_no_settings(tmp_path: Path) -> None:
    """Without a file everything is open."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    assert Settings.from_pyproject(tmp_path) == Settings()


@pytest.mark.parametrize(
    "text", ["tool = 5", "[tool]\naioconvex = 5", "[tool.aioconvex]\ngenerate = 5"]
)
def test_a_table_must_be_a_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)

    with pytest.raises(ConfigurationError, match=r"must be a table, as in \[tool\.aioconvex"):
        Settings.from_pyproject(tmp_path)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("projekt = 'convex'", "unknown keys: projekt"),
        ("out = 5", "out must be a string"),
        ("out = ''", "out must be a string"),
        ("out = ", "cannot be read"),
    ],
)
def test_a_malformed_table_says_what_is_wrong(tmp_path: Path, table: str, message: str) -> None:
    """A typo is an error, not an ignored option."""
    with pytest.raises(ConfigurationError, match=message):
        Settings.from_pyproject(write(tmp_path, table))


@pytest.fixture
def no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment nor the working folder has an admin key."""
    monkeypatch.chdir(tmp_path)
    for name in ADMIN_KEY_NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_key")
def test_two_sources_are_refused_before_a_key_is_looked_for() -> None:
    """The admin key of a deployment is not what is missing."""
    both = Settings(project=Path("convex"), deployment="https://x.convex.cloud", out=Path("api"))

    with pytest.raises(ConfigurationError, match="say where the functions are, once"):
        options_of(both)


@pytest.mark.usefixtures("no_key")
def test_the_admin_key_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first variable that is set counts, then `.env.local`; none is an error that lists them."""
    with pytest.raises(ConfigurationError, match="CONVEX_ADMIN_KEY, CONVEX_SELF_HOSTED_ADMIN_KEY"):
        admin_key()

    (tmp_path / ".env.local").write_text("CONVEX_SELF_HOSTED_ADMIN_KEY='self|2'\n")
    assert admin_key() == "self|2"
    monkeypatch.setenv("CONVEX_DEPLOY_KEY", "prod:x|1")
    assert admin_key() == "prod:x|1"
