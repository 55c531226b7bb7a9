"""Values: what goes in comes out, what is none is refused, and how they are ordered."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import (
    INFINITY,
    MINUS_INFINITY,
    MINUS_ZERO,
    NAN,
    Call,
    Http,
    Pattern,
    Saved,
    Scenario,
    Step,
    change,
    floating,
    insert,
    int64,
    query,
    raw,
    read,
)

__all__ = ["SCENARIOS"]

TYPES: Final = "docs.convex.dev/database/types"
ENCODING: Final = "convex-backend crates/value/src/json/mod.rs"
ORDER: Final = "convex-backend crates/value/src/sorting.rs"
EXPORT: Final = "convex-backend crates/value/src/export.rs"
LIMITS: Final = "docs.convex.dev/production/state/limits"

KEPT: Final[dict[str, Any]] = {
    "null": None,
    "booleans": [True, False],
    "ordinary floats": [0.0, 1.0, -1.5, 5e-324, 1.7976931348623157e308, 1e21, 9007199254740993.0],
    "minus zero": [MINUS_ZERO, 0.0],
    "NaN and the infinities": [NAN, INFINITY, MINUS_INFINITY],
    "int64": [int64(0), int64(-1), int64(2**53 + 1), int64(2**63 - 1), int64(-(2**63))],
    "strings": ["", "h\u00e9llo \u2603", "\U0001f600", "$integer", "\u0000\u001f\u007f", '"\\/'],
    "bytes": [raw(b""), raw(b"\xff\xff\xfe"), raw(bytes(range(256)))],
    "arrays": [[], [[], [None]], [None, 1.0, int64(2), "x", True]],
    "objects": {"": 1.0, "with space": 2.0, "a-b": 3.0, "A": None, "inner": {"deep": {}}},
}


def kept(name: str, value: Any) -> Scenario:
    echoes = [
        Call(kind=kind, path=f"calls:echo{kind.capitalize()}", args={"value": value}, returns=value)
        for kind in ("query", "mutation", "action")
    ]
    stored = change(
        insert("things", {"a": value}), query("things", only="a"), returns=[Pattern("."), [value]]
    )
    return Scenario(
        f"values: {name} survive arguments, results and the database",
        TYPES,
        [*echoes, stored, read(query("things", only="a"), [value])],
    )


def refused_body(name: str, source: str, value_text: str, *replies: Any) -> Scenario:
    """The argument `value` is refused before the function runs, whether by an error or a status."""
    body = f'{{"path":"calls:echoQuery","args":{{"value":{value_text}}},"format":"json"}}'
    status, reply = replies or (200, Pattern('"status": ?"error"'))
    return Scenario(f"values: {name} refused", source, [posted("query", body, status, reply)])


def posted(kind: str, body: str, status: int, reply: Any) -> Http:
    headers = {"Content-Type": "application/json"}
    return Http(
        method="POST", path=f"/api/{kind}", body=body, headers=headers, status=status, reply=reply
    )


def formatted(name: str, format_: str, value: Any, expected: str) -> Scenario:
    body = {"path": "calls:echoQuery", "args": {"value": value}, "format": format_}
    step = Http(method="POST", path="/api/query", body=body, reply=Pattern(expected))
    return Scenario(f"values: {name}", EXPORT, [step])


def ordered(name: str, *ascending: Any) -> Scenario:
    """Stored backwards, read through an index in both directions."""
    steps: list[Step] = [change(*(insert("things", {"a": a}) for a in reversed(ascending)))]
    asc = query("things", index="by_a", only="a")
    steps.append(read(asc, list(ascending)))
    steps.append(read({**asc, "order": "desc"}, list(reversed(ascending))))
    return Scenario(f"order of values: {name}", ORDER, steps)


def nested(depth: int) -> Any:
    value: Any = 0.0
    for _ in range(depth):
        value = [value]
    return value


ONE_OF_EACH: Final = (
    None,
    int64(9),
    -1.0,
    False,
    "a",
    raw(b"a"),
    [None],
    {"a": None},
)
BOOLEANS: Final = (False, True)
NEGATIVE_NAN: Final = {"$float": "AAAAAAAA+P8="}

SCENARIOS: Final = [
    *(kept(name, value) for name, value in KEPT.items()),
    Scenario(
        "values: a function without result gives null",
        "npm convex src/server/impl/registration_impl.ts",
        [Call(kind="query", path="calls:nothing", args={}, returns=None)],
    ),
    Scenario(
        "values: undefined fields of a result are left out",
        TYPES,
        [Call(kind="query", path="calls:holes", args={}, returns={"a": 1.0})],
    ),
    Scenario(
        "values: minus zero of a function keeps its sign",
        ENCODING,
        [Call(kind="query", path="calls:minusZero", args={}, returns=[MINUS_ZERO, 0.0])],
    ),
    Scenario(
        "values: a Date is no Convex value",
        TYPES,
        [Call(kind="query", path="calls:dated", args={}, fails="not a supported Convex type")],
    ),
    Scenario(
        "values: floats of results are written with a fraction or an exponent",
        ENCODING,
        [
            Http(
                method="POST",
                path="/api/query",
                body={
                    "path": "calls:echoQuery",
                    "args": {"value": [1, -2, 1e21]},
                    "format": "convex_encoded_json",
                },
                reply=Pattern(r"\[1\.0, ?-2\.0, ?1e\+?21\]"),
            )
        ],
    ),
    refused_body("an int64 of one byte is", ENCODING, '{"$integer":"AA=="}'),
    refused_body("a tag beside another key is", ENCODING, '{"$integer":"AQAAAAAAAAA=","x":1}'),
    refused_body("an unknown tag is", ENCODING, '{"$foo":1}'),
    refused_body("a key that begins with $ is", ENCODING, '{"a":1,"$b":2}'),
    refused_body("the retired $set is", ENCODING, '{"$set":[]}'),
    refused_body("bytes that are no base64 text are", ENCODING, '{"$bytes":5}'),
    refused_body(
        "the commit timestamp's placeholder is, from clients,",
        "convex-backend crates/value/src/pending.rs",
        '{"$commitTs":null}',
    ),
    refused_body(
        "a key outside of ASCII is", "convex-backend crates/value/src/field_name.rs", '{"\u00e9":1}'
    ),
    refused_body(
        "JSON that overflows a float is",
        "convex-backend Cargo.toml (serde_json)",
        "1e400",
        400,
        Pattern("BadJsonBody"),
    ),
    refused_body(
        "a lone surrogate is",
        "convex-backend Cargo.toml (serde_json)",
        '"\\ud800"',
        400,
        Pattern("BadJsonBody"),
    ),
    refused_body("nesting deeper than 64 is", LIMITS, "[" * 65 + "]" * 65),
    refused_body("an array of more than 8192 items is", LIMITS, "[" + "0," * 8192 + "0]"),
    refused_body(
        "an object of more than 1024 fields is",
        LIMITS,
        "{" + ",".join(f'"f{i}":0' for i in range(1025)) + "}",
    ),
    Scenario(
        "values: 8192 items, 1024 fields and a nesting of 60 are fine",
        LIMITS,
        [
            Call(kind="query", path="calls:echoQuery", args={"value": value}, returns=value)
            for value in ([0.0] * 8192, {f"f{i}": 0.0 for i in range(1024)}, nested(60))
        ],
    ),
    formatted("format json writes int64 as text", "json", int64(5), '"value": ?"5"'),
    formatted("format json writes NaN as text", "json", NAN, '"value": ?"NaN"'),
    formatted("format json writes minus zero as -0.0", "json", MINUS_ZERO, '"value": ?-0\\.0[,}]'),
    formatted("format json writes bytes as base64", "json", raw(b"\x00\x10\x83"), '"ABCD"'),
    formatted(
        "format convex_clean_json is json by its other name",
        "convex_clean_json",
        int64(5),
        '"value": ?"5"',
    ),
    formatted("format export_json writes int64 as a number", "export_json", int64(5), ":? ?5[,}]"),
    ordered("types come in the order null, int64, float64, boolean ... object", *ONE_OF_EACH),
    ordered("every int64 comes before every float", int64(-3), int64(2**62), -1e300, 2.0),
    ordered(
        "floats are in IEEE total order",
        NEGATIVE_NAN,
        MINUS_INFINITY,
        -1.0,
        MINUS_ZERO,
        0.0,
        5e-324,
        INFINITY,
        NAN,
    ),
    ordered(
        "strings are in the order of code points", "", "a", "a\u0000", "b", "\uffff", "\U00010000"
    ),
    ordered(
        "bytes and arrays: the shorter first",
        raw(b""),
        raw(b"\x00"),
        raw(b"\xff"),
        [],
        [0.0],
        [0.0, None],
        [1.0],
    ),
    ordered(
        "objects compare by their sorted keys and values",
        {},
        {"a": 1.0},
        {"a": 1.0, "b": 0.0},
        {"a": 2.0},
        {"b": 0.0},
    ),
    ordered("false before true", *BOOLEANS),
    Scenario(
        "order of values: a missing field comes before null",
        ORDER,
        [
            change(insert("things", {"a": None}), insert("things", {"b": "missing"})),
            read(query("things", index="by_a", only="user"), [{"b": "missing"}, {"a": None}]),
        ],
    ),
    Scenario(
        "values: a plain number is a float64, never an int64",
        TYPES,
        [
            change(insert("things", {"a": 1})),
            read(query("things", index="by_a", range=[["eq", "a", int64(1)]]), []),
            read(query("things", index="by_a", range=[["eq", "a", 1.0]], only="a"), [1.0]),
        ],
    ),
    Scenario(
        "values: minus zero and zero are different keys of an index",
        ORDER,
        [
            change(insert("things", {"a": MINUS_ZERO}), insert("things", {"a": 0.0})),
            read(query("things", index="by_a", range=[["eq", "a", 0.0]], only="a"), [0.0]),
        ],
    ),
    Scenario(
        "values: the ids that insert gives are strings and find their documents",
        "docs.convex.dev/database/document-ids",
        [
            change(insert("things", {"a": 1.0}), save="made"),
            read({"op": "get", "id": Saved("made.0"), "only": "a"}, 1.0),
        ],
    ),
    Scenario(
        "values: a $float that a plain number could spell is accepted",
        "convex-backend crates/convex/src/value/json/float.rs",
        [
            Call(
                kind="query",
                path="calls:echoQuery",
                args={"value": floating(0.0)},
                returns=0.0,
            )
        ],
    ),
]
