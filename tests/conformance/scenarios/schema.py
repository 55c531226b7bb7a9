"""Schema validation of documents."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import (
    ANY,
    Pattern,
    Saved,
    Scenario,
    Step,
    change,
    insert,
    int64,
    query,
    raw,
    read,
)

__all__ = ["SCENARIOS"]

SCHEMAS: Final = "docs.convex.dev/database/schemas"
MISFIT: Final = "does not match"


def fits(name: str, table: str, value: Any) -> Scenario:
    return Scenario(
        f"schema: {name}",
        SCHEMAS,
        [change(insert(table, value)), read(query(table, only="user"), [value])],
    )


def misfits(name: str, table: str, *values: Any) -> Scenario:
    refusals: list[Step] = [change(insert(table, value), fails=MISFIT) for value in values]
    return Scenario(f"schema: {name}", SCHEMAS, [*refusals, read(query(table), [])])


def person(**fields: Any) -> dict[str, Any]:
    return {"name": "Ada", **fields}


def edited(name: str, operation: str, value: Any, expected: Any) -> Scenario:
    """Ada, aged 36, is patched or replaced; `expected` is None when that is refused."""
    step = {"op": operation, "id": Saved("made.0"), "value": value}
    edit = change(step) if expected else change(step, fails=MISFIT)
    after = expected or person(age=36.0)
    made = change(insert("people", person(age=36.0)), save="made")
    return Scenario(
        f"schema: {name}", SCHEMAS, [made, edit, read(query("people", only="user"), [after])]
    )


SCENARIOS: Final = [
    fits("the required fields suffice", "people", person()),
    fits(
        "every optional field with its type",
        "people",
        person(
            age=36.0,
            rank=int64(1),
            color="blue",
            tags=["x", ""],
            home={"city": "London"},
            scores={"chess": 1.0},
            note=None,
            raw=raw(b"x"),
            flag=False,
            free=[{"x": None}],
        ),
    ),
    fits("either member of a union of objects", "shapes", {"kind": "square", "side": 2.0}),
    misfits("a missing required field is refused", "people", {}, {"age": 36.0}),
    misfits("a field that is not declared is refused", "people", person(extra=1.0)),
    misfits("null is no string", "people", {"name": None}),
    misfits(
        "null is not the same as an absent optional field",
        "people",
        person(age=None),
        person(tags=None),
    ),
    misfits(
        "an int64 is no number and a number no int64",
        "people",
        person(age=int64(1)),
        person(rank=1.0),
    ),
    misfits("a literal admits itself only", "people", person(color="green"), person(color=1.0)),
    misfits("every item of an array is checked", "people", person(tags=["x", 1.0])),
    misfits(
        "inner objects are exact",
        "people",
        person(home={}),
        person(home={"city": "x", "country": "y"}),
    ),
    misfits("every value of a record is checked", "people", person(scores={"chess": "high"})),
    misfits("bytes are no string", "people", person(raw="x")),
    misfits(
        "a union refuses what no member admits",
        "shapes",
        {"kind": "square", "radius": 2.0},
        {"kind": "line"},
    ),
    Scenario(
        "schema: an id is checked by its table",
        SCHEMAS,
        [
            change(insert("people", person()), insert("things", {"a": 1.0}), save="made"),
            change(insert("people", person(friend=Saved("made.0")))),
            change(insert("people", person(friend=Saved("made.1"))), fails=MISFIT),
            change(insert("people", person(friend="nobody")), fails=MISFIT),
        ],
    ),
    edited("a patch changes what it names", "patch", {"age": 37.0}, person(age=37.0)),
    edited(
        "a patch to undefined removes an optional field", "patch", {"age": "@undefined"}, person()
    ),
    edited("a patch may not remove a required field", "patch", {"name": "@undefined"}, None),
    edited("a patch is checked", "patch", {"age": "old"}, None),
    edited("a patch adds no undeclared field", "patch", {"extra": 1.0}, None),
    edited(
        "a replacement drops what it does not name", "replace", {"name": "Eve"}, {"name": "Eve"}
    ),
    edited("a replacement needs the required fields", "replace", {"age": 1.0}, None),
    Scenario(
        "schema: a patch is shallow: inner objects are replaced as a whole",
        "docs.convex.dev/database/writing-data",
        [
            change(insert("people", person(home={"city": "London", "zip": "W1"})), save="made"),
            change({"op": "patch", "id": Saved("made.0"), "value": {"home": {"city": "Paris"}}}),
            read({"op": "get", "id": Saved("made.0"), "only": "home"}, {"city": "Paris"}),
        ],
    ),
    Scenario(
        "schema: the refusal names the table and the field",
        SCHEMAS,
        [change(insert("people", person(home={"city": 1.0})), fails="people.*city")],
    ),
    Scenario(
        "schema: a table without rules takes any object, and only objects",
        SCHEMAS,
        [
            change(insert("things", {"a": [{"b": None}], "c": raw(b"")})),
            change(insert("things", [1.0]), fails="(?i)object"),
            change(insert("things", "text"), fails="(?i)object"),
        ],
    ),
    Scenario(
        "schema: a refused write undoes the whole mutation",
        "docs.convex.dev/functions/mutation-functions",
        [
            change(insert("things", {"a": 1.0}), insert("people", {}), fails=MISFIT),
            read(query("things"), []),
        ],
    ),
    Scenario(
        "schema: a document may be replaced by itself, system fields included",
        "docs.convex.dev/database/writing-data",
        [
            change(
                insert("people", person()),
                {"op": "get", "id": "@0"},
                {"op": "replace", "id": "@0", "value": "@1"},
                {"op": "get", "id": "@0", "only": "user"},
                returns=[Pattern("."), ANY, None, person()],
            )
        ],
    ),
    Scenario(
        "schema: a table that it does not declare takes any object",
        "convex-backend crates/common/src/schemas/mod.rs",
        [
            change(insert("undeclared", {"a": [1.0]})),
            read(query("undeclared", only="a"), [[1.0]]),
        ],
    ),
]
