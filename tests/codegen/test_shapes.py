"""Which shapes become which classes, and how stable that is."""

from __future__ import annotations

import builtins

from hypothesis import given
from hypothesis import strategies as st

from aioconvex_codegen.reading import read_spec
from aioconvex_codegen.shapes import Shapes, shapes_of
from aioconvex_codegen.snapshot import Snapshot
from codegen.strategies import validators
from codegen.validators import JSON, array, func, id_, kind, lit, obj, opt, table, union

S, N = kind("string"), kind("number")
FILTER = obj(role=S, since=opt(N))
USERS = table("users", obj(name=S, profile=obj(bio=S)))
USER = obj(_id=id_("users"), _creationTime=N, name=S, profile=obj(bio=S))


def shapes(functions: list[JSON], tables: list[JSON]) -> Shapes:
    return shapes_of(read_spec(Snapshot.of(functions, {"tables": tables})))


def class_names(functions: list[JSON], *tables: JSON) -> list[str]:
    return [model.name for model in shapes(functions, list(tables)).models]


def test_a_document_is_its_tables_class_wherever_it_stands() -> None:
    """Also below null, in arrays and in arguments; its parts have one class too."""
    functions = [
        func("a.js:get", obj(), union(USER, kind("null"))),
        func("b.js:list", obj(like=USER, profile=obj(bio=S)), array(USER)),
    ]

    assert class_names(functions, USERS) == ["NewUsers", "Users", "UsersProfile"]


def test_without_its_system_fields_it_is_what_is_inserted() -> None:
    """It has no id yet; and a function may take one."""
    functions = [func("a.js:add", obj(user=obj(name=S, profile=obj(bio=S))), id_("users"))]

    found = shapes(functions, [USERS])

    assert [model.name for model in found.models] == ["NewUsers", "Users", "UsersProfile"]
    assert not found.models[0].shape.field("_id")


def test_a_document_is_its_tables_class_whatever_its_fields_are_called() -> None:
    """Capitals sort before the system fields' underscore; a function's result has them there too."""
    users = table("users", obj(URL=S, name=S))
    user = obj(_id=id_("users"), _creationTime=N, URL=S, name=S)

    assert class_names([func("a.js:get", obj(), user)], users) == ["NewUsers", "Users"]


def test_what_two_tables_take_alike_is_named_after_the_first() -> None:
    """Each table has its class; a function's shape is the first one's, whatever the order."""
    tables = [table("b", obj(x=S)), table("a", obj(x=S))]
    found = shapes([func("m.js:f", obj(v=obj(x=S)))], tables)

    assert [model.name for model in found.models] == ["A", "B", "NewA", "NewB"]
    assert found.classes[found.models[2].shape] == "NewA"


def test_equal_shapes_are_one_class_named_after_the_first_place() -> None:
    """Whatever order the fields were written in."""
    turned = obj(since=opt(N), role=S)
    functions = [func("b.js:run", obj(filter=FILTER)), func("a.js:find", obj(where=turned))]

    assert class_names(functions) == ["FindArgsWhere"]


def test_an_optional_field_makes_another_shape() -> None:
    """A shape is what a value must have, so `since` and `since?` differ."""
    functions = [func("a.js:f", obj(x=FILTER, y=obj(role=S, since=N)))]

    assert class_names(functions) == ["FArgsX", "FArgsY"]


def test_places_of_the_same_name_are_told_apart_by_module() -> None:
    """As little of it as needed, for all of them alike."""
    functions = [
        func("mastra/storage.js:handle", obj(), obj(a=S)),
        func("mastra/cache.js:handle", obj(), obj(b=S)),
        func("x/cache.js:handle", obj(), obj(c=S)),
        func("y.js:other", obj(), obj(d=S)),
    ]

    assert class_names(functions) == [
        "MastraCacheHandleResult",
        "OtherResult",
        "StorageHandleResult",
        "XCacheHandleResult",
    ]


def test_a_module_in_front_of_a_name_makes_it_no_number() -> None:
    """`2fa` begins a name as it does elsewhere."""
    args = obj(userId=obj(a=S), user_id=obj(a=N))

    names = class_names([func("2fa.js:f", args, kind("null"))])

    assert names == ["M2faFArgsUserId", "M2faFArgsUserId_"]


def test_arms_of_a_union_are_told_apart_by_their_tag() -> None:
    """By a text that all have; else by number. A lone object needs neither."""
    tagged = union(obj(kind=lit("on"), a=N), obj(kind=lit("off"), b=N))
    untagged = union(obj(a=N), obj(b=N))
    functions = [
        func("a.js:f", obj(x=tagged)),
        func("a.js:g", obj(x=untagged)),
        func("a.js:h", obj(x=union(obj(c=N), kind("null")))),
    ]

    assert class_names(functions) == ["FArgsXOff", "FArgsXOn", "GArgsX1", "GArgsX2", "HArgsX"]


def test_a_union_table_is_an_alias_of_its_documents() -> None:
    """Each arm has the system fields; the alias can be named by functions."""
    found = shapes([], [table("events", union(obj(kind=lit("a"), x=S), obj(kind=lit("b"), y=S)))])

    assert [model.name for model in found.models] == [
        "EventsA",
        "EventsB",
        "NewEventsA",
        "NewEventsB",
    ]
    assert [bool(model.shape.field("_id")) for model in found.models] == [True, True, False, False]
    assert [(alias.name, len(alias.arms)) for alias in found.aliases] == [
        ("Events", 2),
        ("NewEvents", 2),
    ]


def test_every_table_that_is_mentioned_has_an_id_type() -> None:
    """System tables and tables of no schema too."""
    found = shapes([func("a.js:f", obj(x=id_("_storage"), y=array(id_("gone"))))], [USERS])

    assert found.ids == {"_storage": "StorageId", "gone": "GoneId", "users": "UsersId"}


def test_ids_and_documents_share_one_scope() -> None:
    """A table called like another one's id keeps its name."""
    found = shapes([], [table("users", obj()), table("users_id", obj())])

    assert [model.name for model in found.models] == ["NewUsers", "NewUsersId", "Users", "UsersId"]
    assert found.ids == {"users": "UsersId_", "users_id": "UsersIdId"}


def test_no_class_is_called_like_one_of_pythons_own() -> None:
    """Annotations would find Python's; and code that imports the class would lose it."""
    tables = [table("exception", obj()), table("timeout_error", obj()), table("ellipsis", obj(a=S))]

    found = shapes([func("a.js:get", obj(warning=obj(b=S)))], tables)

    names = {model.name for model in found.models} | set(found.ids.values())
    assert {"Exception_", "TimeoutError_", "Ellipsis_"} <= names
    assert not names & vars(builtins).keys()


functions_of = st.dictionaries(
    st.sampled_from(["a.js:f", "a.js:g", "b.js:f", "c/d.js:h"]), validators, max_size=4
)


@given(functions_of)
def test_every_shape_has_one_name_in_any_order(functions: dict[str, JSON]) -> None:
    """Names do not depend on the order of functions, and no two shapes share one."""
    spec = [func(path, obj(x=validator), validator) for path, validator in functions.items()]
    turned = spec[::-1]

    found = shapes(spec, [USERS])
    names = [model.name for model in found.models]

    assert len(set(names)) == len(names)
    assert len({model.shape for model in found.models}) == len(names)
    assert found == shapes(turned, [USERS])


@given(functions_of)
def test_an_unrelated_function_renames_nothing(functions: dict[str, JSON]) -> None:
    """Adding a function with a shape of its own leaves every other name as it is."""
    spec = [func(path, obj(x=validator)) for path, validator in functions.items()]
    more = [*spec, func("aa.js:unrelated", obj(y=obj(quite=obj(alone=N))))]

    before, after = shapes(spec, [USERS]), shapes(more, [USERS])

    assert set(before.classes.items()) <= set(after.classes.items())
