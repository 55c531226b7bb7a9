"""Namespaces as Python modules: one class each, one typed stub per function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from .annotations import Annotator, Slot
from .modules import Import, Module, fill
from .names import doc_text, first_free, member_names, shown, wire_exceptions
from .overrides import Overrides
from .recognition import args_of, paging_of, returns_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .namespaces import Tree
    from .shapes import Shapes
    from .spec import Field, Function, Object, Route

__all__ = ["Endpoints"]


@frozen(kw_only=True)
class Endpoints:
    """Writes the modules of one tree of functions.

    Args:
        tree: the namespaces.
        folder: the folder of their modules in the package.
        at_top: whether the root namespace is the package itself, else it is the folder.
        doc: what the root namespace is.
        shapes: what arguments and results are called.
        header: the first line of every module.
        overrides: parameters that are called otherwise.
        routes: HTTP routes to mention.
        docs: comments of functions by path.
    """

    tree: Tree
    folder: str
    at_top: bool
    doc: str
    shapes: Shapes
    header: str
    overrides: Overrides = field(factory=Overrides)
    routes: tuple[Route, ...] = ()
    docs: Mapping[str, str] = field(factory=dict[str, str])

    def modules(self) -> dict[str, str]:
        """Path in the package to source."""
        modules = {self._file(node): self._module(node) for node in self.tree.walk()}
        if self.at_top:
            doc = f'{self.header}\n"""One module per Convex module."""\n'
            modules[f"{self.folder}/__init__.py"] = doc
        return modules

    def _file(self, node: Tree) -> str:
        if not node.path:
            return "__init__.py" if self.at_top else f"{self.folder}/__init__.py"
        place = "/".join((self.folder, *node.path))
        return f"{place}/__init__.py" if node.children else f"{place}.py"

    def _module(self, node: Tree) -> str:
        children = self._children(node)
        local = {node.class_name, *(child.here for child in children)}
        # A table may be called like a namespace; then its class has a private name in this module.
        names = self.shapes.names
        renamed = {name: first_free(f"_{name}", local) for name in names if name in local}
        annotator = Annotator(self.shapes, renamed)
        body = fill(
            "namespace",
            name=node.class_name,
            doc=self._class_doc(node),
            children=[child.context() for child in children],
            endpoints=[
                self._endpoint(name, item, annotator) for name, item in node.functions.items()
            ],
        )
        models = f"{'.' * (self._file(node).count('/') + 1)}models"
        return Module(
            header=self.header,
            doc=self._doc(node),
            body=body,
            later=[(models, name, renamed.get(name, name)) for name in sorted(names)],
            typing_only=[child.statement for child in children],
            exports=[] if node.path else [node.class_name],
            stubs=bool(node.path),
        ).source()

    def _doc(self, node: Tree) -> str:
        return f"Functions of `{shown('/'.join(node.wire))}`." if node.path else self.doc

    def _class_doc(self, node: Tree) -> str:
        if node.path or not self.routes:
            return self._doc(node)
        listed = "\n".join(
            f"    - `{shown(f'{route.method} {route.path}')}`" for route in self.routes
        )
        return f"{self._doc(node)}\n\n    It also serves HTTP actions:\n\n{listed}\n    "

    def _children(self, node: Tree) -> list[_Child]:
        children: list[_Child] = []
        used = {node.class_name}
        inside = "" if node.path or not self.at_top else f".{self.folder}"
        for name, child in node.children.items():
            wanted = child.class_name
            here = wanted if wanted not in used else first_free(f"_{wanted}", used)
            used.add(here)
            children.append(_Child(name, here, child.class_name, self._doc(child), inside))
        return children

    def _endpoint(self, name: str, function: Function, annotator: Annotator) -> dict[str, Any]:
        paging, args = paging_of(function), args_of(function)
        names = self._parameter_names(function.path, args)
        options = [repr(function.path)]
        if paging:
            options.append(f"dialect={paging.dialect}")
        if exceptions := wire_exceptions(names):
            options.append(f"wire={dict(sorted(exceptions.items()))!r}")
        kind = "paginated" if paging else function.kind
        doc = f"The {'paginated query' if paging else kind} `{shown(function.path)}`."
        return {
            "name": name,
            "decorator": f"_{kind}({', '.join(options)})",
            "parameters": _parameters(args, names, annotator),
            "returns": _returns(function, annotator),
            "doc": self._with_comment(function.path, doc),
        }

    def _parameter_names(self, path: str, args: Object | None) -> dict[str, str]:
        if args is None:
            return {}
        wished = self.overrides.fields_of(path)
        others = (item.wire for item in args.fields if item.wire not in wished)
        return {**member_names(others, wished.values()), **wished}

    def _with_comment(self, path: str, doc: str) -> str:
        comment = self.docs.get(path)
        if comment is None:
            return doc
        lines = "\n\n".join((doc_text(comment), doc)).splitlines()
        return "\n".join(
            (lines[0], *(f"        {line}".rstrip() for line in lines[1:]), "        ")
        )


@frozen
class _Child:
    """A namespace as its parent mentions it; `here` is its class in the parent's module."""

    name: str
    here: str
    class_name: str
    doc: str
    inside: str

    @property
    def statement(self) -> Import:
        return f"{self.inside}.{self.name}", self.class_name, self.here

    def context(self) -> dict[str, str]:
        source, name, here = self.statement
        renaming = "" if name == here else f" as {here}"
        return {
            "name": self.name,
            "class_name": here,
            "doc": self.doc,
            "statement": f"from {source} import {name}{renaming}",
        }


def _returns(function: Function, annotator: Annotator) -> str:
    if paging := paging_of(function):
        return f"Page[{annotator.of(paging.item)}]"
    if returns_count(function):
        return "Count"
    return "Any" if function.returns is None else annotator.of(function.returns)


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
