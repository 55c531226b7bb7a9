"""Drawings of a schema: complete, and safe to show whatever the schema says."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioconvex_codegen.diagram import Diagram, as_mermaid, as_svg, diagram_of
from aioconvex_codegen.snapshot import Snapshot
from codegen.strategies import documents
from codegen.validators import array, func, id_, kind, lit, obj, obj_of, opt, table, union

USERS = table("users", obj(name=kind("string")), indexes=[{"indexDescriptor": "by_name"}])
ORDERS = table("orders", obj(user=id_("users"), also=opt(array(id_("users"))), own=id_("orders")))
FUNCTIONS = [
    func("users.js:get", obj(id=id_("users"), deep=opt(kind("any"))), union(kind("null"))),
    func("a/b.js:purge", None, None, kind="Action", visibility="internal"),
]
SCHEMA = {"tables": [USERS, ORDERS, table("free", kind("any"))]}


@pytest.fixture
def diagram() -> Diagram:
    return diagram_of(Snapshot.of(FUNCTIONS, SCHEMA))


def test_mermaid_has_everything(diagram: Diagram) -> None:
    """Tables with fields and indexes, modules with functions, an arrow for each id."""
    assert (
        as_mermaid(diagram)
        == """\
classDiagram
  direction LR
  class t0["free"] {
    <<table>>
    any fields
  }
  class t1["orders"] {
    <<table>>
    also?: Id users[]
    own: Id orders
    user: Id users
  }
  class t2["users"] {
    <<table>>
    name: string
    index by_name
  }
  class m0["a/b"] {
    <<module>>
    internal action purge(...): any
  }
  class m1["users"] {
    <<module>>
    query get(deep?, id): null
  }
  t1 --> t2 : also
  t1 --> t1 : own
  t1 --> t2 : user
"""
    )


def test_svg_has_everything(diagram: Diagram) -> None:
    """Every line as a text inside the picture, every id as a path between two boxes."""
    root = ET.fromstring(as_svg(diagram))
    space = {"s": "http://www.w3.org/2000/svg"}
    texts = [item.text for item in root.findall("s:text", space)]

    assert {"orders", "user: Id users", "index by_name", "query get(deep?, id): null"} <= set(texts)
    assert len(root.findall("s:path", space)) == 3
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in root.findall("s:rect", space)[1:]:
        assert 0 < float(box.attrib["x"]) + float(box.attrib["width"]) <= width
        assert 0 < float(box.attrib["y"]) + float(box.attrib["height"]) <= height


@given(st.text(max_size=8), documents)
def test_whatever_a_schema_says_is_text(word: str, document: dict[str, object]) -> None:
    """No word of it becomes markup or another line."""
    fields = obj_of({f"{word}<script>": lit(word), '"]\n}': id_("t")})
    snapshot = Snapshot.of(
        [func("a.js:f", fields, lit(f"</text>{word}"))],
        {"tables": [table("t", fields), table("u", document)]},
    )
    diagram = diagram_of(snapshot)

    root = ET.fromstring(as_svg(diagram))
    assert {item.tag.rpartition("}")[2] for item in root.iter()} <= {
        *("svg", "title", "style", "rect", "text", "path", "circle")
    }
    for line in as_mermaid(diagram).splitlines()[2:]:
        assert re.fullmatch(
            r'  class [tm]\d+\["[\w .,:?()\[\]/-]*"\] \{|    <<\w+>>|    [\w .,:?()\[\]/-]+|  \}'
            r"|  t\d+ --> t\d+ : [\w .,:?()\[\]/-]+",
            line,
            re.ASCII,
        )


def test_nothing_is_a_drawing_too() -> None:
    """An empty deployment has an empty picture."""
    diagram = diagram_of(Snapshot.of([], None))

    assert ET.fromstring(as_svg(diagram)).tag.endswith("svg")
    assert as_mermaid(diagram) == "classDiagram\n  direction LR\n"
