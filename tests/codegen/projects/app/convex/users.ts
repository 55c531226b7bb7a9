import { paginationOptsValidator } from "convex/server";
import { internalMutation, mutation, query } from "./_generated/server";
import { v } from "convex/values";
import schema from "./schema";

const document = v.object({
  ...schema.tables.users.validator.fields,
  _id: v.id("users"),
  _creationTime: v.number(),
});

/** One user, or null when there is none. */
export const get = query({
  args: { id: v.id("users") },
  returns: v.union(document, v.null()),
  handler: (ctx, { id }) => ctx.db.get(id),
});
export const list = query({ args: {}, returns: v.array(document), handler: (ctx) => ctx.db.query("users").collect() });
export const page = query({
  args: { paginationOpts: paginationOptsValidator, role: v.optional(v.string()) },
  returns: v.object({
    page: v.array(document),
    isDone: v.boolean(),
    continueCursor: v.string(),
    splitCursor: v.optional(v.union(v.string(), v.null())),
    pageStatus: v.optional(
      v.union(v.literal("SplitRecommended"), v.literal("SplitRequired"), v.null()),
    ),
  }),
  handler: (ctx, { paginationOpts }) => ctx.db.query("users").paginate(paginationOpts),
});
export const pageUndeclared = query({
  args: { paginationOpts: paginationOptsValidator },
  handler: (ctx, { paginationOpts }) => ctx.db.query("users").paginate(paginationOpts),
});
export const add = mutation({
  args: { user: schema.tables.users.validator },
  returns: v.id("users"),
  handler: (ctx, { user }) => ctx.db.insert("users", user),
});
export const update = mutation({
  args: { id: v.id("users"), name: v.optional(v.string()), avatar: v.optional(v.union(v.id("_storage"), v.null())) },
  returns: v.null(),
  handler: async () => null,
});
export const remove = internalMutation({ args: { id: v.id("users") }, returns: v.null(), handler: async () => null });
export const getUser = query({ args: {}, returns: v.null(), handler: async () => null });
export const get_user = query({ args: {}, returns: v.null(), handler: async () => null });
export const count = query({
  args: {},
  returns: v.object({ count: v.number(), isEstimate: v.boolean() }),
  handler: async () => ({ count: 1, isEstimate: false }),
});
export default query({ args: {}, returns: v.string(), handler: async () => "users" });
