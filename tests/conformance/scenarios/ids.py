"""System fields and ids."""

from __future__ import annotations

from typing import Any, Final

from conformance.form import ANY, Pattern, Same, Saved, Scenario, change, insert, query, read

__all__ = ["SCENARIOS"]

IDS: Final = "docs.convex.dev/database/document-ids"
SYSTEM: Final = "docs.convex.dev/database/types#system-fields"
ID: Final = Pattern(r"^[0-9a-hjkmnp-tv-z]{31,37}$")
WRITING: Final = "docs.convex.dev/database/writing-data"


def named(name: str, value: Any) -> Scenario:
    return Scenario(
        f"system fields: {name}",
        "convex-backend crates/common/src/document.rs",
        [change(insert("things", value), fails=next(iter(value)))],
    )


SCENARIOS: Final = [
    Scenario(
        "ids: lower-case base32 of 31 to 37 characters",
        "convex-backend crates/value/src/id_v6.rs",
        [change(insert("things", {}), insert("people", {"name": "Ada"}), returns=[ID, ID])],
    ),
    Scenario(
        "ids: never the same twice",
        IDS,
        [
            change(insert("things", {}), save="one"),
            change({"op": "delete", "id": Saved("one.0")}, insert("things", {}), save="two"),
            Same(Saved("one.0"), Saved("two.1"), equal=False),
        ],
    ),
    Scenario(
        "ids: get finds the document of any table, or null",
        IDS,
        [
            change(insert("things", {"a": 1.0}), insert("people", {"name": "Ada"}), save="made"),
            read({"op": "get", "id": Saved("made.0"), "only": "user"}, {"a": 1.0}),
            read({"op": "get", "id": Saved("made.1"), "only": "user"}, {"name": "Ada"}),
            change({"op": "delete", "id": Saved("made.0")}),
            read({"op": "get", "id": Saved("made.0")}, None),
        ],
    ),
    Scenario(
        "ids: a text that is no id makes get fail",
        IDS,
        [read({"op": "get", "id": "nobody"}, fails="nobody")],
    ),
    Scenario(
        "ids: normalizeId gives the id for its own table only",
        "docs.convex.dev/api/interfaces/server.GenericDatabaseReader#normalizeid",
        [
            change(insert("things", {}), save="made"),
            read({"op": "normalize", "table": "things", "id": Saved("made.0")}, Saved("made.0")),
            read({"op": "normalize", "table": "people", "id": Saved("made.0")}, None),
            read({"op": "normalize", "table": "things", "id": "nobody"}, None),
        ],
    ),
    Scenario(
        "system fields: every document has _id and _creationTime",
        SYSTEM,
        [
            change(insert("things", {"a": 1.0}), save="made"),
            read(
                {"op": "get", "id": Saved("made.0")},
                {"_id": Saved("made.0"), "_creationTime": ANY, "a": 1.0},
                save="whole",
            ),
            read(
                query("things"),
                [
                    {
                        "_id": Saved("made.0"),
                        "_creationTime": Saved("whole.0._creationTime"),
                        "a": 1.0,
                    }
                ],
            ),
        ],
    ),
    Scenario(
        "system fields: patches and replacements leave them alone",
        SYSTEM,
        [
            change(insert("things", {"a": 1.0}), {"op": "get", "id": "@0"}, save="made"),
            change(
                {"op": "patch", "id": Saved("made.0"), "value": {"a": 2.0}},
                {"op": "get", "id": Saved("made.0"), "only": "_creationTime"},
                {"op": "replace", "id": Saved("made.0"), "value": {}},
                {"op": "get", "id": Saved("made.0")},
                returns=[
                    None,
                    Saved("made.1._creationTime"),
                    None,
                    {"_id": Saved("made.0"), "_creationTime": Saved("made.1._creationTime")},
                ],
            ),
        ],
    ),
    Scenario(
        "system fields: a patch may not change the id",
        WRITING,
        [
            change(
                insert("things", {}),
                insert("things", {}),
                {"op": "patch", "id": "@0", "value": {"_id": "@1"}},
                fails="_id",
            ),
        ],
    ),
    Scenario(
        "system fields: the id of the document itself may be among a patch",
        WRITING,
        [
            change(
                insert("things", {}), {"op": "patch", "id": "@0", "value": {"_id": "@0", "a": 1.0}}
            ),
            read(query("things", only="a"), [1.0]),
        ],
    ),
    named("no other field may begin with an underscore", {"_secret": 1.0}),
    named("a field name with a hyphen is refused at the top", {"a-b": 1.0}),
    named("a field name that begins with a digit is refused at the top", {"1a": 1.0}),
    named("a field name of more than 64 characters is refused at the top", {"x" * 65: 1.0}),
    Scenario(
        "system fields: inner objects may have any ASCII name",
        "docs.convex.dev/production/state/limits",
        [
            change(insert("things", {"a": {"a-b": 1.0, "_x": 2.0, "1": 3.0}})),
            read(query("things", only="a"), [{"a-b": 1.0, "_x": 2.0, "1": 3.0}]),
        ],
    ),
    Scenario(
        "system fields: an empty patch changes nothing",
        WRITING,
        [
            change(
                insert("things", {"a": 1.0}),
                {"op": "patch", "id": "@0", "value": {}},
                {"op": "get", "id": "@0", "only": "user"},
                returns=[ID, None, {"a": 1.0}],
            )
        ],
    ),
    Scenario(
        "tables: a table's name is an identifier",
        "convex-backend crates/convex/sync_types/src/identifier.rs",
        [
            change(insert("no-table", {}), fails="no-table"),
            change(insert("_system", {}), fails="(?i)system"),
        ],
    ),
]
