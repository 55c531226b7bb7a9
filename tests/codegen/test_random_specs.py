"""Random specs: whatever validators and names, the bindings compile, import, check and lose nothing."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aioconvex import ConvexClient
from aioconvex.values import encode_value
from aioconvex_codegen.package import package_modules
from aioconvex_codegen.reading import read_spec
from aioconvex_codegen.recognition import paging_of, returns_count
from aioconvex_codegen.snapshot import Snapshot
from codegen.answering import Answering, answering
from codegen.exchanges import endpoints, given_back, sent_for, wire_text
from codegen.strategies import documents, hostile_fields, validators, values_of
from codegen.validators import JSON, array, func, kind, obj, obj_of, opt, table

HEADER: Final = "# Generated from schema/function_spec.json by aioconvex generate. Do not edit."
MODULES: Final = st.sampled_from(
    [
        "users",
        "class",
        "2fa",
        "lambda/async",
        "foo",
        "foo/f",
        "models",
        "functions",
        "typing",
        "a.b",
        "_x",
        "Users",
        "u_sers",
        "internal",
        "api",
        "aioconvex",
        "self",
        "foo/f/g",
    ]
)
EXPORTS: Final = st.sampled_from(
    [
        "f",
        "class",
        "None",
        "self",
        "print",
        "__init__",
        "import",
        "getUser",
        "get_user",
        "x1",
        "X1",
        "str",
        "Any",
        "Users",
        "default",
        "_caller",
        "__call__",
        "list",
        "query",
        "later",
        "Page",
    ]
)
TABLES: Final = st.sampled_from(
    ["users", "Users", "user_s", "class", "HTTPLogs2", "Any", "UsersId", "NewUsers", "f", "Page"]
)
RETURNED: Final = st.none() | validators | st.builds(array, validators)
ARGUMENTS: Final = hostile_fields(validators | validators.map(opt))
FUNCTIONS: Final = st.dictionaries(
    st.tuples(MODULES, EXPORTS), st.tuples(ARGUMENTS, RETURNED), min_size=1, max_size=5
)
numbers: Final = count()


def package(folder: Path, functions: list[JSON], tables: list[JSON]) -> str:
    """Write the bindings of a spec; gives the name under which they can be imported."""
    name = f"random_{next(numbers)}"
    spec = read_spec(Snapshot.of(functions, {"tables": tables}))
    for path, source in package_modules(spec, HEADER).items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        compile(source, str(file), "exec")
        file.write_text(source, encoding="utf-8")
    return name


def spec_of(
    functions: dict[tuple[str, str], tuple[JSON, JSON | None]], tables: dict[str, JSON]
) -> tuple[list[JSON], list[JSON]]:
    listed = [
        func(f"{module}.js:{name}", args, returns)
        for (module, name), (args, returns) in functions.items()
    ]
    return listed, [table(name, document) for name, document in tables.items()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("random")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def deployment() -> Iterator[Answering]:
    with answering() as running:
        yield running


QUICK: Final = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@QUICK
@given(FUNCTIONS, st.dictionaries(TABLES, documents, max_size=3), st.data())
def test_every_function_keeps_every_value(
    folder: Path,
    deployment: Answering,
    functions: dict[tuple[str, str], tuple[JSON, JSON | None]],
    tables: dict[str, JSON],
    data: st.DataObject,
) -> None:
    """Each function of a random package is there, and sends and receives what validators admit."""
    listed, stored = spec_of(functions, tables)
    bindings = importlib.import_module(package(folder, listed, stored))
    spec = read_spec(Snapshot.of(listed, {"tables": stored}))
    special = {item.path for item in spec.functions if paging_of(item) or returns_count(item)}
    by_path = {path_of(item): item for item in listed}

    found = {item.path: item for item in endpoints(bindings.Api(None))}
    assert found.keys() == by_path.keys()
    for path in sorted(found.keys() - special):
        function = by_path[path]
        if admits_nothing(function["args"]) or admits_nothing(function["returns"]):
            continue
        args = data.draw(values_of(function["args"]), label=path)
        result = data.draw(values_of(function["returns"])) if function["returns"] else None
        anyio.run(exchange, bindings, deployment, path, args, result)


async def exchange(
    bindings: Any, deployment: Answering, path: str, args: dict[str, Any], result: Any
) -> None:
    deployment.answer(result)
    async with ConvexClient(deployment.url) as client:
        endpoint = next(item for item in endpoints(bindings.Api(client)) if item.path == path)
        await sent_for(endpoint, args)
        assert wire_text(given_back(endpoint, result)) == wire_text(encode_value(result))
    assert deployment.asked[-1].path == path
    assert wire_text(deployment.asked[-1].args) == wire_text(encode_value(args))


def path_of(function: JSON) -> str:
    module, _, name = function["identifier"].partition(":")
    stem = module.removesuffix(".js")
    return f"{module if '.' in stem.rpartition('/')[2] else stem}:{name}"


def admits_nothing(validator: JSON | None) -> bool:
    """Tell a validator with an empty union where a value must be."""
    match validator:
        case {"type": "union", "value": arms}:
            return all(map(admits_nothing, arms)) or any(map(admits_nothing, arms))
        case {"type": "array", "value": item}:
            return admits_nothing(item)
        case {"type": "object", "value": fields}:
            return any(admits_nothing(item["fieldType"]) for item in fields.values())
        case {"type": "record", "values": values}:
            return admits_nothing(values["fieldType"])
        case _:
            return False


def test_type_checkers_are_content_with_a_sample(tmp_path: Path) -> None:
    """A dozen random packages under mypy and pyright, both strict."""

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(FUNCTIONS, st.dictionaries(TABLES, documents, max_size=3))
    def sample(
        functions: dict[tuple[str, str], tuple[JSON, JSON | None]], tables: dict[str, JSON]
    ) -> None:
        package(tmp_path, *spec_of(functions, tables))

    sample()
    package(tmp_path, [func("a.js:f", obj(x=obj_of({"self": kind("string")})))], [])
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    for checker in (
        ["mypy", "--strict", "--no-incremental", "."],
        ["pyright", "--pythonpath", sys.executable, "-p", "."],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *checker],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
