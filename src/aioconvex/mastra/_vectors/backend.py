"""What vectors need of a deployment, whichever functions it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .models import VectorMatch
    from .nearest import Search

__all__ = ["Batch", "Change", "IndexState", "VectorBackend", "VectorPage", "VectorWriter"]


@frozen(kw_only=True)
class IndexState:
    """An index, and what tells whether a copy of its vectors is current.

    Attributes:
        dimension: how many numbers each vector has.
        version: another text after each write; None where the deployment keeps none.
    """

    dimension: int
    version: str | None


@frozen(kw_only=True, eq=False)
class VectorPage:
    """A part of an index's vectors, in the order in which they were first stored.

    Attributes:
        ids: their ids.
        metadata: the metadata of each, None where it has none.
        lengths: how many numbers each has; nothing, if vectors were not asked for.
        numbers: the vectors one after the other, float64.
        next_cursor: where the next part begins; None after the last.
    """

    ids: list[str]
    metadata: list[Any]
    lengths: list[int]
    numbers: NDArray[np.float64]
    next_cursor: str | None


@frozen(kw_only=True, eq=False)
class Batch:
    """Vectors to store in one transaction.

    Attributes:
        ids: their ids.
        vectors: one a row, float64.
        metadata: the metadata of each; an empty list for none at all.
    """

    ids: list[str]
    vectors: NDArray[np.float64]
    metadata: list[dict[str, Any] | None]

    def part(self, start: int, end: int) -> Batch:
        """Some of the vectors, which lie beside each other."""
        return Batch(
            ids=self.ids[start:end],
            vectors=self.vectors[start:end],
            metadata=self.metadata[start:end],
        )

    def halves(self) -> tuple[Batch, Batch]:
        """The first and the second half of them."""
        middle = len(self.ids) // 2
        return self.part(0, middle), self.part(middle, len(self.ids))


@frozen(kw_only=True, eq=False)
class Change:
    """What to change of stored vectors; None leaves it as it is.

    Attributes:
        vector: the new vector, 1-D float64.
        metadata: an object to lay over the stored one, one level deep.
    """

    vector: NDArray[np.float64] | None
    metadata: dict[str, Any] | None


class VectorWriter(Protocol):
    """What storing many vectors takes."""

    async def upsert(self, index_name: str, batch: Batch, replacing: Sequence[str]) -> int:
        """Store vectors and then delete others; returns how many of those were looked at."""
        ...

    async def remove(self, index_name: str, ids: Sequence[str]) -> None:
        """Delete all that there are of some vectors."""
        ...


class VectorBackend(VectorWriter, Protocol):
    """The operations on stored vectors. Arguments are checked."""

    async def create(self, index_name: str, dimension: int) -> None:
        """Create an index, unless there is one of this name and dimension."""
        ...

    async def names(self) -> list[str]:
        """The names of all indexes."""
        ...

    async def state(self, index_name: str) -> IndexState | None:
        """Find an index."""
        ...

    async def count(self, index_name: str) -> int:
        """Count the vectors of an index."""
        ...

    async def page(
        self, index_name: str, cursor: str | None, *, dimension: int, vectors: bool
    ) -> VectorPage:
        """Read a part of an index, of vectors of about this dimension."""
        ...

    async def nearest(self, index_name: str, search: Search) -> list[VectorMatch] | None:
        """Have Convex search an index, without a filter; None if it cannot."""
        ...

    async def update(self, index_name: str, ids: Sequence[str], change: Change) -> None:
        """Change all that there are of some vectors."""
        ...

    async def clear(self, index_name: str) -> None:
        """Delete the vectors of an index."""
        ...

    async def drop(self, index_name: str) -> None:
        """Delete an index and its vectors."""
        ...
