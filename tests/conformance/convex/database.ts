// Programs of database steps as a query and as a mutation.
import { internalMutationGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { perform, type Step } from "./program.ts";

const CLEARED_AT_ONCE = { cursor: null, numItems: 1000, maximumBytesRead: 8_000_000 };

export const read = queryGeneric({
  handler: async ({ db }, { steps }: { steps: Step[] }) => perform(db, steps),
});

export const change = mutationGeneric({
  handler: async ({ db }, { steps }: { steps: Step[] }) => perform(db, steps),
});

export const changeThenThrow = mutationGeneric({
  handler: async ({ db }, { steps }: { steps: Step[] }) => {
    await perform(db, steps);
    throw new Error("changed my mind");
  },
});

/** Reads a number and writes the next one: what concurrent callers would lose without isolation. */
export const count = mutationGeneric({
  handler: async ({ db }, { by }: { by: number }) => {
    const row = await db.query("things").first();
    if (row === null) await db.insert("things", { a: by });
    else await db.patch(row._id, { a: row["a"] + by });
    return (row?.["a"] ?? 0) + by;
  },
});

/** `count` documents `{a: <n>, b: <text>}`. */
export const fill = mutationGeneric({
  handler: async ({ db }, { count, b = "", from = 0 }: { count: number; b?: unknown; from?: number }) => {
    for (let n = from; n < from + count; n++) await db.insert("things", { a: n, b });
  },
});

/** Deletes the first documents of a table; returns whether there may be more. */
export const clear = internalMutationGeneric({
  handler: async ({ db }, { table }: { table: string }) => {
    const page = await db.query(table).paginate(CLEARED_AT_ONCE);
    for (const { _id } of page.page) await db.delete(_id);
    return !page.isDone;
  },
});
