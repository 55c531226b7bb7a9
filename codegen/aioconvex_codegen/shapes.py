"""Which classes the bindings have: every object shape once, named by us.

A shape that a table's document has is that document's class. Any other shape is named after the
first place where it stands (tables, then functions, each in sorted order), with as much of the
function's module in front as tells it from other shapes: `HandleResult`, `StorageHandleResult`.
So a name only changes when the places of its own shape do, or when another shape wants it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field, frozen

from .documents import Document, document_of
from .names import CLASS_WORDS, class_part, distinct, first_free, member_names, pascal, shown
from .places import Place, arm_steps, name_places, shapes_below
from .recognition import paging_of, returns_count
from .spec import Function, Id, Object, Spec, Union, Validator, nested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Alias", "Model", "Shapes", "class_names", "shapes_of"]


@frozen
class Model:
    """A class to generate."""

    name: str
    shape: Object
    doc: str
    by_rule: str

    def members(self, wished: Mapping[str, str]) -> dict[str, str]:
        """Wire name to Python name of each field; some are decided already."""
        others = (item.wire for item in self.shape.fields if item.wire not in wished)
        return {**member_names(others, wished.values()), **wished}


@frozen
class Alias:
    """Documents of a table that have no single class: a union of classes, or anything."""

    name: str
    arms: tuple[Validator, ...]


@frozen
class Shapes:
    """Classes and aliases to write, and what each table's ids and each shape are called."""

    models: tuple[Model, ...]
    aliases: tuple[Alias, ...]
    ids: Mapping[str, str]
    classes: Mapping[Validator, str]

    @property
    def names(self) -> frozenset[str]:
        """Everything in `models.py` that an annotation may mention."""
        models = (model.name for model in self.models)
        aliases = (alias.name for alias in self.aliases)
        return frozenset((*models, *aliases, *self.ids.values()))


def class_names(spec: Spec) -> dict[str, str]:
    """What documents and ids are called: `Users` to `users`, `UsersId` to `id:users`."""
    tables, ids = _table_names(spec), _id_names(spec)
    return {
        **{name: table for table, name in tables.items()},
        **{name: f"id:{table}" for table, name in ids.items()},
    }


def shapes_of(spec: Spec) -> Shapes:
    """Collect and name every object shape of a spec."""
    tables, ids = _table_names(spec), _id_names(spec)
    naming = _Naming({*CLASS_WORDS, *tables.values(), *ids.values()})
    documents = [document_of(table) for table in spec.tables]
    aliases = [naming.add_table(tables[document.table], document) for document in documents]
    inserts = distinct(tables, lambda table: f"New{pascal(table)}", naming.taken)
    aliases += [naming.add_insert(inserts[document.table], document) for document in documents]
    naming.add_others(_others(spec, documents, tables, naming.classes))
    return Shapes(
        models=tuple(sorted(naming.models, key=lambda model: model.name)),
        aliases=tuple(alias for alias in aliases if alias),
        ids=dict(sorted(ids.items())),
        classes=naming.classes,
    )


def _table_names(spec: Spec) -> dict[str, str]:
    return distinct((table.name for table in spec.tables), pascal, CLASS_WORDS)


def _id_names(spec: Spec) -> dict[str, str]:
    taken = {*CLASS_WORDS, *_table_names(spec).values()}
    return distinct(_tables_in(spec), lambda table: f"{pascal(table)}Id", taken)


@define
class _Naming:
    """The classes named so far."""

    taken: set[str]
    classes: dict[Validator, str] = field(factory=dict[Validator, str])
    models: list[Model] = field(factory=list[Model])

    def add_table(self, name: str, document: Document) -> Alias | None:
        """Name a table's documents; gives the alias if they have no single class."""
        doc = f"A document of `{shown(document.table)}`."
        return self._add_documents(name, document.declared, document.typed, doc)

    def add_insert(self, name: str, document: Document) -> Alias | None:
        """Name what a document is made of, as `add_table` names the document."""
        doc = f"A document to insert into `{shown(document.table)}`."
        return self._add_documents(name, document.insert_declared, document.insert_typed, doc)

    def _add_documents(
        self, name: str, declared: Validator, typed: Validator, doc: str
    ) -> Alias | None:
        match declared, typed:
            case Object(), Object():
                self._add(name, declared, typed, doc)
                return None
            case Union(), Union():
                steps = arm_steps(declared)
                for arm, twin in zip(declared.arms, typed.arms, strict=True):
                    if isinstance(arm, Object) and isinstance(twin, Object):
                        if arm in self.classes:
                            continue  # another table has such documents too
                        class_name = first_free(name + class_part(steps[arm]), self.taken)
                        self._add(class_name, arm, twin, doc)
                self.taken.add(name)
                self.classes.setdefault(declared, name)
                self.classes.setdefault(typed, name)
                return Alias(name, typed.arms)
            case _:  # any
                self.taken.add(name)
                return Alias(name, (typed,))

    def add_others(self, places: Iterator[tuple[Object, Place]]) -> None:
        """Name the shapes that are no documents; the first place of each decides."""
        first: dict[Object, Place] = {}
        for shape, place in places:
            first.setdefault(shape, place)
        for shape, name in name_places(first, self.taken).items():
            self._add(name, shape, shape, first[shape].doc)

    def _add(self, name: str, declared: Object, typed: Object, doc: str) -> None:
        self.taken.add(name)
        # What two tables' documents are made of may be the same; the first one's class is used.
        self.classes.setdefault(declared, name)
        self.classes.setdefault(typed, name)
        self.models.append(Model(name, typed, doc, name))


def _others(
    spec: Spec, documents: list[Document], tables: Mapping[str, str], known: Mapping[Validator, str]
) -> Iterator[tuple[Object, Place]]:
    for document in documents:
        doc = f"Part of a document of `{shown(document.table)}`."
        place = Place(tables[document.table], doc)
        arms = document.typed.arms if isinstance(document.typed, Union) else (document.typed,)
        for shape in arms:
            for item in shape.fields if isinstance(shape, Object) else ():
                here = Place(place.words + class_part(item.wire), doc)
                yield from shapes_below(item.validator, here, known)
    for function in spec.functions:
        yield from _in_function(function, known)


def _in_function(
    function: Function, known: Mapping[Validator, str]
) -> Iterator[tuple[Object, Place]]:
    words, path, paging = pascal(function.name), shown(function.path), paging_of(function)
    args = paging.args if paging else function.args
    for item in args.fields if args else ():
        place = Place(f"{words}Args", f"Part of the arguments of `{path}`.", function.module)
        yield from shapes_below(item.validator, place.step(item.wire), known)
    if paging:
        place = Place(f"{words}Item", f"An item of the pages of `{path}`.", function.module)
        yield from shapes_below(paging.item, place, known)
    elif function.returns is not None and not returns_count(function):
        place = Place(f"{words}Result", f"In the result of `{path}`.", function.module)
        yield from shapes_below(function.returns, place, known)


def _tables_in(spec: Spec) -> set[str]:
    validators = [table.document for table in spec.tables]
    for function in spec.functions:
        validators += [part for part in (function.args, function.returns) if part is not None]
    mentioned = {
        part.table for whole in validators for part in nested(whole) if isinstance(part, Id)
    }
    return mentioned | {table.name for table in spec.tables}
