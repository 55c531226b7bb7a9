"""Whatever a spec says, it stays data: no text of it becomes code."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aioconvex_codegen import GenerateError
from aioconvex_codegen.package import package_modules
from aioconvex_codegen.reading import read_spec
from aioconvex_codegen.render import format_modules
from aioconvex_codegen.snapshot import Snapshot
from codegen.validators import (
    JSON,
    array,
    func,
    id_,
    int64_literal,
    kind,
    lit,
    obj,
    obj_of,
    opt,
    record,
    table,
    union,
)

HOSTILE = [
    "x\n    import os",
    '"""',
    "'''",
    "\\",
    '\\"',
    "a'b",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{# x #}",
    "$x",
    " ",
    "__class__",
    "日本",
    "\N{PILE OF POO}",
    "\x00",
    "\r\n",
    "None",
    "#",
    "f(",
    "%s{0}",
    "x" * 2000,
]
HEADER = "# Generated from schema/function_spec.json by aioconvex generate. Do not edit."
# The names that the code of generated modules calls; nothing else may be called.
CALLED = {"_action", "_field", "_later", "_mutation", "_paginated", "_query", "Exactly", "NewType"}


def modules(functions: list[JSON], tables: list[JSON]) -> dict[str, str]:
    return package_modules(read_spec(Snapshot.of(functions, {"tables": tables})), HEADER)


def hostile_spec(words: list[str]) -> tuple[list[JSON], list[JSON]]:
    """A spec with these words in every place that can hold one."""
    fields = obj_of({word: opt(kind("string")) for word in words})
    literals = union(*map(lit, words))
    ids = union(*map(id_, words))
    deep = obj_of({word: array(obj_of({word: kind("number")})) for word in words})
    functions = [
        func("a.js:f", fields, literals),
        func("a.js:g", obj(x=fields, y=literals, z=ids), deep),
        func("a.js:h", obj(x=record(ids, literals)), union(fields, deep)),
        func("a.js:i", obj(x=union(*(obj(tag=lit(word), v=kind(word)) for word in words)))),
        *(func(f"{word}.js:f", obj(), kind("null")) for word in words),
        *(func(f"a.js:{word}", obj(), kind("null")) for word in words),
        *(func("a.js:k", obj(), kind("null"), kind=word) for word in words),
        *({"functionType": "HttpAction", "method": word, "path": word} for word in words),
    ]
    index = [{"indexDescriptor": word, "fields": [word]} for word in words]
    tables = [table("t", fields, indexes=index), *(table(word, fields) for word in words)]
    return functions, tables


def check_harmless(source: str) -> None:
    tree = ast.parse(source)
    for statement in tree.body:
        assert isinstance(
            statement,
            ast.ImportFrom | ast.ClassDef | ast.Assign | ast.AnnAssign | ast.Expr | ast.If,
        )
        if isinstance(statement, ast.Expr):
            assert isinstance(statement.value, ast.Constant)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Import | ast.Lambda | ast.JoinedStr | ast.Await)
        if isinstance(node, ast.ImportFrom):
            known = {"__future__", "aioconvex.bindings", "collections.abc", "functools", "typing"}
            assert node.level or node.module in known
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id in CALLED or node.func.id.lstrip("_")[0].isupper()


def test_hostile_words_stay_data() -> None:
    """Quotes, line ends, templates, control characters: all of it is harmless and formatted."""
    for source in format_modules(modules(*hostile_spec(HOSTILE))).values():
        check_harmless(source)


def test_literals_and_indexes_keep_their_exact_text() -> None:
    """Harmless does not mean changed."""
    sources = format_modules(modules(*hostile_spec(HOSTILE)))
    constants = {
        name: {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        for name, text in sources.items()
    }

    assert set(HOSTILE) <= constants["functions/a.py"]
    assert set(HOSTILE) <= constants["models.py"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True))
def test_any_words_stay_data(words: list[str]) -> None:
    """Whatever the words, the package is valid Python of the expected form."""
    for source in modules(*hostile_spec(words)).values():
        check_harmless(source)


def test_paths_longer_than_convex_allows_are_skipped() -> None:
    """They would be too long for a file's name."""
    spec = read_spec(
        Snapshot.of(
            [func(f"{'m' * length}.js:f", obj(), kind("null")) for length in (64, 65)],
            {"tables": [table("t" * length, obj()) for length in (64, 65)]},
        )
    )

    assert [function.path for function in spec.functions] == [f"{'m' * 64}:f"]
    assert [item.name for item in spec.tables] == ["t" * 64]
    assert len(spec.skipped) == 2


def nested(levels: int) -> JSON:
    validator = kind("string")
    for _ in range(levels):
        validator = obj(a=validator)
    return validator


def test_validators_nest_as_deep_as_convex_allows() -> None:
    """Sixty-three levels below the arguments are generated; more is an error with its place."""
    assert "models.py" in modules([func("a.js:f", nested(63), kind("null"))], [])

    with pytest.raises(GenerateError, match="a:f: args: nested deeper"):
        modules([func("a.js:f", nested(66), kind("null"))], [])
    with pytest.raises(GenerateError, match="table t: nested deeper"):
        modules([], [table("t", nested(66))])


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"type": None},
        {"type": ["object"]},
        {"type": "object", "value": None},
        {"type": "object", "value": {"a": None}},
        {"type": "array"},
        {"type": "record"},
        record(obj(a=kind("string")), kind("string")),
        record(array(obj()), kind("string")),
        record(kind("number"), obj()),
        {"type": "union", "value": "text"},
        {"type": "id"},
        {"type": "id", "tableName": 5},
        {"type": "literal"},
        {"type": "literal", "value": None},
        {"type": "literal", "value": {"$integer": "!"}},
        {"type": "literal", "value": {"$integer": ""}},
        {"type": "literal", "value": {"$float": "AAAAAAAA+H8="}},
        {"type": "literal", "value": 10**18},
        int64_literal(-(2**63)),
        "text",
        17,
        [],
    ],
)
def test_malformed_validators_stop_nothing(odd: Any) -> None:
    """One odd function is typed wider; its neighbours are as exact as ever."""
    sources = modules(
        [func("a.js:f", {"type": "object", "value": {"x": {"fieldType": odd}}}, odd)],
        [table("t", obj(x={"fieldType": odd, "optional": True})), table("odd", odd)],
    )

    for source in sources.values():
        check_harmless(source)
    assert "def f(self" in sources["functions/a.py"]
