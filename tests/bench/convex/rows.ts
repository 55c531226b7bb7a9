import {
  type DataModelFromSchemaDefinition,
  type MutationBuilder,
  type QueryBuilder,
  mutationGeneric,
  paginationOptsValidator,
  queryGeneric,
} from "convex/server";
import { v } from "convex/values";

import type schema from "./schema";

type DataModel = DataModelFromSchemaDefinition<typeof schema>;
const query: QueryBuilder<DataModel, "public"> = queryGeneric;
const mutation: MutationBuilder<DataModel, "public"> = mutationGeneric;

const table = v.union(v.literal("small"), v.literal("large"));
const GROUPS = 100;

/** Inserts the rows `from` to `to`, without `to`. */
export const fill = mutation({
  args: { table, from: v.number(), to: v.number() },
  returns: v.null(),
  handler: async (ctx, { table, from, to }) => {
    for (let rank = from; rank < to; rank++) {
      const row = { key: `key-${rank}`, group: `group-${rank % GROUPS}`, rank };
      await ctx.db.insert(table, row);
    }
    return null;
  },
});

export const lookup = query({
  args: { table, key: v.string() },
  handler: (ctx, { table, key }) =>
    ctx.db
      .query(table)
      .withIndex("by_key", (q) => q.eq("key", key))
      .unique(),
});

export const newest = query({
  args: { table, group: v.string() },
  handler: (ctx, { table, group }) =>
    ctx.db
      .query(table)
      .withIndex("by_group_rank", (q) => q.eq("group", group))
      .order("desc")
      .take(10),
});

export const page = query({
  args: { table, paginationOpts: paginationOptsValidator },
  handler: (ctx, { table, paginationOpts }) =>
    ctx.db.query(table).paginate(paginationOpts),
});

export const change = mutation({
  args: { table, key: v.string() },
  returns: v.null(),
  handler: async (ctx, { table, key }) => {
    const row = await ctx.db
      .query(table)
      .withIndex("by_key", (q) => q.eq("key", key))
      .unique();
    if (row === null) throw new Error(`No row ${key}`);
    await ctx.db.patch(row._id, { group: row.group });
    return null;
  },
});
