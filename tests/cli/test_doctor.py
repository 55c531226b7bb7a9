"""`aioconvex doctor` says what is there, what is wrong and what to do, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal

from aioconvex.local import LocalDeployment
from cli.command import aioconvex

REPOSITORY = Path(__file__).parents[2]
OWN_VERSIONS = REPOSITORY / "src" / "aioconvex" / "local" / "vendor" / "versions.json"
NOTES = """
import { queryGeneric } from "convex/server";
import { v } from "convex/values";
export const all = queryGeneric({ args: {}, returns: v.null(), handler: async () => null });
"""
NAMES = (
    "CONVEX_URL",
    "CONVEX_SELF_HOSTED_URL",
    "CONVEX_AUTH_TOKEN",
    "CONVEX_ADMIN_KEY",
    "CONVEX_SELF_HOSTED_ADMIN_KEY",
    "CONVEX_DEPLOY_KEY",
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository with functions, and bindings configured but not generated."""
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "notes.ts").write_text(NOTES)
    (tmp_path / "node_modules").symlink_to(REPOSITORY / "node_modules")
    settings = '[tool.aioconvex.generate]\nproject = "convex"\nout = "api"\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    return tmp_path


@pytest.fixture
def deployment(app: Path) -> Generator[LocalDeployment]:
    deployment = LocalDeployment(app / "convex")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(deployment):
        yield deployment


def doctor(folder: Path, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Its exit code, and its findings by what they are about."""
    done = aioconvex(folder, "doctor", "--json", **variables)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {event["check"]: event for event in events if "check" in event}


def states(findings: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {check: finding["state"] for check, finding in findings.items()}


def shown(done: CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_everything_is_fine(app: Path, deployment: LocalDeployment) -> None:
    assert aioconvex(app, "generate").returncode == 0
    variables = {"CONVEX_URL": deployment.url, "CONVEX_ADMIN_KEY": deployment.admin_key}

    told = aioconvex(app, "doctor", **variables)
    code, findings = doctor(app, **variables)

    assert (told.returncode, code) == (0, 0)
    assert set(states(findings).values()) == {"ok"}
    assert findings["environment"]["message"] == "CONVEX_URL, CONVEX_ADMIN_KEY"
    assert told.stdout.endswith("\nNothing to do.\n")


def test_secrets_and_addresses_are_never_printed(app: Path, deployment: LocalDeployment) -> None:
    variables = {"CONVEX_URL": deployment.url, "CONVEX_DEPLOY_KEY": deployment.admin_key}
    (app / ".env.local").write_text("CONVEX_AUTH_TOKEN=ey.secret.token\n")

    told = shown(aioconvex(app, "doctor", **variables))
    as_json = shown(aioconvex(app, "doctor", "--json", **variables))

    for secret in (deployment.admin_key, deployment.url, "ey.secret.token"):
        assert secret not in told + as_json
    assert "CONVEX_AUTH_TOKEN (.env.local)" in told


def test_bindings_that_are_missing_or_out_of_date(app: Path) -> None:
    assert doctor(app)[1]["bindings"]["message"] == "api is missing"
    assert aioconvex(app, "generate").returncode == 0
    (app / "convex" / "more.ts").write_text(NOTES)

    code, findings = doctor(app)

    assert code == 1
    assert findings["bindings"]["state"] == "problem"
    assert findings["bindings"]["next"] == "Run `aioconvex generate`."
    assert not (app / "api" / "more.py").exists()


def test_a_wrong_and_a_truncated_key(app: Path, deployment: LocalDeployment) -> None:
    for key in ("local|0123456789abcdef", deployment.admin_key[:-1]):
        code, findings = doctor(app, CONVEX_URL=deployment.url, CONVEX_ADMIN_KEY=key)

        assert code == 1
        assert findings["deployment"]["state"] == "ok"
        assert findings["admin key"]["state"] == "problem"
        assert "CONVEX_ADMIN_KEY" in findings["admin key"]["next"]


def test_a_deployment_that_does_not_answer(app: Path) -> None:
    code, findings = doctor(app, CONVEX_URL="http://127.0.0.1:9", CONVEX_ADMIN_KEY="local|0")

    assert code == 1
    assert findings["deployment"]["message"] == "that of CONVEX_URL does not answer (ConnectError)"
    assert "admin key" not in findings


def test_a_key_is_not_sent_in_clear_text(app: Path) -> None:
    code, findings = doctor(app, CONVEX_URL="http://convex.example", CONVEX_ADMIN_KEY="local|0")

    assert code == 1
    assert "neither an https URL nor one of this machine" in findings["deployment"]["message"]


def test_an_address_that_is_no_deployment(app: Path, deployment: LocalDeployment) -> None:
    code, findings = doctor(app, CONVEX_URL=deployment.site_url)

    assert code == 1
    assert "no Convex deployment" in findings["deployment"]["message"]


def test_npm_convex_missing_old_and_new(app: Path) -> None:
    (app / "node_modules").unlink()
    missing = doctor(app)[1]["npm convex"]
    package = app / "node_modules" / "convex" / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"version": "1.41.9"}')
    old = doctor(app)[1]["npm convex"]
    package.write_text('{"version": "2.0.0-alpha.1"}')
    new = doctor(app)[1]["npm convex"]
    package.write_text("no JSON")
    broken = doctor(app)[1]["npm convex"]

    own = json.loads(OWN_VERSIONS.read_text())["convex"]
    assert missing["state"] == "ok"
    assert missing["message"].startswith(f"{own}, which comes with aioconvex: ")
    assert old["state"] == "problem"
    assert "1.41.9 is older than 1.42" in old["message"]
    assert (new["state"], new["message"]) == ("note", "2.0.0-alpha.1; tested up to 1.49")
    assert broken["state"] == "problem"


def test_npm_packages_that_were_never_installed(app: Path) -> None:
    """As after `git clone`: the functions need them, and the copy in the wheel has only two."""
    (app / "node_modules").unlink()
    (app / "package.json").write_text('{"dependencies": {"convex": "^1.48.0", "zod": "4"}}')

    code, findings = doctor(app)

    assert code == 1
    assert findings["npm convex"]["state"] == "problem"
    assert findings["npm convex"]["next"] == "Run `npm install`."


def test_no_node(app: Path, tmp_path: Path) -> None:
    code, findings = doctor(app, AIOCONVEX_NODE=str(tmp_path / "nothing"))

    assert code == 1
    assert findings["Node"]["state"] == "problem"
    assert "AIOCONVEX_NODE" in findings["Node"]["message"]


def test_an_empty_folder_is_told_how_to_begin(tmp_path: Path) -> None:
    done = aioconvex(tmp_path, "doctor")

    assert done.returncode == 0
    assert "note     project: no folder" in done.stdout
    assert "- Set CONVEX_URL to reach a deployment; `aioconvex dev` starts one." in done.stdout
    assert "aioconvex generate --help" in done.stdout


def test_a_project_that_is_configured_but_gone(app: Path) -> None:
    (app / "convex" / "notes.ts").unlink()
    (app / "convex").rmdir()

    code, findings = doctor(app)

    assert code == 1
    assert findings["project"]["state"] == "problem"
    assert findings["bindings"]["state"] == "problem"
