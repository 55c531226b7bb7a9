"""How hooks get into a cattrs converter: the same for both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from attrs import frozen

__all__ = ["Predicate", "Registry"]

Predicate: TypeAlias = Callable[[Any], bool]


@frozen
class Registry:
    """A converter's three ways to take a hook, in one direction."""

    by_factory: Callable[[Predicate, Any], object]
    by_class: Callable[[Any, Any], object]
    by_predicate: Callable[[Predicate, Any], object]

    def fill(
        self,
        factories: Iterable[tuple[Predicate, Any]],
        hooks: Iterable[tuple[Any, Any]],
    ) -> None:
        """Register factories by predicate, and hooks by the one type each is for."""
        for predicate, factory in factories:
            self.by_factory(predicate, factory)
        for kind, hook in hooks:
            if isinstance(kind, type):  # cattrs asks its registry by class before any predicate
                self.by_class(kind, hook)
            else:
                self.by_predicate(_same(kind), hook)


def _same(kind: Any) -> Predicate:
    return lambda candidate: candidate is kind or candidate == kind
