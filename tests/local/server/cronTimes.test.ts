// When cron jobs run next.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CronTimes,
  nextRun,
  parseCron,
} from "../../../src/aioconvex/local/server/schedule/cronTimes.ts";
import { Random } from "./random.ts";

const fields = (text: string): CronTimes => ({ kind: "fields", fields: parseCron(text) });

function next(text: string, after: string): string {
  const found = nextRun(fields(text), 0, Date.parse(`${after}:00Z`));
  return found === null ? "never" : new Date(found).toISOString().slice(0, 16);
}

test("cron syntax in UTC", () => {
  const cases: [string, string, string][] = [
    ["* * * * *", "2026-01-31T23:59", "2026-02-01T00:00"],
    ["30 * * * *", "2026-01-01T00:30", "2026-01-01T01:30"],
    ["0 16 1 * *", "2026-01-01T16:00", "2026-02-01T16:00"],
    ["*/15 9-17 * * mon-fri", "2026-01-02T17:45", "2026-01-05T09:00"],
    ["5/20 0 * * *", "2026-01-01T00:05", "2026-01-01T00:25"],
    ["0 0 31 * *", "2026-01-31T00:00", "2026-03-31T00:00"],
    ["0 0 29 2 *", "2026-01-01T00:00", "2028-02-29T00:00"],
    ["0 0 29 2 *", "2096-03-01T00:00", "2104-02-29T00:00"],
    ["0 0 30 2 *", "2026-01-01T00:00", "never"],
    ["0 12 * JAN,Jul 7", "2026-02-01T00:00", "2026-07-05T12:00"],
    ["0 0 13 * 5", "2026-01-01T00:00", "2026-01-02T00:00"],
    ["0 0 13 * *", "2026-01-01T00:00", "2026-01-13T00:00"],
    ["1,3,2 0 1 1 *", "2026-01-01T00:01", "2026-01-01T00:02"],
  ];
  for (const [text, after, expected] of cases) assert.equal(next(text, after), expected, text);
});

test("what is no cron syntax is refused with the field at fault", () => {
  const wrong: [string, RegExp][] = [
    ["* * * *", /must have five fields/],
    ["60 * * * *", /"60" is no minute between 0 and 59/],
    ["* 24 * * *", /"24" is no hour/],
    ["* * 0 * *", /"0" is no day of the month/],
    ["* * * foo *", /"foo" is no month/],
    ["* * * * 8", /"8" is no day of the week/],
    ["5-1 * * * *", /"5-1"/],
    ["1-2-3 * * * *", /"1-2-3"/],
    ["*/0 * * * *", /"\*\/0"/],
    [", * * * *", /""/],
  ];
  for (const [text, message] of wrong) assert.throws(() => parseCron(text), { message });
});

test("the next run is the first matching minute, found one by one", () => {
  const start = Date.UTC(2026, 0, 1);
  const random = new Random(1);
  for (let i = 0; i < 150; i++) {
    const [minute, hour, weekday] = [random.below(60), random.below(24), random.below(7)];
    const after = start + random.below(400 * 24 * 60 * 60_000);
    let expected = Math.floor(after / 60_000) * 60_000 + 60_000;
    const matches = (time: Date) =>
      time.getUTCMinutes() === minute && time.getUTCHours() === hour && time.getUTCDay() === weekday;
    while (!matches(new Date(expected))) expected += 60_000;
    assert.equal(nextRun(fields(`${minute} ${hour} * * ${weekday}`), 0, after), expected);
  }
});

test("intervals keep their phase, however many runs were missed", () => {
  const times: CronTimes = { kind: "interval", ms: 1000 };
  assert.equal(nextRun(times, 500, 500), 1500);
  assert.equal(nextRun(times, 500, 1499), 1500);
  assert.equal(nextRun(times, 500, 10_700), 11_500);
});
