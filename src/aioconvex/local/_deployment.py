"""The embedded deployment, as users hold it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import anyio
import httpx
from anyio import AsyncContextManagerMixin
from attrs import frozen

from aioconvex.errors import LocalDeploymentError

from . import _control
from ._connected import ConnectedDeployment
from ._faults import Faults
from ._launch import Launch
from ._logs import LogLines
from ._usage import CallUsage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from ._process import Ready, Server

__all__ = ["LocalDeployment", "Snapshot"]

_DEATH_SECONDS: Final = 3.0  # between a broken connection and the news of the exit


@frozen
class Snapshot:
    """What `LocalDeployment.snapshot` kept, for the same deployment's `restore`."""

    name: str


class LocalDeployment(AsyncContextManagerMixin):
    """A Convex deployment in a process of its own, which lives as long as its `async with` block.

        async with LocalDeployment("convex") as deployment:
            async with ConvexClient(deployment.url) as client:
                await client.query("messages:list")

    For development and tests, not for production. What functions log, and why they fail, goes to
    `logging`, under `aioconvex.local` at level INFO.

    Args:
        project: the folder of the Convex functions, or the one whose `convex.json` names it. Its npm
            packages are looked for there and upwards, as Node does.
        data: the folder that keeps documents, files and the admin key; made when missing. Without
            it, data is temporary and gone with the block.
        port: where to listen on 127.0.0.1; 0 takes a free port.
        env: environment variables of the deployment, set as `set_env` does, before anything runs.
        functions: module names and their sources, served instead of the files in `project`, which
            then only says where npm packages are: `{"messages": "export const list = ..."}`.
            `_generated/server` and `_generated/api` may be imported.
        mint_tokens: accept users with tokens of `mint_token`, beside those of the providers in the
            project's `auth.config.ts`. For tests: whoever holds the admin key can be any such user.
        allow_faults: let `faults` disturb clients. For tests of how they bear it.
        function_seconds: how long the code of a query or mutation may run; by default one second,
            as on Convex.
        action_seconds: how long an action may take; by default thirty minutes, ten for one that
            begins with "use node", as on Convex.

    Raises:
        ValueError: on entering, when a time limit is not between a millisecond and a day.
        LocalDeploymentError: on entering, when the deployment cannot start; it says what to do.
    """

    def __init__(  # noqa: PLR0913 -- all but the first by keyword
        self,
        project: str | Path = "convex",
        *,
        data: str | Path | None = None,
        port: int = 0,
        env: Mapping[str, str] | None = None,
        functions: Mapping[str, str] | None = None,
        mint_tokens: bool = False,
        allow_faults: bool = False,
        function_seconds: float | None = None,
        action_seconds: float | None = None,
    ) -> None:
        self._launch = Launch(
            project=Path(project),
            functions=functions,
            data=None if data is None else Path(data),
            env=dict(env or {}),
            port=port,
            mint_tokens=mint_tokens,
            allow_faults=allow_faults,
            function_seconds=function_seconds,
            action_seconds=action_seconds,
        )
        self._server: Server | None = None

    @staticmethod
    def connect(url: str, admin_key: str) -> ConnectedDeployment:
        """A deployment that runs already, wherever it is: real Convex, or `aioconvex dev`.

        It serves what was deployed to it, and can be emptied and given environment variables.

        Args:
            url: its address, as clients use it.
            admin_key: an admin or deploy key; never shown in `repr`.
        """
        return ConnectedDeployment(url.rstrip("/"), admin_key)

    def __repr__(self) -> str:
        where = self._server.ready.url if self._server else "not running"
        return f"<LocalDeployment {self._launch.project} ({where})>"

    @property
    def url(self) -> str:
        """Where clients connect."""
        return self._ready.url

    @property
    def site_url(self) -> str:
        """Where HTTP actions are served."""
        return self._ready.site_url

    @property
    def admin_key(self) -> str:
        """The secret that lets its holder do everything on this deployment."""
        return self._ready.admin_key

    async def push(self) -> None:
        """Serve the project's files as they are now; if that fails, the old ones stay.

        Raises:
            LocalDeploymentError: the new files cannot be served, or not with the stored data.
        """
        await self._control("push", {})

    async def reset(self) -> None:
        """Delete all documents, files and scheduled functions; undo `advance`, end all `faults`.

        Functions and environment variables stay, and cron jobs, which wait anew for their next time.
        """
        await self._control("reset", {})

    async def snapshot(self) -> Snapshot:
        """Keep documents, files, schedules, environment and time as they are now, for `restore`.

        It is kept until the deployment stops, also with `data=`.
        """
        said = await self._control("snapshot", {})
        return Snapshot(said["snapshot"])

    async def restore(self, snapshot: Snapshot) -> None:
        """Bring back what `snapshot` kept, as often as you like; functions stay as they are.

        Live queries show it at once. Actions that run go on.

        Raises:
            LocalDeploymentError: the snapshot is another deployment's, or its documents do not
                fit the schema that has been pushed since.
        """
        await self._control("restore", {"snapshot": snapshot.name})

    async def logs(self) -> LogLines:
        """Return the log lines of all functions from now on, without end.

            lines = await deployment.logs()
            await client.mutation("orders:pay", {"order": order})
            async for line in lines:
                ...

        Nothing is held open. Of lines that nobody reads, the latest 10,000 are kept. Reading them
        raises LocalDeploymentError when the deployment has stopped.
        """
        said = await self._control("logs", {})
        return LogLines(self._control, said["count"])

    @property
    def faults(self) -> Faults:
        """What may go wrong, if `allow_faults=True`."""
        return Faults(self._control)

    async def recent_calls(self) -> list[CallUsage]:
        """What the latest queries and mutations cost, the latest last; 1000 of them are kept.

        Live queries count each time they run, a query that is answered from the cache does not.
        """
        said = await self._control("calls", {})
        return [CallUsage.parse(call) for call in said["calls"]]

    async def advance(self, seconds: float) -> None:
        """Move the deployment's time ahead, for `Date.now()`, schedules, cron jobs and tokens.

        Does not wait for what is due by then: `wait_idle` does.
        """
        await self._control("clock", {"seconds": seconds})

    async def wait_idle(self) -> None:
        """Wait until no scheduled function or cron job runs or is due."""
        await self._control("idle", {})

    async def set_env(self, **values: str | None) -> None:
        """Set environment variables of the deployment; None removes one."""
        changes = [{"name": name, "value": value} for name, value in values.items()]
        await self._control("env", {"changes": changes})

    async def mint_token(
        self, subject: str, *, expires_in: float = 3600.0, **claims: object
    ) -> str:
        """Return a signed token of the user `subject`, for `ConvexClient(url, auth=token)`.

        Functions see `claims` in `ctx.auth.getUserIdentity()`, the standard ones of OpenID Connect
        under Convex's names (`given_name` as `givenName`). Needs `mint_tokens=True`.

        Args:
            subject: the user's id, unique among the users of these tokens.
            expires_in: seconds from now, also fractions; 0 or less for an expired token.
            claims: further claims, as JSON has them; not those that say who issued it and when.

        Raises:
            LocalDeploymentError: the deployment was not started with `mint_tokens=True`, or one of
                the claims is not for you to set.
        """
        body = {"subject": subject, "expiresIn": expires_in, "claims": claims}
        said = await self._control("token", body)
        return str(said["token"])

    @asynccontextmanager
    async def __asynccontextmanager__(self) -> AsyncGenerator[Self]:
        async with self._launch.running() as server:
            self._server = server
            try:
                yield self
            finally:
                self._server = None

    @property
    def _ready(self) -> Ready:
        return self._running.ready

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError(
                "The local deployment is not running: use it inside `async with LocalDeployment(...)`"
            )
        return self._server

    async def _control(self, endpoint: str, body: object) -> Any:
        server = self._running
        try:
            return await _control.post(server.ready, endpoint, body)
        except httpx.TransportError as error:
            with anyio.move_on_after(_DEATH_SECONDS):
                raise await server.wait_stopped() from None
            raise LocalDeploymentError(
                "NoAnswer", f"The local deployment did not answer /_local/{endpoint}: {error!r}"
            ) from None
