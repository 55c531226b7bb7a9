// npm `convex` as a live client: `node live_npm.mjs '{"url": …, "of": …, …}'`; the result is a line of JSON.
import { ConvexClient } from "convex/browser";

const COUNT = "live:count";
const STREAM = "live:stream";

const { url, of, ...given } = JSON.parse(process.argv[2]);
const client = new ConvexClient(url, { logger: false });

/** Microseconds of CPU, and milliseconds of time. */
function now() {
  const { user, system } = process.cpuUsage();
  return { cpu: user + system, time: performance.now() };
}

/** What passed since then, for each of so many. */
function since(started, count) {
  const { cpu, time } = now();
  return {
    rate: (count * 1000) / (time - started.time),
    cpu: (cpu - started.cpu) / 1e6 / count,
  };
}

/** From a mutation to the value that it causes, one at a time. */
async function latency({ warm, times }) {
  let arrived = () => {};
  client.onUpdate(COUNT, {}, (value) => arrived(value));
  await new Promise((resolve) => (arrived = resolve));
  const took = [];
  let started = now();
  for (let number = 1; number <= warm + times; number++) {
    if (number === warm + 1) started = now();
    const sent = performance.now();
    const changed = new Promise((resolve) => (arrived = resolve));
    const done = client.mutation("live:add", {});
    await changed;
    await done; // the other peers' clocks stop after both, too
    took.push(performance.now() - sent);
  }
  const { cpu } = since(started, times);
  const sorted = took.slice(warm).sort((a, b) => a - b);
  return { p50: sorted[times >> 1] / 1e3, p99: sorted[Math.floor(times * 0.99)] / 1e3, cpu };
}

/** Values as fast as they come; those up to `warm` are not counted. */
async function stream({ warm, values, size }) {
  return await new Promise((resolve) => {
    let started;
    let seen = 0;
    client.onUpdate(STREAM, { values, size }, ({ n }) => {
      if (started !== undefined) seen++;
      else if (n >= warm) started = now();
      if (n === values) resolve({ ...since(started, values - warm), seen: seen / (values - warm) });
    });
  });
}

/** Mutations, so many of them in flight. */
async function mutations({ inFlight, warm, times }) {
  let sent = 0;
  async function run(total) {
    async function loop() {
      while (sent < total) {
        sent++;
        await client.mutation("live:add", {});
      }
    }
    await Promise.all(Array.from({ length: inFlight }, loop));
  }
  await run(warm);
  const started = now();
  await run(warm + times);
  return since(started, times);
}

console.log(JSON.stringify(await { latency, stream, mutations }[of](given)));
process.exit(0);
