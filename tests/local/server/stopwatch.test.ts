// What counts against a function's time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newCells, Stopwatch, Watchdog } from "../../../src/aioconvex/local/server/engine/stopwatch.ts";

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("the engine's own work does not count, not even while it goes on", () => {
  const cells = newCells();
  const stopwatch = new Stopwatch(cells, 1);
  const watchdog = new Watchdog(cells);
  stopwatch.start();
  stopwatch.exempt(() => {
    spin(350);
    assert.ok(!watchdog.isOverdue);
  });
  assert.ok(!watchdog.isOverdue);
  spin(350);
  assert.ok(watchdog.isOverdue);
  stopwatch.stop();
});
