"""The whole package of bindings in memory: path in it to unformatted source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .endpoints import endpoint_modules
from .models import class_definitions
from .modules import Module, fill
from .names import distinct, shouted, shown
from .shapes import Shapes, shapes_of

if TYPE_CHECKING:
    from .spec import Spec, Table

__all__ = ["package_modules"]

_MODELS_DOC = "Documents, ids and other shapes of the deployment's values."


def package_modules(spec: Spec, header: str) -> dict[str, str]:
    """Write the bindings of a spec.

    Args:
        spec: what the deployment offers.
        header: the first line of every module.
    """
    shapes = shapes_of(spec)
    modules = endpoint_modules(spec, shapes, header)
    return {**modules, "models.py": _models(spec, shapes, header)}


def _models(spec: Spec, shapes: Shapes, header: str) -> str:
    body = fill(
        "models",
        ids=sorted(shapes.ids.values()),
        classes=class_definitions(shapes),
        constants=_constants(spec.tables),
    )
    return Module(header=header, doc=_MODELS_DOC, body=body).source()


def _constants(tables: tuple[Table, ...]) -> list[dict[str, str]]:
    names = distinct((table.name for table in tables), shouted)
    constants: list[dict[str, str]] = []
    for table in tables:
        for word, what, indexes in (
            ("INDEXES", "Indexes", table.indexes),
            ("SEARCH_INDEXES", "Search indexes", table.search_indexes),
            ("VECTOR_INDEXES", "Vector indexes", table.vector_indexes),
        ):
            if indexes:
                constants.append(
                    {
                        "name": f"{names[table.name]}_{word}",
                        "value": repr(indexes),
                        "doc": f"{what} of `{shown(table.name)}`.",
                    }
                )
    return constants
