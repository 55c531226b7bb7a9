"""Convex modules as a tree of namespaces, every name in it decided.

A folder and a module of the same name are one namespace. Where a function and a folder meet
(`foo.ts` exports `bar`, and there is `foo/bar.ts`), the function keeps the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from .names import CLASS_WORDS, first_free, member_names, pascal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .spec import Function

__all__ = ["Tree", "tree_of"]


@frozen
class Tree:
    """A namespace: `wire` are its names in Convex, `path` those of its module in Python."""

    wire: tuple[str, ...]
    path: tuple[str, ...]
    functions: Mapping[str, Function]
    children: Mapping[str, Tree]

    @property
    def class_name(self) -> str:
        """The name of its class."""
        return first_free(pascal(self.path[-1]), CLASS_WORDS) if self.path else "Api"

    def walk(self) -> Iterator[Tree]:
        """Itself and every namespace below."""
        yield self
        for child in self.children.values():
            yield from child.walk()


def tree_of(functions: Sequence[Function]) -> Tree:
    """Build the tree from the functions of a deployment."""
    return _tree(functions, (), ())


def _tree(functions: Sequence[Function], wire: tuple[str, ...], path: tuple[str, ...]) -> Tree:
    depth = len(wire)
    here = {function.name: function for function in functions if len(function.module) == depth}
    below: dict[str, list[Function]] = {}
    for function in functions:
        if len(function.module) > depth:
            below.setdefault(function.module[depth], []).append(function)
    names = member_names(here)
    child_names = member_names(below, names.values())
    children = {
        child_names[part]: _tree(group, (*wire, part), (*path, child_names[part]))
        for part, group in below.items()
    }
    return Tree(
        wire=wire,
        path=path,
        functions=dict(sorted((names[name], function) for name, function in here.items())),
        children=dict(sorted(children.items())),
    )
