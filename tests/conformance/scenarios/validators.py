"""Validators of arguments and results."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import (
    MINUS_ZERO,
    NAN,
    Call,
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

VALIDATION: Final = "docs.convex.dev/functions/validation"
ARGUMENTS: Final = "ArgumentValidationError: "
RESULT: Final = "ReturnsValidationError: "

MEMBERS: Final[dict[str, tuple[list[Any], list[Any]]]] = {
    "number": ([1.0, NAN, MINUS_ZERO], [int64(1), "1", None, True]),
    "int64": ([int64(1)], [1.0, "1", None]),
    "boolean": ([True, False], [1.0, "true", None]),
    "string": (["", "x"], [1.0, None, ["x"]]),
    "bytes": ([raw(b""), raw(b"x")], ["x", None, []]),
    "nothing": ([None], [0.0, False, "", {}]),
    "any": ([None, 1.0, int64(1), "x", [{}], {"a": None}], []),
    "literal": (["red"], ["blue", 1.0, None]),
    "numberLiteral": ([1.0], [2.0, int64(1), "1", True]),
    "union": (["x", 1.0], [None, int64(1), [], True]),
    "array": ([[], [1.0, 2.0]], [[1.0, "x"], 1.0, {"0": 1.0}, None]),
    "object": (
        [{"a": 1.0}, {"a": 1.0, "b": "x"}],
        [{}, {"a": 1.0, "b": None}, {"a": 1.0, "c": 1.0}, {"a": "x"}, [], None],
    ),
    "record": ([{}, {"x": 1.0, "a-b": 2.0}], [{"x": "y"}, [], None]),
    "nullable": (["x", None], [1.0, []]),
}


def members(name: str, admitted: list[Any], refused: list[Any]) -> Scenario:
    def call(value: Any, **expected: Any) -> Call:
        return Call(kind="query", path=f"checked:{name}", args={"value": value}, **expected)

    steps: list[Step] = [call(value, returns=value) for value in admitted]
    steps += [call(value, fails=ARGUMENTS) for value in refused]
    return Scenario(f"validators: what v.{name} admits", VALIDATION, steps)


def called(name: str, path: str, args: Any, **expected: Any) -> Scenario:
    step = Call(kind="query", path=path, args=args, **expected)
    return Scenario(f"validators: {name}", VALIDATION, [step])


SCENARIOS: Final = [
    *(members(name, *sides) for name, sides in MEMBERS.items()),
    Scenario(
        "validators: an id is one of its table, well formed or not there any more",
        VALIDATION,
        [
            change(insert("people", {"name": "Ada"}), insert("things", {}), save="made"),
            Call(kind="query", path="checked:id", args={"value": Saved("made.0")}),
            Call(kind="query", path="checked:id", args={"value": Saved("made.1")}, fails=ARGUMENTS),
            Call(kind="query", path="checked:id", args={"value": "nobody"}, fails=ARGUMENTS),
            change({"op": "delete", "id": Saved("made.0")}),
            Call(kind="query", path="checked:id", args={"value": Saved("made.0")}),
        ],
    ),
    called("an optional argument may be absent", "checked:optional", {}, returns=None),
    called(
        "an optional argument may not be null", "checked:optional", {"value": None}, fails=ARGUMENTS
    ),
    called(
        "a required argument may not be absent", "checked:string", {}, fails=ARGUMENTS + ".*value"
    ),
    called(
        "an argument too many is named",
        "checked:string",
        {"value": "x", "more": 1.0},
        fails=ARGUMENTS + ".*more",
    ),
    called("args: {} admits no argument", "checked:none", {"x": 1.0}, fails=ARGUMENTS),
    called("args may be a v.object", "checked:whole", {"value": "x"}, returns="x"),
    called(
        "args as v.object are exact too", "checked:whole", {"value": "x", "y": 1.0}, fails=ARGUMENTS
    ),
    called(
        "arguments may come as a list of one object",
        "checked:string",
        [{"value": "x"}],
        returns="x",
    ),
    called(
        "an empty list is no argument object with fields", "checked:string", [], fails=ARGUMENTS
    ),
    called(
        "the text has the path of what does not fit",
        "checked:object",
        {"value": {"a": "x"}},
        fails="\\.value\\.a",
    ),
    called(
        "the text has the validator, with number as float64",
        "checked:number",
        {"value": "x"},
        fails="v\\.float64\\(\\)",
    ),
    called(
        "without a validator any arguments are taken",
        "calls:echoQuery",
        {"value": 1.0, "more": [None]},
        returns=1.0,
    ),
    called("a result that fits", "checked:givesObject", {"value": {"a": 1.0}}, returns={"a": 1.0}),
    called("a result of another type", "checked:givesNumber", {"value": "x"}, fails=RESULT),
    called(
        "a result of int64 where float64 is declared",
        "checked:givesNumber",
        {"value": int64(1)},
        fails=RESULT,
    ),
    called(
        "a result of float64 where int64 is declared",
        "checked:givesInt64",
        {"value": 1.0},
        fails=RESULT,
    ),
    called("no result is null", "checked:givesNull", {}, returns=None),
    called(
        "a field too many in a result",
        "checked:givesObject",
        {"value": {"a": 1.0, "b": 1.0}},
        fails=RESULT,
    ),
    called("a field too few in a result", "checked:givesObject", {"value": {}}, fails=RESULT),
    called("an optional field of a result", "checked:givesOptional", {"value": {}}, returns={}),
    called("an item of a result", "checked:givesArray", {"value": ["x", 1.0]}, fails=RESULT),
    called("an id in a result", "checked:givesId", {"value": "nobody"}, fails=RESULT),
    Scenario(
        "validators: a mutation whose result does not fit has written nothing",
        VALIDATION,
        [
            Call(kind="mutation", path="checked:writesThenGives", args={}, fails=RESULT),
            read(query("things"), []),
        ],
    ),
    Scenario(
        "validators: a record's keys are checked by their validator",
        VALIDATION,
        [
            change(insert("people", {"name": "Ada"}), save="made"),
            Call(
                kind="query",
                path="checked:idRecord",
                args={"value": {"nobody": 1.0}},
                fails=ARGUMENTS,
            ),
        ],
    ),
    Scenario(
        "validators: nested calls are checked too",
        VALIDATION,
        [
            Call(
                kind="query",
                path="calls:askBelow",
                args={"name": "checked:string", "args": {"value": 1.0}},
                fails=ARGUMENTS,
            )
        ],
    ),
]
