"""Generated bindings at work: what a validator admits comes in and goes out unchanged."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aioconvex import UNSET, ConvexClient, Count
from aioconvex.values import encode_value
from aioconvex_codegen.jsontext import parse
from aioconvex_codegen.names import member_names
from codegen.answering import Answering, answering
from codegen.cases import CASES, expected
from codegen.strategies import values_of
from codegen.validators import JSON

FUNCTIONS: Final[list[JSON]] = parse(
    (expected("everything") / "schema" / "function_spec.json").read_bytes(), "spec"
)["functions"]
RESULTS: Final[dict[str, JSON]] = {
    item["identifier"].partition(":")[2]: item["returns"]
    for item in FUNCTIONS
    if item["identifier"].startswith("results.js:")
}
NAMES: Final = member_names(RESULTS)


@pytest.fixture(scope="module", autouse=True)
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All golden packages, importable as `golden_<case>`."""
    folder = tmp_path_factory.mktemp("bindings")
    for case in CASES:
        shutil.copytree(expected(case) / "bindings", folder / f"golden_{case}")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def deployment() -> Iterator[Answering]:
    with answering() as running:
        yield running


def load(case: str, module: str = "") -> ModuleType:
    return importlib.import_module(f"golden_{case}{module}")


async def call(deployment: Answering, case: str, way: str, *args: Any, **kwargs: Any) -> Any:
    """Call the function at `way` (`module.function`) of a case's bindings."""
    async with ConvexClient(deployment.url) as client:
        place = load(case).Api(client)
        for step in way.split("."):
            place = getattr(place, step)
        return await place(*args, **kwargs)


@pytest.mark.parametrize("name", [name for name in RESULTS if name != "never"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_comes_in_goes_out_again(
    deployment: Answering, name: str, data: st.DataObject
) -> None:
    """A result can be sent as an argument in every position, and is the same on the wire."""
    wire = data.draw(values_of(RESULTS[name]))
    function = NAMES[name]
    deployment.answer(wire)
    value = anyio.run(call, deployment, "everything", f"results.{function}")
    everywhere = {
        "required": wire,
        "nullable": wire,
        "optional": wire,
        "optionalNullable": wire,
        "list": [wire],
        "byKey": {"k": wire},
        "orString": wire,
    }
    deployment.answer(everywhere)
    given_back = {
        "required": value,
        "nullable": value,
        "optional": value,
        "optional_nullable": value,
        "list_": [value],
        "by_key": {"k": value},
        "or_string": value,
    }

    result = anyio.run(
        partial(call, deployment, "everything", f"everything.{function}", **given_back)
    )

    kind, path, sent = deployment.asked[-1]
    assert (kind, path) == ("query", f"everything:{name}")
    assert sorted_json(encode_value(everywhere)) == sorted_json(sent)
    assert {item: repr(getattr(result, item)) for item in given_back} == {
        item: repr(part) for item, part in given_back.items()
    }


def sorted_json(value: object) -> str:
    return json.dumps(value, sort_keys=True)


@pytest.mark.anyio
async def test_what_is_left_out_is_absent_in_both_directions(deployment: Answering) -> None:
    """A default is never sent, and an absent field has its default."""
    answer: dict[str, Any] = {
        "required": 1.0,
        "nullable": None,
        "list": [],
        "byKey": {},
        "orString": "s",
    }
    deployment.answer(answer)
    given: dict[str, Any] = {
        "required": 1,
        "nullable": None,
        "list_": [],
        "by_key": {},
        "or_string": "s",
    }

    result = await call(deployment, "everything", "everything.number", **given)

    assert deployment.asked[-1].args == answer
    assert result.optional is None
    assert result.optional_nullable is UNSET


@pytest.mark.anyio
async def test_functions_without_validator_take_any_mapping(deployment: Answering) -> None:
    """None, or one mapping whose keys are sent as they are."""
    deployment.answer({"any": [1.0]})

    assert await call(deployment, "untyped", "a.bare") == {"any": [1.0]}
    await call(deployment, "untyped", "a.action", {"snake_case": 1})

    assert deployment.asked[-2:] == [
        ("query", "a:bare", {}),
        ("action", "a:action", {"snake_case": 1}),
    ]


@pytest.mark.anyio
async def test_pages_and_counts_are_what_they_look_like(deployment: Answering) -> None:
    """Both dialects page, and a count is whole."""
    user = {"_id": "u1", "_creationTime": 1.5, "name": "Ann"}
    deployment.answer({"page": [user], "isDone": True, "continueCursor": "end"})
    page = await call(deployment, "pagination", "convex.declared", team="t")
    assert (page.items[0].name, page.has_more) == ("Ann", False)
    assert set(deployment.asked[-1].args) == {"team", "paginationOpts"}

    deployment.answer({"items": [user], "hasMore": False})
    page = await call(deployment, "pagination", "items.list_", team="t")
    assert (page.items[0].creation_time, page.next_cursor) == (1.5, None)
    assert deployment.asked[-1].args == {"team": "t"}

    deployment.answer({"count": 3.0, "isEstimate": True})
    counted = await call(deployment, "pagination", "counts.count")
    assert counted == Count(count=3, is_estimate=True)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("way", "path"),
    [
        ("foo.bar", "foo:bar"),
        ("foo.bar.baz", "foo/bar:baz"),
        ("foo.bar.default", "foo/bar:default"),
        ("foo.default", "foo:default"),
        ("foo.deep.er.go", "foo/deep/er:go"),
        ("class_.import_", "class:import"),
        ("m_2fa.verify", "2fa:verify"),
        ("lambda_.async_.await_", "lambda/async:await"),
        ("a_b.c", "a.b.js:c"),
        ("admin.http.get", "admin/http:get"),
        ("users.get_user", "users:get_user"),
        ("users.get_user_", "users:getUser"),
        ("users.init", "users:__init__"),
        ("users.str_", "users:str"),
        ("users.query", "users:query"),
        ("foo_bar_.a", "fooBar:a"),
        ("page.page", "page:page"),
        ("same.same.same", "same/same:same"),
    ],
)
async def test_every_function_has_its_place(deployment: Answering, way: str, path: str) -> None:
    """Folders and modules are namespaces, whatever they are called."""
    deployment.answer(None)

    await call(deployment, "modules", way)

    assert deployment.asked[-1] == ("query", path, {})


def test_importing_the_root_imports_no_namespace(packages: Path) -> None:
    """Modules and models load when they are first used."""
    code = "import sys, golden_modules; print([name for name in sys.modules if 'golden' in name])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=packages, capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "['golden_modules']"


def test_documents_refuse_assignment_and_name_their_indexes() -> None:
    """Models are immutable; constants list the indexes of each table."""
    models = load("tables", ".models")
    nested = models.ArticlesNested(plain=[1.0], vector=[1.0])

    with pytest.raises(AttributeError):
        nested.plain = []
    assert models.ARTICLES_INDEXES == ("by_name",)
    assert models.ARTICLES_VECTOR_INDEXES == ("by_embedding", "by_nested")
