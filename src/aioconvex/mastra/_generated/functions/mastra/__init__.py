# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `mastra`."""

from __future__ import annotations

from functools import cached_property as _cached_property
from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace

if TYPE_CHECKING:
    from .background_tasks import BackgroundTasks
    from .cache import Cache
    from .channels import Channels
    from .messages import Messages
    from .native_vector import NativeVector
    from .observations import Observations
    from .queries import Queries
    from .resources import Resources
    from .runs import Runs
    from .schedules import Schedules
    from .scores import Scores
    from .storage import Storage
    from .threads import Threads
    from .vector_indexes import VectorIndexes
    from .vector_search import VectorSearch
    from .version import Version


class Mastra(Namespace):
    """Functions of `mastra`."""

    @_cached_property
    def background_tasks(self) -> BackgroundTasks:
        """Functions of `mastra/backgroundTasks`."""
        from .background_tasks import BackgroundTasks

        return BackgroundTasks(self._caller)

    @_cached_property
    def cache(self) -> Cache:
        """Functions of `mastra/cache`."""
        from .cache import Cache

        return Cache(self._caller)

    @_cached_property
    def channels(self) -> Channels:
        """Functions of `mastra/channels`."""
        from .channels import Channels

        return Channels(self._caller)

    @_cached_property
    def messages(self) -> Messages:
        """Functions of `mastra/messages`."""
        from .messages import Messages

        return Messages(self._caller)

    @_cached_property
    def native_vector(self) -> NativeVector:
        """Functions of `mastra/nativeVector`."""
        from .native_vector import NativeVector

        return NativeVector(self._caller)

    @_cached_property
    def observations(self) -> Observations:
        """Functions of `mastra/observations`."""
        from .observations import Observations

        return Observations(self._caller)

    @_cached_property
    def queries(self) -> Queries:
        """Functions of `mastra/queries`."""
        from .queries import Queries

        return Queries(self._caller)

    @_cached_property
    def resources(self) -> Resources:
        """Functions of `mastra/resources`."""
        from .resources import Resources

        return Resources(self._caller)

    @_cached_property
    def runs(self) -> Runs:
        """Functions of `mastra/runs`."""
        from .runs import Runs

        return Runs(self._caller)

    @_cached_property
    def schedules(self) -> Schedules:
        """Functions of `mastra/schedules`."""
        from .schedules import Schedules

        return Schedules(self._caller)

    @_cached_property
    def scores(self) -> Scores:
        """Functions of `mastra/scores`."""
        from .scores import Scores

        return Scores(self._caller)

    @_cached_property
    def storage(self) -> Storage:
        """Functions of `mastra/storage`."""
        from .storage import Storage

        return Storage(self._caller)

    @_cached_property
    def threads(self) -> Threads:
        """Functions of `mastra/threads`."""
        from .threads import Threads

        return Threads(self._caller)

    @_cached_property
    def vector_indexes(self) -> VectorIndexes:
        """Functions of `mastra/vectorIndexes`."""
        from .vector_indexes import VectorIndexes

        return VectorIndexes(self._caller)

    @_cached_property
    def vector_search(self) -> VectorSearch:
        """Functions of `mastra/vectorSearch`."""
        from .vector_search import VectorSearch

        return VectorSearch(self._caller)

    @_cached_property
    def version(self) -> Version:
        """Functions of `mastra/version`."""
        from .version import Version

        return Version(self._caller)
