"""Mastra's storage as a whole: its domains on one deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Self, Unpack, overload

import anyio

from aioconvex.errors import ConfigurationError

from ._connection import from_environment
from ._domain import Domain
from ._verifying import verify
from .background_tasks import BackgroundTasksConvex
from .channels import ChannelsConvex
from .memory import MemoryConvex
from .schedules import SchedulesConvex
from .scores import ScoresConvex
from .workflows import WorkflowsConvex

if TYPE_CHECKING:
    from aioconvex.client import ConvexClient

    from ._capabilities import Capabilities
    from ._client import ConvexAdminClient
    from ._connection import Connection

__all__ = ["ConvexStore"]

_NAME: Final = "ConvexStore"


class ConvexStore(Domain):
    """Mastra's storage on one deployment: its domains over one client.

        async with ConvexStore(id="app", deployment_url=url, auth_token=token) as store:
            thread = await store.memory.get_thread_by_id(thread_id="t")

    Args:
        id: the store's id in your app; any text but an empty one.
        name: the store's name in your app.
        disable_init: `get_store` does not call `init()` first.
        client: a client to share, which is left open.
        **connection: instead of a client, what `ConvexAdminClient` takes.

    Attributes:
        memory: threads, messages, resources and observations.
        workflows: runs of workflows.
        scores: what scorers said of runs.
        schedules: when workflows and agents run by themselves.
        channels: which agents are installed on which platforms.
        background_tasks: calls of tools that run on while agents answer.

    Raises:
        ConfigurationError: the id is empty, or as for `ConvexAdminClient`.
    """

    def __init__(
        self,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        name: str = _NAME,
        disable_init: bool = False,
        client: ConvexAdminClient | ConvexClient | None = None,
        **connection: Unpack[Connection],
    ) -> None:
        # Not all callers are type-checked.
        if not isinstance(id, str) or not id.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError("ConvexStore: id must be provided and cannot be empty")
        super().__init__(client=client, **connection)
        self.id = id
        self.name = name
        self.disable_init = disable_init
        self.memory = MemoryConvex(client=self._client)
        self.workflows = WorkflowsConvex(client=self._client)
        self.scores = ScoresConvex(client=self._client)
        self.schedules = SchedulesConvex(client=self._client)
        self.channels = ChannelsConvex(client=self._client)
        self.background_tasks = BackgroundTasksConvex(client=self._client)
        self._verified = False
        self._verifying = anyio.Lock()
        self._failure: Exception | None = None

    @classmethod
    def from_env(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        *,
        id: str,  # noqa: A002  # Mastra's own name for it
        name: str = _NAME,
        disable_init: bool = False,
        **given: Unpack[Connection],
    ) -> Self:
        """Connect as the environment says; see `ConvexAdminClient.from_env`, and the class.

        Raises:
            ConfigurationError: there is no URL, or no credential.
        """
        return cls(id=id, name=name, disable_init=disable_init, **from_environment(given))

    async def init(self) -> None:
        """Verify that the deployment has the functions and tables that Mastra needs.

        Nothing is created: `npx convex deploy` does that. Made for CI, with `admin_auth_token=`.
        Once it has passed it does nothing more; calls at the same time share one attempt.

        Raises:
            MastraError: something is missing; it says what to deploy.
            ConvexError: the deployment did not answer, or refused the credentials.
        """
        earlier = self._failure
        async with self._verifying:
            if self._verified:
                return
            if self._failure is not None and self._failure is not earlier:
                raise self._failure  # of an attempt that ended while this call waited
            try:
                await verify(self._client)
            except Exception as failure:
                self._failure = failure
                raise
            self._verified = True

    @property
    def capabilities(self) -> Capabilities | None:
        """Which functions are deployed; None until the first call has found out."""
        return self._client.capabilities

    @overload
    async def get_store(self, name: Literal["memory"]) -> MemoryConvex: ...
    @overload
    async def get_store(self, name: Literal["workflows"]) -> WorkflowsConvex: ...
    @overload
    async def get_store(self, name: Literal["scores"]) -> ScoresConvex: ...
    @overload
    async def get_store(self, name: Literal["schedules"]) -> SchedulesConvex: ...
    @overload
    async def get_store(self, name: Literal["channels"]) -> ChannelsConvex: ...
    @overload
    async def get_store(
        self, name: Literal["backgroundTasks", "background_tasks"]
    ) -> BackgroundTasksConvex: ...
    @overload
    async def get_store(self, name: str) -> Domain | None: ...

    async def get_store(self, name: str) -> Domain | None:
        """Get a domain by Mastra's name for it, or ours; None if there is none of that name.

        The deployment is verified first, unless `disable_init` was given; see `init`.

        Raises:
            ConvexError: as `init`.
        """
        if not self.disable_init:
            await self.init()
        domains: dict[str, Domain] = {
            "memory": self.memory,
            "workflows": self.workflows,
            "scores": self.scores,
            "schedules": self.schedules,
            "channels": self.channels,
            "backgroundTasks": self.background_tasks,
            "background_tasks": self.background_tasks,
        }
        return domains.get(name)
