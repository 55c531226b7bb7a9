"""Times, JSON text, paging rules and error ids, as both languages have them (§3.1, §3.8, §4)."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex.errors import ApplicationError, ArgumentError, ConvexError, FunctionError
from aioconvex.mastra import MastraError
from aioconvex.mastra._columns import column_of, value_of
from aioconvex.mastra._paging import Window, window
from aioconvex.mastra._rows import (
    check_json,
    instant,
    json_text,
    json_value,
    native_or_text,
    now,
    own,
    time_text,
    whole,
)
from aioconvex.mastra.errors import refusal_of, storage_error, vector_error

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.datetimes(timezones=st.timezones() | st.just(UTC), allow_imaginary=False))
def test_a_time_is_written_as_javascript_does_and_read_back(time: datetime) -> None:
    try:
        expected = time.astimezone(UTC)
    except OverflowError:
        return  # its zone leads out of the years that there are
    text = time_text(time, "created_at")
    assert len(text) == 24
    assert (text[10], text[19], text[23]) == ("T", ".", "Z")
    cut = expected.replace(microsecond=expected.microsecond // 1000 * 1000)
    assert instant(text) == cut


def test_times_are_ordered_as_their_texts() -> None:
    east = timezone(timedelta(hours=9))
    early, late = datetime(2024, 1, 1, 8, tzinfo=east), datetime(2024, 1, 1, tzinfo=UTC)
    assert early < late
    assert time_text(early, "a") == "2023-12-31T23:00:00.000Z" < time_text(late, "b")


def test_now_is_what_is_stored() -> None:
    time = now()
    assert instant(time_text(time, "now")) == time


def test_a_naive_time_is_refused_by_name() -> None:
    for wrong in (datetime(2024, 1, 1), "2024-01-01", 1_700_000_000, None):  # noqa: DTZ001
        with pytest.raises(ArgumentError, match="created_at: "):
            time_text(wrong, "created_at")


@pytest.mark.parametrize("stored", ["", "yesterday", 3.0, None, {}])
def test_what_is_no_time_is_none(stored: object) -> None:
    assert instant(stored) is None


@given(JSON)
def test_json_text_keeps_every_value(value: Any) -> None:
    text = json_text(value, "$")
    assert json.loads(text) == value
    assert json_value(text) == value


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (float("nan"), "content", "nan is no JSON number"),
        ({"a": [1, {"b": float("inf")}]}, "content.a[1].b", "inf is no JSON number"),
        ({"at": datetime(2024, 1, 1, tzinfo=UTC)}, "content.at", "datetime is no JSON value"),
        ({"n": {1: "x"}}, "content.n", "the key 1 is no string"),
        ({"s": {"x"}}, "content.s", "set is no JSON value"),
        ([b"x"], "content[0]", "bytes is no JSON value"),
    ],
)
def test_what_is_no_json_is_refused_by_its_path(value: object, path: str, reason: str) -> None:
    for write in (json_text, native_or_text):
        with pytest.raises(ArgumentError) as caught:
            write(value, "content")
        assert (caught.value.path, caught.value.reason) == (path, reason)


@pytest.mark.parametrize("number", [2**64 - 1, 2**64, -(10**30) - 1])
def test_long_integers_keep_their_digits(number: int) -> None:
    assert json_value(json_text({"n": [number, 0.5]}, "$")) == {"n": [number, 0.5]}
    assert json_value(str(number)) == number
    fraction = f"0.{'12' * 30}"
    assert json_value(f"[{fraction},{number}]") == [float(fraction), number]
    assert value_of(column_of(number, "$")) == number


def test_integers_that_convex_rounds_are_refused_where_it_parses_them() -> None:
    check_json({"n": [2**53 + 1, 10**400]}, "$")
    check_json(
        {"n": [2**53, -(2**53), 2**70, 1152921504606847000, int(1e300), True]}, "$", as_floats=True
    )
    for number in (2**53 + 1, -(2**70) - 1, 10**400):
        with pytest.raises(ArgumentError, match="loses digits") as caught:
            check_json({"n": [1, number]}, "metadata", as_floats=True)
        assert caught.value.path == "metadata.n[1]"


def test_text_that_convex_refuses_makes_it_text() -> None:
    assert native_or_text({"a": ["🐋"]}, "$") == {"a": ["🐋"]}
    for value in ({"a": ["\ud83d"]}, "\udc0b"):
        assert isinstance(native_or_text(value, "$"), str)
        assert json_value(native_or_text(value, "$")) == value
        assert value_of(column_of(value, "$")) == value


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ArgumentError, match="nested deeper"):
        json_text(value, "content")


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('"text"', "text"),
        ("no JSON", "no JSON"),
        ("", ""),
        ("NaN", "NaN"),
        ('"\\ud800"', "\ud800"),
        ({"n": 2.0, "l": [1.5, True]}, {"n": 2, "l": [1.5, True]}),
        (None, None),
    ],
)
def test_stored_json_is_read_whatever_it_is(stored: object, value: object) -> None:
    assert json_value(stored) == value


@pytest.mark.parametrize("key", ["$schema", "", "é", "a\n", "x" * 1025])
def test_keys_that_convex_refuses_make_it_text(key: str) -> None:
    value = {"deep": [{key: 1}]}
    assert native_or_text(value, "metadata") == json_text(value, "metadata")
    assert native_or_text({"ok": [{"_id": 1, "a b": None}]}, "metadata") == {
        "ok": [{"_id": 1, "a b": None}]
    }


def test_whole_numbers_become_ints_and_system_fields_go() -> None:
    number = whole(3.0)
    assert (number, type(number)) == (3, int)
    assert repr(whole({"a": [1.0, 1e300, 0.5, -0.0]})) == repr({"a": [1, int(1e300), 0.5, 0]})
    row = {"_id": "x", "_creationTime": 1.5, "id": "a", "gone": None, "n": {"_id": 2.0}}
    assert own(row) == {"id": "a", "n": {"_id": 2}}


def test_windows_of_a_list() -> None:
    assert window("list", default=40) == Window(0, 40)
    assert window("list", page=2, per_page=5, default=40).offset == 10
    for everything in (False, "all"):
        whole_list = window("list", per_page=everything, default=40)
        assert (whole_list.offset, whole_list.echo, whole_list.has_more(99)) == (0, False, False)
    nothing = window("list", per_page=0, default=40)
    assert (nothing.echo, nothing.has_more(1), nothing.has_more(0)) == (0, True, False)
    assert [window("list", page=1, per_page=5, default=40).has_more(n) for n in (10, 11)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("page", "per_page", "text"),
    [
        (-1, 5, "page must be >= 0"),
        (0.5, 5, "page must be >= 0"),
        (True, 5, "page must be >= 0"),
        (0, -1, "perPage must be >= 0"),
        (0, 1.5, "perPage must be >= 0"),
        (0, True, "perPage must be >= 0"),
        (0, "some", "perPage must be >= 0"),
        (2**53, 2, "page value too large"),
    ],
)
def test_paging_that_makes_no_sense_is_refused(page: Any, per_page: Any, text: str) -> None:
    with pytest.raises(MastraError, match=f"^{text}$") as caught:
        window("listThreads", page=page, per_page=per_page, default=40)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_LIST_THREADS_INVALID_PAGE"
    assert caught.value.details == {"page": page, "perPage": per_page}


@pytest.mark.parametrize(
    ("op", "status", "id_"),
    [
        ("updateThread", "threadNotFound", "UPDATE_THREAD_THREAD_NOT_FOUND"),
        ("list_messages", "INVALID_THREAD_ID", "LIST_MESSAGES_INVALID_THREAD_ID"),
        ("omGetLatest", "AlreadyExists", "OM_GET_LATEST_ALREADY_EXISTS"),
        ("load", "JSONText", "LOAD_JSON_TEXT"),
    ],
)
def test_ids_of_errors(op: str, status: str, id_: str) -> None:
    error = storage_error(op, status, "what is wrong", details={"n": 1})
    assert (error.id, error.domain) == (f"MASTRA_STORAGE_CONVEX_{id_}", "STORAGE")
    other = vector_error(op, status, "what is wrong", category="SYSTEM")
    assert (other.id, other.domain) == (f"MASTRA_VECTOR_CONVEX_{id_}", "MASTRA_VECTOR")
    for each in (error, other):
        assert isinstance(each, ConvexError)
        copy = pickle.loads(pickle.dumps(each))
        assert vars_of(copy) == vars_of(each)
        assert str(copy) == "what is wrong"


def vars_of(error: MastraError) -> tuple[object, ...]:
    return error.id, error.domain, error.category, error.text, dict(error.details)


def test_what_our_functions_refuse_is_told_from_other_errors() -> None:
    refused = ApplicationError("a:b", "Error", data={"code": "InvalidRecord", "message": "No."})
    found = refusal_of("insert", refused)
    assert found is not None
    assert (found.id, str(found)) == ("MASTRA_STORAGE_CONVEX_INSERT_INVALID_RECORD", "No.")
    others = (
        FunctionError("a:b", "Server Error"),
        ApplicationError("a:b", "Error", data="text"),
        ApplicationError("a:b", "Error", data={"code": 3, "message": "No."}),
    )
    assert [refusal_of("insert", other) for other in others] == [None] * 3
