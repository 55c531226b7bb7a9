"""The naming rule."""

from __future__ import annotations

import keyword
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex._codec import camel
from aioconvex_codegen.names import (
    CLASS_WORDS,
    MEMBER_WORDS,
    class_part,
    distinct,
    doc_text,
    member_names,
    pascal,
    shown,
    snake,
    wire_exceptions,
)

identifiers = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)
close_names = st.sampled_from(
    [
        "a",
        "A",
        "_a",
        "a_",
        "aB",
        "a_b",
        "AB",
        "ab",
        "a_2",
        "a2",
        "_",
        "__",
        "class",
        "class_",
        "Class",
    ]
)
wire_names = identifiers | close_names | st.text(max_size=8)


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("threadId", "thread_id"),
        ("thread_id", "thread_id"),
        ("URL", "url"),
        ("HTTPServer", "http_server"),
        ("statusCode2xx", "status_code2xx"),
        ("iOSVersion", "i_os_version"),
        ("x1", "x1"),
        ("s3Key", "s3_key"),
        ("_id", "id"),
        ("__dunder__", "dunder"),
        ("$special", "special"),
        ("a.b", "a_b"),
        ("a  b--c", "a_b_c"),
        ("2fa", "m_2fa"),
        ("___", "unnamed"),
        ("", "unnamed"),
        ("été", "t"),
        ("日本", "unnamed"),
    ],
)
def test_variables_are_spelled_in_snake_case(wire: str, python: str) -> None:
    """One rule for every wire name, even for those that Convex itself refuses."""
    assert snake(wire) == python


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("mastra_threads", "MastraThreads"),
        ("userProfiles", "UserProfiles"),
        ("HTTPLogs2", "HttpLogs2"),
        ("2fa", "M2fa"),
        ("_storage", "Storage"),
        ("", "Unnamed"),
    ],
)
def test_classes_are_spelled_in_pascal_case(wire: str, python: str) -> None:
    """Tables and modules become classes by the same words."""
    assert pascal(wire) == python


def test_the_end_of_a_class_name_may_begin_with_a_digit() -> None:
    """It only ever stands behind other words."""
    assert class_part("2nd") == "2nd"
    assert class_part("==") == ""


@pytest.mark.parametrize(
    ("wires", "names"),
    [
        (["id", "_id"], {"id": "id", "_id": "id_"}),
        (["_id"], {"_id": "id"}),
        (["userId", "user_id"], {"user_id": "user_id", "userId": "user_id_"}),
        (["UserID", "userId"], {"userId": "user_id", "UserID": "user_id_"}),
        (["x1", "X1", "_x1"], {"x1": "x1", "X1": "x1_", "_x1": "x1_2"}),
        (["x", "X", "_x", "x_2"], {"x": "x", "X": "x_", "_x": "x_3", "x_2": "x_2"}),
        (
            ["class", "class_", "Class"],
            {"class": "class_", "Class": "class_2", "class_": "class_3"},
        ),
        (["str", "self", "None"], {"str": "str_", "self": "self_", "None": "none"}),
    ],
)
def test_names_that_meet_are_told_apart(wires: list[str], names: dict[str, str]) -> None:
    """The one that is spelled like the Python name keeps it."""
    assert member_names(wires) == names


@given(st.lists(wire_names, max_size=12), st.randoms(use_true_random=False))
def test_names_of_one_scope_are_distinct_and_usable(
    wires: list[str], shuffler: random.Random
) -> None:
    """Whatever the wire names and their order, each gets a valid Python name of its own."""
    names = member_names(wires)
    shuffled = list(wires)
    shuffler.shuffle(shuffled)

    assert set(names) == set(wires)
    assert len(set(names.values())) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in names.values())
    assert not any(keyword.iskeyword(name) or name in MEMBER_WORDS for name in names.values())
    assert not any(name.startswith("_") for name in names.values())
    assert member_names(shuffled) == names


@given(st.lists(wire_names, max_size=12), st.frozensets(identifiers, max_size=4))
def test_classes_avoid_every_name_that_is_taken(wires: list[str], taken: frozenset[str]) -> None:
    """Neither the vocabulary of generated code nor earlier classes are shadowed."""
    names = distinct(wires, pascal, CLASS_WORDS | taken)

    assert len(set(names.values())) == len(set(wires))
    assert not set(names.values()) & (CLASS_WORDS | taken)
    assert all(name.isidentifier() and name[0].isupper() for name in names.values())


@given(st.lists(identifiers, max_size=12))
def test_the_runtime_finds_every_wire_name_again(wires: list[str]) -> None:
    """Its camelCase rule and the exceptions we state give back what the names came from."""
    names = member_names(wires)
    exceptions = wire_exceptions(names)

    assert {exceptions.get(name, camel(name)): name for name in names.values()} == names


def test_comments_keep_how_their_lines_are_indented() -> None:
    """Lists and examples mean what they meant; only the ends of lines are cut."""
    comment = "  Two:\n\n\n\n- a list  \n    with more\n\n```ts\nif (x) {\n\ty();\n}\n```\n"

    text = doc_text(comment)

    assert text == "Two:\n\n- a list\n    with more\n\n```ts\nif (x) {\n y();\n}\n```"


@given(st.text())
def test_documentation_shows_only_harmless_characters(wire: str) -> None:
    """No wire name can end a docstring or escape from it."""
    text = shown(wire)

    assert len(text) == len(wire)
    assert text.isascii()
    assert not set(text) & {'"', "\\", "\n"}
