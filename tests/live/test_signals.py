"""What wakes the tasks that wait for a value: as `anyio.Event` would, only sooner."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aioconvex._concurrency import Mailbox, signal

pytestmark = pytest.mark.anyio


async def test_a_signal_wakes_all_who_wait_and_stops_nobody_later() -> None:
    happened = signal()
    woken: list[int] = []

    async def wait(number: int) -> None:
        await happened.wait()
        woken.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(wait, number)
        await anyio.wait_all_tasks_blocked()
        assert woken == []
        happened.set()
        happened.set()
    assert sorted(woken) == [0, 1, 2]
    with anyio.fail_after(10):
        await happened.wait()


async def test_who_is_cancelled_takes_nothing_from_the_others() -> None:
    """Of two who wait for the same item."""
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str] = []
    impatient = anyio.CancelScope()

    async def take(scope: anyio.CancelScope) -> None:
        with scope:
            taken.append(await mailbox.take())

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take, impatient)
            tasks.start_soon(take, anyio.CancelScope())
            await anyio.wait_all_tasks_blocked()
            impatient.cancel()
            await anyio.wait_all_tasks_blocked()
            mailbox.put("item")
    assert taken == ["item"]


async def test_waiting_in_vain_again_and_again_gathers_nothing() -> None:
    """A reader with a timeout waits for the same arrival each time."""
    mailbox: Mailbox[str] = Mailbox()
    for _ in range(100):
        with anyio.move_on_after(0):
            await mailbox.take()
    await checkpoint()
    arrival = mailbox._arrival  # noqa: SLF001
    assert not getattr(arrival, "_waiting", ())
