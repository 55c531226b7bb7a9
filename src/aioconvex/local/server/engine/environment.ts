// The world that queries and mutations see: a frozen clock, seeded randomness, no I/O, no host environment.
import { randomBytes } from "node:crypto";
import { frames } from "./frame.ts";
import { installConsole } from "./logs.ts";

const FORBIDDEN = { fetch: "fetch()", setTimeout: "setTimeout", setInterval: "setInterval" } as const;
const RealDate = Date;
const realRandom = Math.random;

/** `now` is the deployment's time, at which each function's own stands still. */
export function installDeterministicEnvironment(now: () => number): void {
  installConsole(() => frames.getStore()?.request.logLines);
  installClock(() => frames.getStore()?.transaction.now ?? now());
  installRandom();
  forbidInputOutput();
}

/** The deployment's environment variables, never the host's. */
export function installProcess(variables: () => Record<string, string>): void {
  const env = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, name) =>
        typeof name === "string" && Object.hasOwn(variables(), name) ? variables()[name] : undefined,
      has: (_, name) => typeof name === "string" && Object.hasOwn(variables(), name),
      ownKeys: () => Object.keys(variables()),
      getOwnPropertyDescriptor: (_, name) => Object.getOwnPropertyDescriptor(variables(), name),
      set: () => false,
    },
  );
  Object.defineProperty(globalThis, "process", { value: { env }, configurable: true, writable: true });
}

export function seededRandom(): () => number {
  let state = randomBytes(4).readUInt32LE();
  // mulberry32: small, fast and good enough for what functions may use randomness for.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Gives all code of this thread another clock. */
export function installClock(now: () => number): void {
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
  });
  RealDate.prototype.constructor = globalThis.Date;
}

function random(): number {
  return (frames.getStore()?.request.random ?? realRandom)();
}

function installRandom(): void {
  Math.random = random;
  const fill = <T extends ArrayBufferView>(view: T): T => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
    return view;
  };
  const randomUUID = () => {
    const bytes = fill(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Buffer.from(bytes).toString("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };
  Object.defineProperty(globalThis.crypto, "getRandomValues", { value: fill });
  Object.defineProperty(globalThis.crypto, "randomUUID", { value: randomUUID });
}

function forbidInputOutput(): void {
  for (const [name, spelling] of Object.entries(FORBIDDEN)) {
    const real = globalThis[name as keyof typeof FORBIDDEN] as (...args: unknown[]) => unknown;
    const guarded = (...args: unknown[]): unknown => {
      if (frames.getStore() === undefined) return real(...args);
      throw new Error(
        `Can't use ${spelling} in queries and mutations. Please consider using an action. See https://docs.convex.dev/functions/actions for more details.`,
      );
    };
    Object.defineProperty(globalThis, name, { value: guarded, configurable: true, writable: true });
  }
}
