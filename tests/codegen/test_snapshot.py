"""One form for what three sources tell."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex_codegen import GenerateError
from aioconvex_codegen.jsontext import parse
from aioconvex_codegen.snapshot import FUNCTION_SPEC, TABLES, Snapshot
from codegen.validators import (
    JSON,
    array,
    func,
    id_,
    int64_literal,
    kind,
    lit,
    obj,
    opt,
    table,
    union,
)

FUNCTIONS: list[JSON] = [
    func("b.js:two", obj(n=lit(1), m=lit(1.5), k=opt(int64_literal(7))), kind("null")),
    func("a.js:one", obj(), None, visibility="internal"),
    {"functionType": "HttpAction", "method": "POST", "path": "/b"},
    {"functionType": "HttpAction", "method": "GET", "path": "/b"},
]
DOCUMENT = obj(name=kind("string"), place=union(obj(x=kind("number")), kind("null")))
SCHEMA: JSON = {
    "tables": [
        table(
            "users",
            DOCUMENT,
            indexes=[
                {"indexDescriptor": "by_name", "fields": ["name"]},
                {"indexDescriptor": "by_both", "fields": ["name", "place.x"]},
            ],
            vectorIndexes=[
                {
                    "indexDescriptor": "by_vector",
                    "vectorField": "v",
                    "dimensions": 3,
                    "filterFields": ["b", "a"],
                }
            ],
        ),
        table("free", kind("any")),
    ],
    "schemaValidation": True,
}
FILES = Snapshot.of(FUNCTIONS, SCHEMA).files()


def as_server_prints(value: Any) -> Any:
    """Every number with a fraction, every object with its keys in another order."""
    if isinstance(value, dict):
        return {key: as_server_prints(item) for key, item in reversed(value.items())}
    if isinstance(value, list):
        return [as_server_prints(item) for item in value]
    return float(value) if type(value) is int else value


def test_a_live_servers_answer_gives_the_same_bytes() -> None:
    """Floats for numbers, extra keys, absent lists, null for any, system fields: all the same."""
    functions = as_server_prints(FUNCTIONS)
    schema = as_server_prints(SCHEMA)
    users, free = schema["tables"]
    users["indexes"][0]["fields"].append("_creationTime")
    users["vectorIndexes"][0] |= {"dimension": None, "filterFields": ["a", "b"]}
    users["documentType"]["value"] |= obj(_id=id_("users"), _creationTime=kind("number"))["value"]
    free["documentType"] = None
    for functions_entry in functions:
        if functions_entry.get("visibility") == {"kind": "public"}:
            del functions_entry["visibility"]

    printed = json.dumps([functions, schema])
    assert "1.0" in printed
    again = parse(printed, "answer")

    assert Snapshot.of(*again).files() == FILES


@given(st.randoms(use_true_random=False))
def test_the_order_of_functions_tables_and_indexes_is_ours(shuffler: random.Random) -> None:
    """A source may list them as it likes."""
    functions, schema = json.loads(json.dumps([FUNCTIONS, SCHEMA]))
    for items in (
        functions,
        schema["tables"],
        *(item.get("indexes", []) for item in schema["tables"]),
    ):
        shuffler.shuffle(items)

    assert Snapshot.of(functions, schema).files() == FILES


def test_a_snapshot_is_its_own_normal_form() -> None:
    """Reading what was written changes nothing."""
    spec, schema = json.loads(FILES[FUNCTION_SPEC]), json.loads(FILES[TABLES])

    assert Snapshot.of(spec["functions"], schema).files() == FILES


def test_a_snapshot_names_no_deployment_and_ends_with_a_newline() -> None:
    """It is committed, and read as a diff."""
    assert list(json.loads(FILES[FUNCTION_SPEC])) == ["functions"]
    assert all(text.endswith("}\n") for text in FILES.values())


def test_without_schema_there_are_no_tables() -> None:
    """A deployment that never had a schema is no error."""
    assert json.loads(Snapshot.of([], None).files()[TABLES]) == {
        "schemaValidation": True,
        "tables": [],
    }


@pytest.mark.parametrize(
    ("functions", "schema", "reason"),
    [
        (None, None, "no list of functions"),
        ({"a": 1}, None, "no list of functions"),
        ([{"functionType": "Query"}], None, "no identifier"),
        (["text"], None, "no functionType"),
        ([], {"tables": None}, "no list of tables"),
        ([], [], "no list of tables"),
        ([], {"tables": [{}]}, "no tableName"),
        ([{}] * 20_001, None, "more than 20000 functions"),
    ],
)
def test_anything_else_is_refused(functions: object, schema: object, reason: str) -> None:
    """A wrong file is told apart from an empty deployment."""
    with pytest.raises(GenerateError, match=reason):
        Snapshot.of(functions, schema)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        ("[NaN]", "is not JSON"),
        ("[" * 300 + "]" * 300, "nested deeper"),
        ("[" * 100_000, "is not JSON"),
        ('{"a": "\\ud800"}', "is not JSON"),
    ],
)
def test_text_that_is_no_convex_json_is_refused(text: str, reason: str) -> None:
    """With one clear error, however broken it is."""
    with pytest.raises(GenerateError, match=reason):
        parse(text, "spec")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_may_be_in_what_windows_redirects_output_to(encoding: str) -> None:
    """PowerShell's `>` writes UTF-16, or UTF-8 with a mark, whatever the program printed."""
    assert parse('{"a": "é"}'.encode(encoding), "spec") == {"a": "é"}


def test_bytes_of_no_encoding_are_one_clear_error() -> None:
    """Neither UTF-8 nor what a mark in front says."""
    for text in (b'"\xff"', b"\xff\xfe\x00\xd8", b"\xff\xfe1"):
        with pytest.raises(GenerateError, match="is not JSON"):
            parse(text, "spec")


def test_huge_text_is_refused_before_it_is_parsed() -> None:
    """A spec has megabytes at most."""
    with pytest.raises(GenerateError, match="larger than 64 MiB"):
        parse(bytes(64 * 2**20 + 1), "spec")


def test_arrays_of_tables_stay_as_they_are() -> None:
    """Union arms keep their order: it is the author's."""
    arms = array(union(kind("string"), kind("number"), kind("null")))
    files = Snapshot.of([], {"tables": [table("t", obj(a=arms))]}).files()

    (read,) = json.loads(files[TABLES])["tables"]
    assert read["documentType"] == obj(a=arms)
