"""Writes of native vectors, each one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from aioconvex.errors import ArgumentError
from aioconvex.mastra._rows import native_or_text
from aioconvex.mastra._vectors.checks import checked_metadata, checked_object
from aioconvex.mastra._vectors.writing import delete_all
from aioconvex.values import encode_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aioconvex.mastra._vectors.backend import Batch

    from .functions import NativeFunctions
    from .indexes import NativeIndex

__all__ = ["MAX_BATCH", "NativeWriter", "object_of", "objects_of"]

MAX_BATCH: Final = 100
"""How many vectors one call stores or deletes."""


@frozen
class NativeWriter:
    """A `VectorWriter` of one index."""

    functions: NativeFunctions
    index: NativeIndex

    async def upsert(
        self,
        index_name: str,  # noqa: ARG002  # the writer's index has it
        batch: Batch,
        replacing: Sequence[str],
    ) -> int:
        """Store vectors; see `VectorWriter`. Here they replace no others."""
        args: dict[str, Any] = {"ids": batch.ids, "vectors": list(batch.vectors)}
        if batch.metadata:
            args["metadata"] = [_sent(metadata) for metadata in batch.metadata]
        await self._again("upsert", args)
        return len(replacing)

    async def remove(
        self,
        index_name: str,  # noqa: ARG002  # as above
        ids: Sequence[str],
    ) -> None:
        """Delete vectors; see `VectorWriter`."""
        await delete_all(ids, MAX_BATCH, lambda some: self._again("deleteByIds", {"ids": some}))

    async def update(self, args: Mapping[str, Any]) -> None:
        """Change a vector: `id`, and `vector`, `metadata` or both."""
        given = args.get("metadata")
        sent = args if given is None else {**args, "metadata": _sent(given)}
        # Not again by itself: a change by somebody else may have come between.
        await self.functions.write("updateById", self.index, sent)

    async def require_keys(self, op: str, metadata: Sequence[Mapping[str, Any] | None]) -> None:
        """Refuse metadata that the deployed functions cannot store.

        Raises:
            MastraError: they have keys that Convex does not take, and the functions are the npm
                package's.
        """
        if any(isinstance(_sent(item), str) for item in metadata):
            keys = "metadata with keys that are empty, begin with $ or are not ASCII need"
            await self.functions.require_ours(op, keys)

    async def _again(self, op: str, args: Mapping[str, Any]) -> None:
        client = self.functions.client
        await client.repeat(lambda: self.functions.write(op, self.index, args))


def objects_of(given: object, count: int) -> list[dict[str, Any] | None]:
    """Check the metadata of vectors to store; an empty list for none at all.

    Raises:
        ArgumentError: one is no JSON object that Convex takes.
        MastraError: it is of fewer or more than the vectors.
    """
    checked = checked_metadata(given, count)
    for at, item in enumerate(checked):
        path = f"metadata[{at}]"
        if item is None:
            raise ArgumentError(path, "must be an object, not None; leave metadata out for none")
        encode_value(_sent(item), path)  # refuses what JSON has and Convex has not
    return checked


def object_of(given: object, path: str) -> dict[str, Any]:
    """Check the metadata of one vector; see `objects_of`."""
    checked = checked_object(given, path)
    encode_value(_sent(checked), path)
    return checked


def _sent(metadata: Mapping[str, Any] | None) -> dict[str, Any] | str:
    """Metadata as they travel: as JSON text where Convex would refuse a key."""
    sent: dict[str, Any] | str = native_or_text(metadata, "metadata")
    return sent
