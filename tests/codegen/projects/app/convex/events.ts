import { mutation, query } from "./_generated/server";
import { v } from "convex/values";
import schema from "./schema";

const event = schema.tables.events.validator;

export const record = mutation({ args: { event }, returns: v.id("events"), handler: async () => "x" as never });
export const recordAll = mutation({ args: { events: v.array(event) }, returns: v.number(), handler: async () => 0 });
export const stored = query({ args: {}, handler: (ctx) => ctx.db.query("events").collect() });
export const anything = query({ args: { value: v.any(), maybe: v.optional(v.any()) }, returns: v.any(), handler: async () => null });
export const never = query({ args: {}, returns: v.union(), handler: async () => null as never });
