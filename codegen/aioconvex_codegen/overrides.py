"""What a user wants named or typed otherwise; a wish that matches nothing is an error."""

from __future__ import annotations

import keyword
from difflib import get_close_matches
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from aioconvex.errors import ConfigurationError

from .annotation_text import read_annotation
from .documents import document_of
from .names import CLASS_WORDS, MEMBER_WORDS
from .spec import Id, Primitive, Spec, Validator

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .shapes import Shapes

__all__ = ["Overrides", "renamed", "with_returns"]


@frozen(kw_only=True)
class Overrides:
    """Exceptions from the naming rule, and results that the functions do not declare.

    Args:
        classes: class name by the rule to class name wished: `{"MastraThreads": "Thread"}`.
        fields: `Class.wireName` or `dir/module:function.argument` to attribute or parameter.
        methods: function path to method name.
        returns: function path to a type as the bindings spell it: `"list[Users] | None"`.
    """

    classes: Mapping[str, str] = field(factory=dict[str, str])
    fields: Mapping[str, str] = field(factory=dict[str, str])
    methods: Mapping[str, str] = field(factory=dict[str, str])
    returns: Mapping[str, str] = field(factory=dict[str, str])

    def fields_of(self, owner: str) -> dict[str, str]:
        """Wire name to Python name for one class or function."""
        start = f"{owner}."
        return {
            key[len(start) :]: name for key, name in self.fields.items() if key.startswith(start)
        }

    def check_members(self, fields: Collection[str], methods: Collection[str]) -> None:
        """Refuse wishes for members that do not exist, and names that cannot be.

        Raises:
            ConfigurationError: it says which, and what may have been meant.
        """
        for table, known in ((self.fields, fields), (self.methods, methods)):
            for key, name in table.items():
                refuse_unknown(key, known)
                _refuse_impossible(key, name, MEMBER_WORDS)
        self._refuse_twins()

    def _refuse_twins(self) -> None:
        called: dict[tuple[str, str], str] = {}
        for key, name in self.fields.items():
            twin = called.setdefault((key.rpartition(".")[0], name), key)
            if twin != key:
                raise ConfigurationError(
                    f"the override {key!r}: {name!r} is what {twin!r} is to be called"
                )


def refuse_unknown(key: str, known: Collection[str]) -> None:
    """Refuse a key that names nothing.

    Raises:
        ConfigurationError: it says what may have been meant.
    """
    if key not in known:
        near = get_close_matches(key, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigurationError(f"the override {key!r} matches nothing{hint}")


def _refuse_impossible(key: str, name: str, words: Collection[str]) -> None:
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name) or name in words:
        raise ConfigurationError(f"the override {key!r}: {name!r} cannot be a name in the bindings")
    if name.startswith("_"):
        raise ConfigurationError(f"the override {key!r}: {name!r} begins with an underscore")


def with_returns(spec: Spec, overrides: Overrides, names: Mapping[str, str]) -> Spec:
    """Fill in results that functions do not declare.

    Args:
        spec: the functions.
        overrides: the wishes.
        names: class names of documents and ids: `Users` to `users`, `UsersId` to `id:users`.

    Raises:
        ConfigurationError: a wish matches no function, or one that declares its result.
    """
    if not overrides.returns:
        return spec
    documents = {table.name: document_of(table).declared for table in spec.tables}
    known: dict[str, Validator] = {
        name: Id(table[3:]) if table.startswith("id:") else documents[table]
        for name, table in names.items()
    }
    functions = {item.path: item for item in spec.functions}
    for path, text in overrides.returns.items():
        refuse_unknown(path, functions)
        if functions[path].returns not in {None, Primitive.ANY}:
            raise ConfigurationError(f"the override {path!r}: the function declares its result")
        functions[path] = evolve(functions[path], returns=read_annotation(path, text, known))
    return evolve(spec, functions=tuple(functions.values()))


def renamed(shapes: Shapes, overrides: Overrides) -> Shapes:
    """Rename classes.

    Raises:
        ConfigurationError: there is no such class, or the new name is taken.
    """
    wished = overrides.classes
    taken = shapes.names - wished.keys()
    for key, name in wished.items():
        refuse_unknown(key, shapes.names)
        _refuse_impossible(key, name, CLASS_WORDS | MEMBER_WORDS)
        if name in taken:
            raise ConfigurationError(f"the override {key!r}: there is a class {name} already")
        taken |= {name}
    return evolve(
        shapes,
        models=tuple(
            sorted(
                (evolve(model, name=wished.get(model.name, model.name)) for model in shapes.models),
                key=lambda model: model.name,
            )
        ),
        aliases=tuple(
            evolve(alias, name=wished.get(alias.name, alias.name)) for alias in shapes.aliases
        ),
        ids={table: wished.get(name, name) for table, name in shapes.ids.items()},
        classes={shape: wished.get(name, name) for shape, name in shapes.classes.items()},
    )
