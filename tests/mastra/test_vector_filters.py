"""The filter language (§4.8): a table of cases, and drawn filters against a plain reading of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aioconvex.errors import ArgumentError
from aioconvex.mastra._vectors.filters import Condition, parse_filter, passes

Json = Any

BOOK: dict[str, Json] = {
    "kind": "book",
    "year": 1851,
    "ratio": 0.5,
    "whole": 2.0,
    "sold": True,
    "zero": 0,
    "gone": None,
    "empty": "",
    "tags": ["sea", "whale", 3, None, True],
    "none": [],
    "nested": [[1, 2], {"a": 1}],
    "author": {"name": "Herman", "born": {"year": 1819}, "x.y": "dotted"},
    "sizes": [{"w": 1, "h": 2}, {"w": 5, "h": 1}, 7],
    "at": "2024-03-01T00:00:00.000Z",
    "a.b": "literal",
    "text": "The Whale\nsecond line",
    "emoji": "🐋 größer",
}

# Filter, and whether BOOK passes.
CASES: list[tuple[dict[str, Json], bool]] = [
    # Equality, plain and by name: strict and deep.
    ({"kind": "book"}, True),
    ({"kind": "film"}, False),
    ({"kind": {"$eq": "book"}}, True),
    ({"kind": {"$eq": "Book"}}, False),
    ({"year": 1851}, True),
    ({"year": 1851.0}, True),
    ({"whole": 2}, True),
    ({"year": "1851"}, False),
    ({"sold": True}, True),
    ({"sold": 1}, False),
    ({"sold": {"$eq": 1.0}}, False),
    ({"zero": False}, False),
    ({"zero": -0.0}, True),
    ({"gone": None}, True),
    ({"missing": None}, False),
    ({"gone": {"$eq": None}}, True),
    ({"empty": ""}, True),
    ({"tags": ["sea", "whale", 3, None, True]}, True),
    ({"tags": ["sea", "whale", 3, None, 1]}, False),
    ({"tags": ("sea", "whale", 3, None, True)}, True),
    ({"tags": "sea"}, False),
    ({"nested": [[1.0, 2], {"a": 1}]}, True),
    ({"nested": [[1, 2], {"a": True}]}, False),
    ({"none": []}, True),
    ({"none": {}}, False),
    ({"author": {"name": "Herman", "born": {"year": 1819}, "x.y": "dotted"}}, True),
    ({"author": {"name": "Herman"}}, False),
    ({"author": {"$eq": {"name": "Herman"}}}, False),
    # Inequality: a missing field is unequal to everything.
    ({"kind": {"$ne": "film"}}, True),
    ({"kind": {"$ne": "book"}}, False),
    ({"missing": {"$ne": None}}, True),
    ({"gone": {"$ne": None}}, False),
    ({"sold": {"$ne": 1}}, True),
    # Order: numbers with numbers, strings with strings, nothing else.
    ({"year": {"$gt": 1850}}, True),
    ({"year": {"$gt": 1851}}, False),
    ({"year": {"$gte": 1851}}, True),
    ({"year": {"$lt": 1851.5}}, True),
    ({"year": {"$lte": 1850}}, False),
    ({"year": {"$gt": "1"}}, False),
    ({"year": {"$gt": None}}, False),
    ({"year": {"$gt": True}}, False),
    ({"sold": {"$gte": 1}}, False),
    ({"sold": {"$gte": False}}, False),
    ({"gone": {"$lte": None}}, False),
    ({"tags": {"$gt": 1}}, False),
    ({"author": {"$lt": {"name": "Z"}}}, False),
    ({"missing": {"$gt": 0}}, False),
    ({"missing": {"$lt": 0}}, False),
    ({"kind": {"$gt": "boat", "$lt": "boom"}}, True),
    ({"at": {"$gte": datetime(2024, 3, 1, tzinfo=UTC)}}, True),
    ({"at": {"$gt": datetime(2024, 3, 1, 1, tzinfo=timezone(timedelta(hours=1)))}}, False),
    ({"at": datetime(2024, 3, 1, tzinfo=UTC)}, True),
    # Lists.
    ({"kind": {"$in": ["film", "book"]}}, True),
    ({"kind": {"$in": []}}, False),
    ({"year": {"$in": [1851.0]}}, True),
    ({"sold": {"$in": [1]}}, False),
    ({"tags": {"$in": ["shark", "sea"]}}, True),
    ({"tags": {"$in": ["shark"]}}, False),
    ({"tags": {"$in": [1]}}, False),
    ({"none": {"$in": [[]]}}, True),
    ({"gone": {"$in": [None]}}, True),
    ({"missing": {"$in": [None]}}, False),
    ({"kind": {"$nin": ["film"]}}, True),
    ({"kind": {"$nin": ["book"]}}, False),
    ({"tags": {"$nin": ["whale"]}}, False),
    ({"missing": {"$nin": ["book"]}}, True),
    ({"kind": {"$nin": []}}, True),
    ({"tags": {"$all": ["whale", "sea"]}}, True),
    ({"tags": {"$all": ["whale", "shark"]}}, False),
    ({"tags": {"$all": [1]}}, False),
    ({"tags": {"$all": []}}, False),
    ({"kind": {"$all": ["book"]}}, False),
    ({"missing": {"$all": ["book"]}}, False),
    ({"tags": {"$size": 5}}, True),
    ({"tags": {"$size": 4}}, False),
    ({"none": {"$size": 0}}, True),
    ({"empty": {"$size": 0}}, False),
    ({"missing": {"$size": 0}}, False),
    # Presence: null is a value.
    ({"kind": {"$exists": True}}, True),
    ({"gone": {"$exists": True}}, True),
    ({"missing": {"$exists": True}}, False),
    ({"missing": {"$exists": False}}, True),
    ({"gone": {"$exists": False}}, False),
    # Texts and elements.
    ({"text": {"$contains": "Whale"}}, True),
    ({"text": {"$contains": "whale"}}, False),
    ({"text": {"$contains": ""}}, True),
    ({"emoji": {"$contains": "🐋"}}, True),
    ({"text": {"$contains": 1}}, False),
    ({"tags": {"$contains": "whale"}}, True),
    ({"tags": {"$contains": "wha"}}, False),
    ({"tags": {"$contains": True}}, True),
    ({"tags": {"$contains": 1}}, False),
    ({"nested": {"$contains": {"a": 1.0}}}, True),
    ({"year": {"$contains": 1851}}, False),
    ({"missing": {"$contains": ""}}, False),
    ({"text": {"$regex": "Wh.le"}}, True),
    ({"text": {"$regex": "^whale"}}, False),
    ({"text": {"$regex": "whale", "$options": "i"}}, True),
    ({"text": {"$options": "i", "$regex": "whale"}}, True),
    ({"text": {"$regex": "(?i)whale"}}, True),
    ({"text": {"$regex": "^second"}}, False),
    ({"text": {"$regex": "^SECOND", "$options": "im"}}, True),
    ({"text": {"$regex": "Whale.second"}}, False),
    ({"text": {"$regex": "Whale.second", "$options": "s"}}, True),
    ({"text": {"$regex": "The  Whale # spaced", "$options": "x"}}, False),
    ({"text": {"$regex": "^The[ ] Whale # spaced", "$options": "x"}}, True),
    ({"emoji": {"$regex": "GRÖSSER|GRÖßER", "$options": "i"}}, True),
    ({"year": {"$regex": "1851"}}, False),
    ({"missing": {"$regex": ""}}, False),
    # One element for all.
    ({"sizes": {"$elemMatch": {"w": 1, "h": 2}}}, True),
    ({"sizes": {"$elemMatch": {"w": 1, "h": 1}}}, False),
    ({"sizes": {"$elemMatch": {"w": {"$gt": 3}, "h": {"$lt": 2}}}}, True),
    ({"sizes": {"$elemMatch": {"$or": [{"w": 9}, {"h": 2}]}}}, True),
    ({"sizes": {"$elemMatch": {"d": {"$ne": 1}}}}, True),
    ({"tags": {"$elemMatch": {"d": {"$ne": 1}}}}, False),
    ({"sizes": {"$elemMatch": {"$gt": 6, "$lt": 8}}}, True),
    ({"tags": {"$elemMatch": {"$regex": "^w", "$ne": "whale"}}}, False),
    ({"tags": {"$elemMatch": {"$not": {"$regex": "a"}}}}, True),
    ({"none": {"$elemMatch": {"$ne": 1}}}, False),
    ({"kind": {"$elemMatch": {"$eq": "b"}}}, False),
    # Negation, on fields and of filters.
    ({"year": {"$not": {"$gt": 1900}}}, True),
    ({"year": {"$not": {"$gt": 1800}}}, False),
    ({"missing": {"$not": {"$gt": 0}}}, True),
    ({"missing": {"$not": {"$exists": True}}}, True),
    ({"year": {"$not": {"$not": {"$eq": 1851}}}}, True),
    ({"year": {"$not": {"$gt": 1800, "$lt": 1850}}}, True),
    ({"$not": {"kind": "film"}}, True),
    ({"$not": {"kind": "book", "year": 1}}, True),
    ({"$not": {"$or": [{"kind": "book"}, {"year": 1}]}}, False),
    # Several filters.
    ({"kind": "book", "year": 1851}, True),
    ({"kind": "book", "year": 1}, False),
    ({"year": {"$gt": 1800, "$lt": 1900, "$ne": 1850}}, True),
    ({"$and": [{"kind": "book"}, {"year": {"$lt": 1900}}]}, True),
    ({"$and": [{"kind": "book"}, {"year": {"$lt": 1800}}]}, False),
    ({"$or": [{"kind": "film"}, {"year": 1851}]}, True),
    ({"$or": [{"kind": "film"}, {"year": 1}]}, False),
    ({"$nor": [{"kind": "film"}, {"year": 1}]}, True),
    ({"$nor": [{"kind": "film"}, {"year": 1851}]}, False),
    ({"$nor": [{"missing": 1}]}, True),
    ({"sold": True, "$and": [{"kind": "book"}], "$or": [{"zero": 0}]}, True),
    ({"sold": False, "$and": [{"kind": "book"}]}, False),
    ({"$and": [{"$or": [{"$nor": [{"kind": "book"}]}, {"$and": [{"zero": 0}]}]}]}, True),
    ({"$and": []}, True),
    ({"$nor": []}, True),
    ({"$or": []}, False),
    ({"kind": "book", "$or": []}, False),
    ({"$or": [{}]}, True),
    ({"$nor": [{}]}, False),
    # Paths, and what may stand around them.
    ({"author.name": "Herman"}, True),
    ({"author.born.year": {"$lt": 1820}}, True),
    ({"author.born.month": {"$exists": False}}, True),
    ({"author.name.first": 1}, False),
    ({"author.x.y": "dotted"}, True),
    ({"kind.name": {"$ne": 1}}, True),
    ({"a.b": "literal"}, True),
    ({"metadata.kind": "book"}, True),
    ({"metadata.author.name": {"$in": ["Herman"]}}, True),
    ({"metadata": {"kind": "book"}}, True),
    ({"metadata": {"kind": "film"}}, False),
    ({"metadata": {"$or": [{"kind": "book"}]}, "year": 1851}, True),
    ({"metadata": {"kind": "book"}, "year": 1}, False),
    ({"$and": [{"metadata": {"kind": "book"}}]}, True),
    ({"metadata": {"$exists": False}}, True),
    ({"metadata": "text"}, False),
    ({}, True),
    ({"metadata": {}}, True),
]  # fmt: skip


@pytest.mark.parametrize(("filter_", "expected"), CASES)
def test_4_8_a_filter_passes_what_it_says(filter_: dict[str, Json], *, expected: bool) -> None:
    assert passes(parse_filter(filter_), BOOK) is expected
    assert passes(parse_filter(MappingProxyType(filter_)), BOOK) is expected


OWN: dict[str, Json] = {
    "metadata": {"a": 1},
    "a": 2,
    "parts": [{"metadata": {"w": 1}, "w": 2}, {"metadata": "x"}],
}


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"metadata": {"a": 2}}, True),
        ({"metadata.a": 2}, True),
        ({"metadata": {"metadata": {"a": 1}}}, True),
        ({"metadata": {"metadata": {"a": 2}}}, False),
        ({"metadata": {"$not": {"metadata": {"a": 1}}}}, False),
        ({"metadata": {"$or": [{"metadata.a": 1}]}}, True),
        ({"metadata.metadata.a": 1}, True),
        ({"parts": {"$elemMatch": {"metadata": {"w": 1}}}}, True),
        ({"parts": {"$elemMatch": {"metadata": {"w": 2}}}}, False),
        ({"parts": {"$elemMatch": {"metadata.w": 1}}}, True),
        ({"parts": {"$elemMatch": {"metadata.w": 2}}}, False),
        ({"parts": {"$elemMatch": {"$or": [{"metadata": "x"}]}}}, True),
    ],
)
def test_4_8_within_metadata_and_elements_metadata_is_a_field(
    filter_: dict[str, Json], *, expected: bool
) -> None:
    """The npm package takes an object `metadata` off once; what is in it are names of fields."""
    assert passes(parse_filter(filter_), OWN) is expected


def test_there_are_cases_enough() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize("metadata", [None, "text that is no JSON", 5, [{"kind": "book"}]])
def test_4_8_what_has_no_metadata_passes_only_the_empty_filter(metadata: Json) -> None:
    assert passes(parse_filter({}), metadata)
    assert passes(parse_filter(None), metadata)
    conditions: list[Json] = [{"kind": {"$ne": "film"}}, {"$or": []}, {"$not": {"kind": 1}}]
    for filter_ in conditions:
        assert not passes(parse_filter(filter_), metadata)


WRONG: list[tuple[Json, str]] = [
    ({"a": {"$foo": 1}}, "$foo"),
    ({"$foo": []}, "$foo"),
    ({"$eq": 1}, "$eq"),
    ({"a": {"$and": []}}, "$and"),
    ({"a": {"$elemMatch": {"$near": 1}}}, "$near"),
    ({"a": {"$not": {"$near": 1}}}, "$near"),
    ({"$and": [{"b": {"$like": "x"}}]}, "$like"),
    ({"metadata": {"a": {"$foo": 1}}}, "$foo"),
    ({"a": {"$gt": 1, "b": 2}}, "$gt"),
    ({"a": {"$in": "abc"}}, "$in"),
    ({"a": {"$nin": {"b": 1}}}, "$nin"),
    ({"a": {"$all": 1}}, "$all"),
    ({"a": {"$size": -1}}, "$size"),
    ({"a": {"$size": 1.5}}, "$size"),
    ({"a": {"$size": True}}, "$size"),
    ({"a": {"$exists": 1}}, "$exists"),
    ({"a": {"$exists": None}}, "$exists"),
    ({"a": {"$regex": 5}}, "$regex"),
    ({"a": {"$regex": "("}}, "$regex"),
    ({"a": {"$regex": "a{99999999999}"}}, "$regex"),
    ({"a": {"$regex": "(?a)(?u)b"}}, "$regex"),
    ({"a": {"$regex": "(" * 3_000}}, "$regex"),
    ({"a": {"$regex": "a", "$options": "q"}}, "$regex"),
    ({"a": {"$regex": "a", "$options": 1}}, "$regex"),
    ({"a": {"$options": "i"}}, "$options"),
    ({"a": {"$not": "b"}}, "$not"),
    ({"a": {"$not": {}}}, "$not"),
    ({"$not": {}}, "$not"),
    ({"$not": [{"a": 1}]}, "$not"),
    ({"a": {"$elemMatch": [1]}}, "$elemMatch"),
    ({"$and": {"a": 1}}, "$and"),
    ({"$or": [5]}, "filter.$or[0]"),
    ({"$nor": "a"}, "$nor"),
    ({"a": float("nan")}, "filter.a"),
    ({"a": {"$in": [float("inf")]}}, "filter.a.$in[0]"),
    ({"a": {1, 2}}, "filter.a"),
    ({"a": re.compile("x")}, "filter.a"),
    ({"a": datetime(2024, 1, 1)}, "filter.a"),  # noqa: DTZ001  # that it is naive is the point
    ({1: "a"}, "filter"),
    ("kind = 'book'", "filter"),
    ([{"a": 1}], "filter"),
    (5, "filter"),
]


@pytest.mark.parametrize(("filter_", "named"), WRONG)
def test_4_8_what_is_wrong_in_a_filter_is_named(filter_: Json, named: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(named)):
        parse_filter(filter_)


def test_a_filter_that_contains_itself_is_refused() -> None:
    endless: dict[str, Json] = {}
    endless["$and"] = [endless]
    with pytest.raises(ArgumentError, match="nested deeper"):
        parse_filter(endless)


def test_a_filter_stays_what_it_was_when_it_was_given() -> None:
    given_: dict[str, Json] = {"tags": {"$all": ["sea"]}}
    checked = parse_filter(given_)
    given_["tags"]["$all"].append("shark")
    assert passes(checked, BOOK)


def test_what_was_parsed_can_be_looked_at() -> None:
    match parse_filter({"metadata.author.name": "Herman"}):
        case Condition(path="author.name", operator="$eq", operand="Herman"):
            pass
        case other:
            pytest.fail(repr(other))


# The oracle reads a filter as §4.8 describes it, case by case and without anything of ours.

NOTHING = object()


def oracle(filter_: Json, metadata: Json) -> bool:
    if filter_ == {}:
        return True
    return isinstance(metadata, dict) and holds(filter_, metadata)


def holds(filter_: dict[str, Json], row: dict[str, Json]) -> bool:
    for key, wanted in filter_.items():
        if key == "$and":
            ok = all(holds(inner, row) for inner in wanted)
        elif key == "$or":
            ok = any(holds(inner, row) for inner in wanted)
        elif key == "$nor":
            ok = not any(holds(inner, row) for inner in wanted)
        elif key == "$not":
            ok = not holds(wanted, row)
        else:
            ok = field_holds(wanted, look_up(row, key))
        if not ok:
            return False
    return True


def look_up(row: Json, path: str) -> Json:
    if not isinstance(row, dict):
        return NOTHING
    if path in row:
        return row[path]
    if "." not in path:
        return NOTHING
    head, tail = path.split(".", 1)
    return look_up(row[head], tail) if head in row else NOTHING


def field_holds(wanted: Json, value: Json) -> bool:
    if not (isinstance(wanted, dict) and any(key.startswith("$") for key in wanted)):
        return equal(value, wanted)
    return all(
        operator_holds(name, operand, value, wanted)
        for name, operand in wanted.items()
        if name != "$options"
    )


def operator_holds(name: str, operand: Json, value: Json, beside: dict[str, Json]) -> bool:  # noqa: C901, PLR0911, PLR0912  # one case an operator
    match name:
        case "$eq":
            return equal(value, operand)
        case "$ne":
            return not equal(value, operand)
        case "$gt" | "$gte" | "$lt" | "$lte":
            numbers = is_number(value) and is_number(operand)
            if not (numbers or (isinstance(value, str) and isinstance(operand, str))):
                return False
            if name == "$gt":
                return bool(value > operand)
            if name == "$gte":
                return bool(value >= operand)
            return bool(value < operand) if name == "$lt" else bool(value <= operand)
        case "$in":
            candidates = [value, *value] if isinstance(value, list) else [value]
            return any(equal(item, listed) for item in candidates for listed in operand)
        case "$nin":
            return not operator_holds("$in", operand, value, beside)
        case "$all":
            return (
                isinstance(value, list)
                and len(operand) > 0
                and all(any(equal(item, wanted) for item in value) for wanted in operand)
            )
        case "$size":
            return isinstance(value, list) and len(value) == operand
        case "$exists":
            return (value is not NOTHING) is operand
        case "$contains":
            if isinstance(value, str):
                return isinstance(operand, str) and value.find(operand) >= 0
            return isinstance(value, list) and any(equal(item, operand) for item in value)
        case "$regex":
            flags = re.IGNORECASE if beside.get("$options") == "i" else 0
            return isinstance(value, str) and bool(re.findall(operand, value, flags))
        case "$not":
            return not field_holds(operand, value)
        case "$elemMatch":
            if not isinstance(value, list):
                return False
            if any(key.startswith("$") for key in operand):
                return any(field_holds(operand, item) for item in value)
            return any(isinstance(item, dict) and holds(operand, item) for item in value)
    raise AssertionError(name)


def is_number(value: Json) -> bool:
    return type(value) in {int, float}


def equal(a: Json, b: Json) -> bool:
    if is_number(a) and is_number(b):
        return bool(a == b)
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return sorted(a) == sorted(b) and all(equal(a[key], b[key]) for key in a)
    return bool(a == b)


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, 2, 1.0, 0.5, -1])
    | st.sampled_from(["", "a", "ab", "ba", "A"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=5,
)
ROWS = st.none() | st.dictionaries(NAMES | st.just("a.b"), VALUES, max_size=4)
PATHS = NAMES | st.sampled_from(["a.b", "b.a", "a.b.c"])


def one(name: str, operand: st.SearchStrategy[Json]) -> st.SearchStrategy[dict[str, Json]]:
    return operand.map(lambda drawn: {name: drawn})


SIMPLE = st.one_of(
    *(one(name, VALUES) for name in ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$contains")),
    *(one(name, st.lists(VALUES, max_size=3)) for name in ("$in", "$nin", "$all")),
    one("$size", st.integers(0, 3)),
    one("$exists", st.booleans()),
    st.sampled_from([{"$regex": "^a"}, {"$regex": "A", "$options": "i"}, {"$regex": "b$"}]),
)
TESTS = st.recursive(
    SIMPLE | st.tuples(SIMPLE, SIMPLE).map(lambda pair: {**pair[0], **pair[1]}),
    lambda inner: one("$not", inner) | one("$elemMatch", inner),
    max_leaves=3,
)
FIELDS = st.dictionaries(PATHS, VALUES | TESTS, min_size=1, max_size=2).map(
    lambda drawn: {key: tidy(value) for key, value in drawn.items()}
)
FILTERS = st.recursive(
    FIELDS | one("a", one("$elemMatch", FIELDS)),
    lambda inner: (
        one("$and", st.lists(inner, max_size=3))
        | one("$or", st.lists(inner, max_size=3))
        | one("$nor", st.lists(inner, max_size=3))
        | one("$not", inner)
        | st.tuples(inner, inner).map(lambda pair: {**pair[0], **pair[1]})
    ),
    max_leaves=5,
)


def tidy(wanted: Json) -> Json:
    """Leave `$options` only beside its `$regex`, which a union of two may have lost."""
    if isinstance(wanted, dict) and "$options" in wanted and "$regex" not in wanted:
        return {key: value for key, value in wanted.items() if key != "$options"}
    return wanted


def has_no_condition(filter_: dict[str, Json]) -> bool:
    """Whether a filter is made of nothing but empty `$and` and `$nor`, and of those."""
    return all(
        (key == "$and" and all(map(has_no_condition, value)))
        or (key == "$nor" and not value)
        or (key == "$or" and any(map(has_no_condition, value)))
        for key, value in filter_.items()
    )


def negates_nothing(filter_: Json) -> bool:
    """Whether there is a `$not` without a condition somewhere, which is refused."""
    if isinstance(filter_, list):
        return any(map(negates_nothing, filter_))
    if not isinstance(filter_, dict):
        return False
    return any(
        (
            key == "$not"
            and not any(k for k in value if not k.startswith("$"))
            and has_no_condition(value)
        )
        or negates_nothing(value)
        for key, value in filter_.items()
    )


@settings(max_examples=400, deadline=None)
@given(filter_=FILTERS, row=ROWS)
def test_4_8_drawn_filters_pass_what_a_plain_reading_of_the_language_does(
    filter_: dict[str, Json], row: Json
) -> None:
    if negates_nothing(filter_):
        with pytest.raises(ArgumentError, match="needs a condition"):
            parse_filter(filter_)
        return
    expected = True if has_no_condition(filter_) else oracle(filter_, row)
    assert passes(parse_filter(filter_), row) is expected
    wrapped = {"metadata": filter_}
    assert passes(parse_filter(wrapped), row) is expected


@settings(max_examples=60, deadline=None)
@given(name=st.text(min_size=1).map(lambda text: "$" + text), value=VALUES)
def test_4_8_any_unknown_operator_is_an_error_that_names_it(name: str, value: Json) -> None:
    known = re.compile(
        r"\$(eq|ne|gte?|lte?|in|nin|all|exists|not|nor|and|or|regex|options|contains|elemMatch|size)"
    )
    if known.fullmatch(name):
        return
    for filter_ in ({name: value}, {"a": {name: value}}, {"$and": [{"a": {name: value}}]}):
        with pytest.raises(ArgumentError) as caught:
            parse_filter(filter_)
        assert name in str(caught.value)
