"""The model generator writes what we mean, and nothing else."""

from __future__ import annotations

import ast
import sys
from types import ModuleType
from typing import get_type_hints

import pytest
from attrs import fields_dict
from hypothesis import given, settings
from hypothesis import strategies as st

from aioconvex_codegen.annotations import Annotator, Slot
from aioconvex_codegen.jsontext import parse
from aioconvex_codegen.names import member_names
from aioconvex_codegen.package import package_modules
from aioconvex_codegen.reading import read_spec
from aioconvex_codegen.shapes import Shapes, shapes_of
from aioconvex_codegen.snapshot import Snapshot
from aioconvex_codegen.spec import Spec
from codegen.cases import CASES, expected
from codegen.strategies import documents, validators
from codegen.validators import JSON, func, id_, kind, obj, table, union

TEXT = kind("string")


@pytest.mark.parametrize("case", CASES)
def test_golden_fields_are_annotated_as_parameters_are(case: str) -> None:
    """A field's type is spelled as it would be for an endpoint."""
    models = (expected(case) / "bindings" / "models.py").read_text()

    assert annotations_in(models) == our_annotations(shapes_of(golden_spec(case)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(validators, validators), max_size=2), st.lists(documents, max_size=2))
def test_any_fields_are_annotated_as_parameters_are(
    functions: list[tuple[JSON, JSON]], tables: list[JSON]
) -> None:
    """Whatever the validators; and the module imports, with every annotation understood."""
    spec = spec_of(
        [func(f"m.js:f{n}", obj(x=args), returns) for n, (args, returns) in enumerate(functions)],
        [table(f"t{n}", document) for n, document in enumerate(tables)],
    )
    models = package_modules(spec, "# header")["models.py"]
    shapes = shapes_of(spec)

    assert annotations_in(models) == our_annotations(shapes)
    module = imported(models)
    for model in shapes.models:
        cls = getattr(module, model.name)
        assert get_type_hints(cls, include_extras=True).keys() == fields_dict(cls).keys()


def test_index_names_of_every_table_have_a_constant_of_their_own() -> None:
    """`users` with a search index and `users_search` with an index both want one name."""
    index = {"indexDescriptor": "by_name", "fields": ["name"]}
    search = {"indexDescriptor": "find", "searchField": "name"}
    users, users_search = (table(name, obj()) for name in ("users", "users_search"))
    users |= {"indexes": [index], "searchIndexes": [search]}
    users_search |= {"indexes": [index], "vectorIndexes": [{"indexDescriptor": "near"}]}

    models = package_modules(spec_of([], [users, users_search]), "# header")["models.py"]

    assert constants_in(models) == {
        "USERS_INDEXES": ("by_name",),
        "USERS_SEARCH_INDEXES": ("find",),
        "USERS_SEARCH_INDEXES_": ("by_name",),
        "USERS_SEARCH_VECTOR_INDEXES": ("near",),
    }


def constants_in(source: str) -> dict[str, object]:
    """The module's constants; that no two share a name is checked."""
    found = [
        (node.target.id, ast.literal_eval(node.value))
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
        if node.target.id.isupper()
    ]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_documents_of_several_shapes_are_called_by_their_name_beside_null() -> None:
    """As a result, an argument and a field: no list of all that a document may be."""
    documents = [obj(_id=id_("t"), _creationTime=kind("number"), **{wire: TEXT}) for wire in "ab"]
    found = union(*documents, kind("null"))
    tables = [table("t", union(obj(a=TEXT), obj(b=TEXT)))]
    sources = package_modules(spec_of([func("m.js:f", obj(x=found), obj(y=found))], tables), "# h")

    assert "def f(self, *, x: T | None) -> FResult" in sources["functions/m.py"]
    assert annotations_in(sources["models.py"])["FResult"] == {"y": "T | None"}


def golden_spec(case: str) -> Spec:
    spec, tables = (
        parse((expected(case) / "schema" / name).read_bytes(), name)
        for name in ("function_spec.json", "tables.json")
    )
    return read_spec(Snapshot.of(spec["functions"], tables))


def spec_of(functions: list[JSON], tables: list[JSON]) -> Spec:
    return read_spec(Snapshot.of(functions, {"tables": tables}))


def annotations_in(source: str) -> dict[str, dict[str, str]]:
    return {
        node.name: {
            ast.unparse(item.target): ast.unparse(item.annotation)
            for item in node.body
            if isinstance(item, ast.AnnAssign)
        }
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef)
    }


def our_annotations(shapes: Shapes) -> dict[str, dict[str, str]]:
    annotator = Annotator(shapes)
    found: dict[str, dict[str, str]] = {}
    for model in shapes.models:
        names = member_names(item.wire for item in model.shape.fields)
        found[model.name] = {
            names[item.wire]: ast.unparse(
                ast.parse(annotator.of(item.validator) + Slot.of(item).suffix)
            )
            for item in model.shape.fields
        }
    return found


def imported(source: str) -> ModuleType:
    module = ModuleType("models_under_test")
    sys.modules[module.__name__] = module  # attrs and typing look the module up by its name
    exec(compile(source, "models.py", "exec"), module.__dict__)
    return module
