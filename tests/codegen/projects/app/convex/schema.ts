import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

const address = v.object({ street: v.string(), city: v.string(), zip: v.optional(v.string()) });

export default defineSchema({
  users: defineTable({
    name: v.string(),
    email: v.string(),
    userId: v.optional(v.string()),
    user_id: v.optional(v.string()),
    address,
    roles: v.array(v.union(v.literal("admin"), v.literal("member"), v.literal("it's"))),
    settings: v.record(v.string(), v.union(v.string(), v.number(), v.boolean())),
    avatar: v.union(v.id("_storage"), v.null()),
  }).index("by_email", ["email"]),
  products: defineTable({
    title: v.string(),
    price: v.int64(),
    weight: v.number(),
    photo: v.optional(v.bytes()),
    embedding: v.array(v.number()),
    tags: v.array(v.string()),
    variants: v.array(v.object({ sku: v.string(), stock: v.int64(), note: v.optional(v.null()) })),
  })
    .index("by_price", ["price"])
    .searchIndex("by_title", { searchField: "title", filterFields: ["tags"] })
    .vectorIndex("by_embedding", { vectorField: "embedding", dimensions: 3 }),
  orders: defineTable({
    user: v.id("users"),
    lines: v.array(v.object({ product: v.id("products"), count: v.number() })),
    state: v.union(
      v.object({ kind: v.literal("open") }),
      v.object({ kind: v.literal("paid"), at: v.number(), receipt: v.string() }),
      v.object({ kind: v.literal("failed"), reason: v.string() }),
    ),
    shipTo: v.union(address, v.null()),
  }).index("by_user", ["user"]),
  events: defineTable(
    v.union(
      v.object({ type: v.literal("login"), user: v.id("users") }),
      v.object({ type: v.literal("view"), product: v.id("products"), seconds: v.number() }),
    ),
  ),
  anything: defineTable(v.any()),
  class: defineTable({ def: v.string() }),
  user_profiles: defineTable({ bio: v.string() }),
  userProfiles: defineTable({ bio: v.optional(v.string()) }),
  HTTPLogs2: defineTable({ statusCode2xx: v.number(), URL: v.string(), iOSVersion: v.optional(v.string()) }),
});
