"""Names that a generated module only imports when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["later"]


def later(
    module: str, package: str, source: str, renamed: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Make a module's `__getattr__`, which imports `source` when it is first asked for a name.

    Building hundreds of classes takes longer than everything else about an import, and a program
    may only need a few.

    Args:
        module: the module's `__name__`.
        package: the module's `__package__`.
        source: where the names are, relative to the package.
        renamed: names that are called otherwise here: name here to name there.
    """
    called = renamed or {}

    def get(name: str) -> Any:
        if not name.startswith("__"):  # the import system asks for those
            there = vars(import_module(source, package))
            if (known := called.get(name, name)) in there:
                return there[known]
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get
