"""An app with all the hard cases: every function has bindings that are typed and lossless."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import anyio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from aioconvex import ConvexClient
from aioconvex.local import LocalDeployment
from aioconvex.values import encode_value
from aioconvex_codegen import Deployment, GenerateOptions, Project, Source, SpecFile, generate
from aioconvex_codegen.jsontext import parse
from codegen.answering import Answering, answering
from codegen.cases import files_in
from codegen.exchanges import Endpoint, endpoints, given_back, sent_for, wire_text
from codegen.strategies import values_of
from codegen.validators import JSON

APP: Final = Path(__file__).parent / "projects" / "app"


USES: Final = '''
"""What type checkers must infer; never run."""

from typing import assert_type

from aioconvex import ConvexClient, Page

from .bindings import Api
from .bindings.models import (
    Events, NewEvents, NewUsers, OrdersId, ProductsId, StorageId, Users, UsersId
)


async def uses(client: ConvexClient, user: NewUsers, event: NewEvents, events: Events) -> None:
    """Each line is a promise."""
    api = Api(client)
    assert_type(await api.foo.bar(), None)
    assert_type(await api.foo.bar.baz(), None)
    added = await api.users.add(user=user)
    assert_type(added, UsersId)
    assert_type(await api.users.get(id=added), Users | None)
    assert_type(await api.users.page(), Page[Users])
    assert_type(await api.products.stock(), dict[ProductsId, int])
    assert_type(user.avatar, StorageId | None)
    assert_type(await api.kinds.flag(value=True), bool)
    await api.events.record(event=event)
    outcome = await api.orders.outcome(id=OrdersId("o"))
    if outcome.ok is True:
        assert_type(outcome.order.user, UsersId)
    else:
        assert_type(outcome.error, str)
    match events.type:
        case "login":
            pass
        case "view":
            pass
'''


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app's snapshot and bindings, importable as `generated_app.bindings`."""
    folder = tmp_path_factory.mktemp("app") / "generated_app"
    anyio.run(write, folder, Project(APP))
    (folder / "__init__.py").touch()
    (folder / "uses.py").write_text(USES.lstrip())
    return folder


@pytest.fixture(scope="module")
def bindings(generated: Path) -> Iterator[ModuleType]:
    sys.path.insert(0, str(generated.parent))
    yield importlib.import_module("generated_app.bindings")
    sys.path.remove(str(generated.parent))


@pytest.fixture(scope="module")
def deployment() -> Iterator[Answering]:
    with answering() as running:
        yield running


async def write(folder: Path, source: Source) -> None:
    report = await generate(
        GenerateOptions(source=source, schema=folder / "schema", out=folder / "bindings")
    )
    assert report.skipped == ()
    assert report.functions >= 60


@pytest.mark.anyio
async def test_three_sources_give_the_same_bytes(generated: Path, tmp_path: Path) -> None:
    """Also where fields, literals and tables come in another order and form."""
    async with LocalDeployment(APP / "convex") as running:
        source = Deployment(running.url, running.admin_key)
        await write(tmp_path / "deployment" / "generated_app", source)
    saved = SpecFile(generated / "schema" / "function_spec.json")
    await write(tmp_path / "file" / "generated_app", saved)

    wanted = files_in(generated / "bindings") | files_in(generated / "schema")
    for source_name in ("deployment", "file"):
        folder = tmp_path / source_name / "generated_app"
        assert files_in(folder / "bindings") | files_in(folder / "schema") == wanted


@pytest.mark.parametrize(
    "checker",
    [
        pytest.param(["mypy", "--strict", "--no-incremental", "."], id="mypy"),
        pytest.param(["pyright", "--pythonpath", sys.executable, "-p", "."], id="pyright"),
    ],
)
def test_type_checkers_are_content(checker: list[str], generated: Path) -> None:
    """Strict, without plugins."""
    config = '{"typeCheckingMode": "strict"}'
    (generated.parent / "pyrightconfig.json").write_text(config)
    done = subprocess.run(
        [sys.executable, "-m", *checker],
        cwd=generated.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_public_function_has_its_place(generated: Path, bindings: ModuleType) -> None:
    """Nothing lost, nothing invented."""
    listed = {path_of(item) for item in spec_of(generated) if is_public(item)}

    assert {found.path for found in endpoints(bindings.Api(None))} == listed


def test_arguments_and_results_keep_every_value(
    generated: Path, bindings: ModuleType, deployment: Answering
) -> None:
    """What the validators admit is sent and received unchanged, for each function."""
    for function in filter(is_public, spec_of(generated)):
        if path_of(function) not in SPECIAL and function["returns"] != NEVER:
            exchange(function, bindings, deployment)


# Pages and counts have classes of their own, which test_round_trip.py tries.
SPECIAL: Final = {"users:count", "users:page", "users:pageUndeclared", "orders:page"}
NEVER: Final = {"type": "union", "value": []}


def exchange(function: JSON, bindings: ModuleType, deployment: Answering) -> None:
    """Call a function with a few arguments and results, and compare both with the wire."""
    path, returns = path_of(function), function["returns"]
    takes_any = function["args"]["type"] != "object"

    async def call(args: dict[str, Any], result: Any) -> None:
        deployment.answer(result)
        async with ConvexClient(deployment.url) as client:
            found = find(bindings.Api(client), path)
            await sent_for(found, args)
            assert wire_text(given_back(found, result)) == wire_text(encode_value(result))
        assert deployment.asked[-1].path == path
        assert wire_text(deployment.asked[-1].args) == wire_text(encode_value(args))

    @settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
    @given(
        st.just({}) if takes_any else values_of(function["args"]),
        values_of(returns) if returns else st.none(),
    )
    def each(args: dict[str, Any], result: Any) -> None:
        anyio.run(call, args, result)

    each()


def find(api: Any, path: str) -> Endpoint:
    return next(found for found in endpoints(api) if found.path == path)


def spec_of(generated: Path) -> list[JSON]:
    text = (generated / "schema" / "function_spec.json").read_bytes()
    functions: list[JSON] = parse(text, "spec")["functions"]
    return functions


def path_of(function: JSON) -> str:
    return str(function.get("identifier", "")).replace(".js:", ":")


def is_public(function: JSON) -> bool:
    return function.get("visibility") == {"kind": "public"}


@pytest.mark.anyio
async def test_a_function_and_a_folder_of_one_name_are_both_there(
    bindings: ModuleType, deployment: Answering
) -> None:
    """`foo.ts` exports `bar` beside `foo/bar.ts`: the namespace is callable."""
    deployment.answer(None)
    async with ConvexClient(deployment.url) as client:
        foo = bindings.Api(client).foo
        await foo.bar()
        await foo.bar.baz()
        await foo.bar.default()

    paths = [asked.path for asked in deployment.asked[-3:]]
    assert paths == ["foo:bar", "foo/bar:baz", "foo/bar:default"]
