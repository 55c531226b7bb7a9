// Functions about calling: values in and out, failures, nested calls, identity, time and logs.
import {
  actionGeneric,
  anyApi,
  internalActionGeneric,
  internalMutationGeneric,
  internalQueryGeneric,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { ConvexError } from "convex/values";
import { perform, type Step } from "./program.ts";

const echoed = async (_: unknown, { value }: { value?: any }) => value;
export const echoQuery = queryGeneric({ handler: echoed });
export const echoMutation = mutationGeneric({ handler: echoed });
export const echoAction = actionGeneric({ handler: echoed });
export const hiddenQuery = internalQueryGeneric({ handler: echoed });
export const hiddenMutation = internalMutationGeneric({ handler: echoed });
export const hiddenAction = internalActionGeneric({ handler: echoed });

export default queryGeneric({ handler: async () => "the default export" });

export const nothing = queryGeneric({ handler: async () => undefined });
export const holes = queryGeneric({ handler: async () => ({ a: 1, b: undefined }) });
export const minusZero = queryGeneric({ handler: async () => [-0, 0] });
export const dated = queryGeneric({ handler: async () => new Date(0) as any });
export const nested = queryGeneric({
  handler: async (_, { depth }: { depth: number }) => {
    let value: any = 0;
    for (let i = 0; i < depth; i++) value = [value];
    return value;
  },
});
export const text = queryGeneric({ handler: async (_, { length }: { length: number }) => "x".repeat(length) });

export const throwError = queryGeneric({
  handler: async (_, { message }: { message: string }) => {
    throw new Error(message);
  },
});
const refuse = async (_: unknown, { data }: { data?: any }) => {
  throw new ConvexError(data);
};
export const refuseQuery = queryGeneric({ handler: refuse });
export const refuseMutation = mutationGeneric({ handler: refuse });
export const refuseAction = actionGeneric({ handler: refuse });
export const throwValue = queryGeneric({
  handler: async () => {
    throw "a string"; // not an Error, on purpose
  },
});

export const log = queryGeneric({
  handler: async () => {
    console.log("hello", 1, { a: [true] });
    console.warn("careful");
    console.error("bad");
    console.info("so");
    console.debug("deep");
  },
});

export const identity = queryGeneric({ handler: async ({ auth }) => auth.getUserIdentity() });
export const identityInMutation = mutationGeneric({ handler: async ({ auth }) => auth.getUserIdentity() });
export const identityInAction = actionGeneric({ handler: async ({ auth }) => auth.getUserIdentity() });
export const identityBelow = mutationGeneric({
  handler: async (ctx) => ctx.runQuery(anyApi["calls"]!["identity"]!, {}),
});

export const now = queryGeneric({ handler: async () => [Date.now(), new Date().getTime(), Date.now()] });
export const fetches = queryGeneric({ handler: async () => (await fetch("https://example.com")).status });
export const waits = mutationGeneric({
  handler: async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
  },
});

export const asMutation = actionGeneric({
  handler: async (ctx, { steps }: { steps: Step[] }) =>
    ctx.runMutation(anyApi["database"]!["change"]!, { steps }),
});
export const asQuery = actionGeneric({
  handler: async (ctx, { steps }: { steps: Step[] }) => ctx.runQuery(anyApi["database"]!["read"]!, { steps }),
});

/** Writes, lets a nested mutation write and fail, and goes on if told to. */
export const around = mutationGeneric({
  handler: async (ctx, { before, inner, caught }: { before: Step[]; inner: Step[]; caught: boolean }) => {
    await perform(ctx.db, before);
    try {
      await ctx.runMutation(anyApi["database"]!["changeThenThrow"]!, { steps: inner });
    } catch (error) {
      if (!caught) throw error;
    }
    return ctx.runQuery(anyApi["database"]!["read"]!, {
      steps: [{ op: "query", table: "things", only: "a" }],
    });
  },
});

export const below = mutationGeneric({
  handler: async (ctx, { name, args }: { name: string; args: any }) => {
    const [module, member] = name.split(":") as [string, string];
    return ctx.runMutation(anyApi[module]![member]!, args);
  },
});
export const askBelow = queryGeneric({
  handler: async (ctx, { name, args }: { name: string; args: any }) => {
    const [module, member] = name.split(":") as [string, string];
    return ctx.runQuery(anyApi[module]![member]!, args);
  },
});
/** Catches what the nested call throws and says whether it was a ConvexError, and with which data. */
export const catchBelow = mutationGeneric({
  handler: async (ctx, { data }: { data: any }) => {
    try {
      await ctx.runMutation(anyApi["calls"]!["refuseMutation"]!, { data });
    } catch (error) {
      return error instanceof ConvexError ? { data: error.data } : null;
    }
    return null;
  },
});
export const writeInQuery = queryGeneric({
  handler: async (ctx) => (ctx.db as any).insert("things", { a: 1 }),
});
export const loop = queryGeneric({
  handler: async () => {
    for (;;);
  },
});
export const commitTime = mutationGeneric({
  handler: async ({ db }) => {
    const id = await db.insert("things", { a: "timed" });
    return (await db.get(id))!["_creationTime"];
  },
});

export const insertLimited = mutationGeneric({
  handler: async (ctx, { most, count }: { most: number; count: number }) => {
    const steps = Array.from({ length: count }, (_, a) => ({ op: "insert", table: "things", value: { a } }));
    const limits = { transactionLimits: { documentsWritten: most } };
    await ctx.runMutation(anyApi["database"]!["change"]!, { steps }, limits);
  },
});

let called = 0;
export const callsSoFar = queryGeneric({ handler: async (_, { salt }: { salt: number }) => [salt, ++called] });
export const chatty = queryGeneric({
  handler: async (_, { lines }: { lines: number }) => {
    for (let i = 0; i < lines; i++) console.log(i);
  },
});
