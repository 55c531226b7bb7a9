import { mutation, query } from "./_generated/server";
import { v } from "convex/values";
import schema from "./schema";

const { state, shipTo, lines } = schema.tables.orders.validator.fields;
const order = v.object({ ...schema.tables.orders.validator.fields, _id: v.id("orders"), _creationTime: v.number() });

export const place = mutation({ args: { lines, shipTo }, returns: v.id("orders"), handler: async () => "x" as never });
export const setState = mutation({ args: { id: v.id("orders"), state }, returns: order, handler: async () => null as never });
export const states = query({ args: {}, returns: v.array(state), handler: async () => [] });
export const outcome = query({
  args: { id: v.id("orders") },
  returns: v.union(
    v.object({ ok: v.literal(true), order }),
    v.object({ ok: v.literal(false), error: v.string() }),
  ),
  handler: async () => ({ ok: false as const, error: "none" }),
});
export const page = query({
  args: { cursor: v.optional(v.union(v.string(), v.null())), limit: v.optional(v.number()), user: v.id("users") },
  returns: v.object({ items: v.array(order), nextCursor: v.union(v.string(), v.null()), hasMore: v.boolean() }),
  handler: async () => ({ items: [], nextCursor: null, hasMore: false }),
});
export const totals = query({ args: { by: v.union(v.literal("day"), v.literal("week"), v.literal("")) }, returns: v.array(v.number()), handler: async () => [] });
export const deep = query({
  args: { tree: v.array(v.object({ name: v.string(), children: v.array(v.object({ name: v.string(), leaves: v.record(v.string(), v.array(v.int64())) })) })) },
  returns: v.null(),
  handler: async () => null,
});
