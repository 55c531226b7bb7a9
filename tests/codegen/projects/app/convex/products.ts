import { action, mutation, query } from "./_generated/server";
import { v } from "convex/values";
import schema from "./schema";

const fields = schema.tables.products.validator.fields;
const document = v.object({ ...fields, _id: v.id("products"), _creationTime: v.number() });
const filter = v.object({ tags: v.array(v.string()), maxPrice: v.optional(v.int64()) });

export const find = query({ args: { filter }, returns: v.array(document), handler: async () => [] });
export const findOne = query({ args: { filter: v.optional(filter) }, returns: v.nullable(document), handler: async () => null });
export const create = mutation({ args: fields, returns: v.id("products"), handler: (ctx, args) => ctx.db.insert("products", args) });
export const setPrice = mutation({ args: { id: v.id("products"), price: v.int64() }, returns: v.int64(), handler: async (_, { price }) => price });
export const setPhoto = mutation({ args: { id: v.id("products"), photo: v.union(v.bytes(), v.null()) }, returns: v.null(), handler: async () => null });
export const photo = query({ args: { id: v.id("products") }, returns: v.nullable(v.bytes()), handler: async () => null });
export const nearest = action({
  args: { vector: v.array(v.number()), limit: v.optional(v.number()) },
  returns: v.array(v.object({ product: document, score: v.number() })),
  handler: async () => [],
});
export const stock = query({ args: {}, returns: v.record(v.id("products"), v.int64()), handler: async () => ({}) });
export const statistics = query({
  args: {},
  returns: v.record(v.string(), v.object({ least: v.number(), most: v.number(), histogram: v.array(v.array(v.number())) })),
  handler: async () => ({}),
});
export const legacy = mutation(async () => null);
