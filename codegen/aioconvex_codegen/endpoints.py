"""Namespaces as Python modules: one class each, one typed stub per function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from .annotations import Annotator, Slot
from .modules import Import, Module, fill
from .names import first_free, member_names, shown, wire_exceptions
from .namespaces import Tree, tree_of
from .recognition import paging_of, returns_count

if TYPE_CHECKING:
    from .shapes import Shapes
    from .spec import Field, Function, Object, Route, Spec

__all__ = ["endpoint_modules"]


def endpoint_modules(spec: Spec, shapes: Shapes, header: str) -> dict[str, str]:
    """The modules of all namespaces: path in the package to source.

    Args:
        spec: the functions.
        shapes: what their arguments and results are called.
        header: the first line of every module.
    """
    tree = tree_of(spec.functions)
    modules = {_file(node): _module(node, shapes, header, spec.routes) for node in tree.walk()}
    modules["functions/__init__.py"] = f'{header}\n"""One module per Convex module."""\n'
    return modules


def _file(node: Tree) -> str:
    if not node.path:
        return "__init__.py"
    place = "/".join(("functions", *node.path))
    return f"{place}/__init__.py" if node.children else f"{place}.py"


def _module(node: Tree, shapes: Shapes, header: str, routes: tuple[Route, ...]) -> str:
    children = _children(node)
    local = {node.class_name, *(child.here for child in children)}
    # A table may be called like a namespace; then its class has a private name in this module.
    renamed = {name: first_free(f"_{name}", local) for name in shapes.names if name in local}
    annotator = Annotator(shapes, renamed)
    dots = "." * (len(node.path) + 1 + bool(node.children and node.path))
    body = fill(
        "namespace",
        name=node.class_name,
        doc=_class_doc(node, routes),
        children=[child.context() for child in children],
        endpoints=[_endpoint(name, item, annotator) for name, item in node.functions.items()],
    )
    return Module(
        header=header,
        doc=_doc(node),
        body=body,
        own=[(f"{dots}models", name, renamed.get(name, name)) for name in sorted(shapes.names)],
        typing_only=[child.statement for child in children],
        exports=[] if node.path else ["Api"],
        stubs=bool(node.path),
    ).source()


def _doc(node: Tree) -> str:
    if node.path:
        return f"Functions of `{shown('/'.join(node.wire))}`."
    return "Functions of the deployment."


def _class_doc(node: Tree, routes: tuple[Route, ...]) -> str:
    if node.path or not routes:
        return _doc(node)
    listed = "\n".join(f"    - `{shown(f'{route.method} {route.path}')}`" for route in routes)
    return f"{_doc(node)}\n\n    It also serves HTTP actions:\n\n{listed}\n    "


@frozen
class _Child:
    """A namespace as its parent mentions it; `here` is its class in the parent's module."""

    name: str
    node: Tree
    here: str
    in_root: bool

    @property
    def statement(self) -> Import:
        source = f".functions.{self.name}" if self.in_root else f".{self.name}"
        return source, self.node.class_name, self.here

    def context(self) -> dict[str, str]:
        source, name, here = self.statement
        renaming = "" if name == here else f" as {here}"
        return {
            "name": self.name,
            "class_name": here,
            "doc": _doc(self.node),
            "statement": f"from {source} import {name}{renaming}",
        }


def _children(node: Tree) -> list[_Child]:
    children: list[_Child] = []
    used = {node.class_name}
    for name, child in node.children.items():
        wanted = child.class_name
        here = wanted if wanted not in used else first_free(f"_{wanted}", used)
        used.add(here)
        children.append(_Child(name, child, here, in_root=not node.path))
    return children


def _endpoint(name: str, function: Function, annotator: Annotator) -> dict[str, Any]:
    paging = paging_of(function)
    args = paging.args if paging else function.args
    names = member_names(item.wire for item in args.fields) if args else {}
    options = [repr(function.path)]
    if paging:
        options.append(f"dialect={paging.dialect}")
    if exceptions := wire_exceptions(names):
        options.append(f"wire={dict(sorted(exceptions.items()))!r}")
    if paging:
        returns = f"Page[{annotator.of(paging.item)}]"
    elif returns_count(function):
        returns = "Count"
    else:
        returns = "Any" if function.returns is None else annotator.of(function.returns)
    kind = "paginated" if paging else function.kind
    return {
        "name": name,
        "decorator": f"_{kind}({', '.join(options)})",
        "parameters": _parameters(args, names, annotator),
        "returns": returns,
        "doc": f"The {'paginated query' if paging else kind} `{shown(function.path)}`.",
    }


def _parameters(args: Object | None, names: dict[str, str], annotator: Annotator) -> list[str]:
    if args is None:
        return ["self", "args: Mapping[str, Any] | None = None", "/"]
    if not args.fields:
        return ["self"]
    fields = sorted(args.fields, key=lambda item: item.optional)
    return ["self", "*", *(_parameter(names[item.wire], item, annotator) for item in fields)]


def _parameter(name: str, item: Field, annotator: Annotator) -> str:
    slot = Slot.of(item)
    default = f" = {slot.default}" if slot.default else ""
    return f"{name}: {annotator.of(item.validator)}{slot.suffix}{default}"
