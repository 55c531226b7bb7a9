"""Convex modules as a tree of namespaces, every name in it decided.

A folder and a module of the same name are one namespace. Where a function and a folder meet
(`foo.ts` exports `bar`, and there is `foo/bar.ts`), the namespace is callable: `foo.bar(…)` runs the
function and `foo.bar.baz(…)` one of the folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from aioconvex.errors import ConfigurationError

from .names import CLASS_WORDS, first_free, member_names, pascal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .spec import Function

__all__ = ["Tree", "tree_of"]

_CALL = "__call__"


@frozen
class Tree:
    """A namespace: `wire` are its names in Convex, `path` those of its module in Python."""

    root: str
    wire: tuple[str, ...]
    path: tuple[str, ...]
    functions: Mapping[str, Function]
    children: Mapping[str, Tree]

    @property
    def class_name(self) -> str:
        """The name of its class."""
        return first_free(pascal(self.path[-1]), CLASS_WORDS) if self.path else self.root

    def walk(self) -> Iterator[Tree]:
        """Itself and every namespace below."""
        yield self
        for child in self.children.values():
            yield from child.walk()


def tree_of(root: str, functions: Sequence[Function], methods: Mapping[str, str]) -> Tree:
    """Build the tree of some functions.

    Args:
        root: the class name of its root.
        functions: the functions.
        methods: function path to method name, where the naming rule does not decide.

    Raises:
        ConfigurationError: two functions of a module would have one name.
    """
    return _Grower(root, methods).tree(functions, (), (), None)


@frozen
class _Grower:
    root: str
    methods: Mapping[str, str] = field(factory=dict[str, str])

    def tree(
        self,
        functions: Sequence[Function],
        wire: tuple[str, ...],
        path: tuple[str, ...],
        call: Function | None,
    ) -> Tree:
        depth = len(wire)
        here = {item.name: item for item in functions if len(item.module) == depth}
        below: dict[str, list[Function]] = {}
        for item in functions:
            if len(item.module) > depth:
                below.setdefault(item.module[depth], []).append(item)
        calls = {
            name: here.pop(name) for name in below if name in here and not self._wish(here[name])
        }
        names = self._names(here)
        child_names = member_names(below, names.values())
        children = {
            child_names[part]: self.tree(
                group, (*wire, part), (*path, child_names[part]), calls.get(part)
            )
            for part, group in below.items()
        }
        own = {names[name]: item for name, item in here.items()}
        if call is not None:
            own[_CALL] = call
        return Tree(
            root=self.root,
            wire=wire,
            path=path,
            functions=dict(sorted(own.items())),
            children=dict(sorted(children.items())),
        )

    def _wish(self, function: Function) -> str | None:
        return self.methods.get(function.path)

    def _names(self, here: Mapping[str, Function]) -> dict[str, str]:
        wished = {name: wish for name, item in here.items() if (wish := self._wish(item))}
        if len(set(wished.values())) < len(wished):
            raise ConfigurationError(f"two functions are to be called {min(wished.values())!r}")
        others = member_names((name for name in here if name not in wished), wished.values())
        return {**others, **wished}
