"""The whole package of bindings in memory: path in it to unformatted source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .endpoints import Endpoints
from .models import class_definitions
from .modules import Module, fill
from .names import distinct, first_free, shouted, shown
from .namespaces import tree_of
from .overrides import Overrides, renamed
from .recognition import args_of
from .shapes import Shapes, shapes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .spec import Spec, Table

__all__ = ["package_modules"]

_MODELS_DOC = "Documents, ids and other shapes of the deployment's values."


def package_modules(
    spec: Spec,
    header: str,
    overrides: Overrides | None = None,
    docs: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Write the bindings of a spec.

    Args:
        spec: what the deployment offers.
        header: the first line of every module.
        overrides: what is to be named otherwise; results are filled in already.
        docs: comments of functions by path.

    Raises:
        ConfigurationError: an override matches nothing or cannot be.
    """
    overrides = overrides or Overrides()
    by_rule = shapes_of(spec)
    _check(spec, by_rule, overrides)
    shapes = renamed(by_rule, overrides)
    modules: dict[str, str] = {}
    for endpoints in _trees(spec, shapes, header, overrides, docs or {}):
        modules |= endpoints.modules()
    return {**modules, "models.py": _models(spec, shapes, header, overrides)}


def _trees(
    spec: Spec, shapes: Shapes, header: str, overrides: Overrides, docs: Mapping[str, str]
) -> list[Endpoints]:
    public = [function for function in spec.functions if not function.internal]
    internal = [function for function in spec.functions if function.internal]
    trees = [
        Endpoints(
            tree=tree_of("Api", public, overrides.methods),
            folder="functions",
            at_top=True,
            doc="Functions of the deployment.",
            shapes=shapes,
            header=header,
            overrides=overrides,
            routes=spec.routes,
            docs=docs,
        )
    ]
    if internal:
        trees.append(
            Endpoints(
                tree=tree_of("Internal", internal, overrides.methods),
                folder="internal",
                at_top=False,
                doc="Internal functions of the deployment; a client needs an admin key for them.",
                shapes=shapes,
                header=header,
                overrides=overrides,
                docs=docs,
            )
        )
    return trees


def _check(spec: Spec, shapes: Shapes, overrides: Overrides) -> None:
    fields = {f"{model.name}.{item.wire}" for model in shapes.models for item in model.shape.fields}
    for function in spec.functions:
        args = args_of(function)
        fields |= {f"{function.path}.{item.wire}" for item in (args.fields if args else ())}
    overrides.check_members(fields, {function.path for function in spec.functions})


def _models(spec: Spec, shapes: Shapes, header: str, overrides: Overrides) -> str:
    body = fill(
        "models",
        ids=sorted(shapes.ids.values()),
        classes=class_definitions(shapes, overrides),
        constants=_constants(spec.tables),
    )
    return Module(header=header, doc=_MODELS_DOC, body=body).source()


def _constants(tables: tuple[Table, ...]) -> list[dict[str, str]]:
    names = distinct((table.name for table in tables), shouted)
    constants: list[dict[str, str]] = []
    used: set[str] = set()
    for table in tables:
        for word, what, indexes in (
            ("INDEXES", "Indexes", table.indexes),
            ("SEARCH_INDEXES", "Search indexes", table.search_indexes),
            ("VECTOR_INDEXES", "Vector indexes", table.vector_indexes),
        ):
            if indexes:
                # Search indexes of `users` and indexes of `users_search` want the same name.
                name = first_free(f"{names[table.name]}_{word}", used)
                used.add(name)
                doc = f"{what} of `{shown(table.name)}`."
                constants.append({"name": name, "value": repr(indexes), "doc": doc})
    return constants
