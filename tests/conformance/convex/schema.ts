// Tables of the conformance scenarios: one without rules, the others with one rule of each kind.
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  things: defineTable(v.any())
    .index("by_a", ["a"])
    .index("by_a_b", ["a", "b"])
    .index("by_inner", ["o.x"]),
  people: defineTable({
    name: v.string(),
    age: v.optional(v.number()),
    rank: v.optional(v.int64()),
    color: v.optional(v.union(v.literal("red"), v.literal("blue"))),
    tags: v.optional(v.array(v.string())),
    home: v.optional(v.object({ city: v.string(), zip: v.optional(v.string()) })),
    friend: v.optional(v.id("people")),
    scores: v.optional(v.record(v.string(), v.number())),
    note: v.optional(v.union(v.string(), v.null())),
    raw: v.optional(v.bytes()),
    flag: v.optional(v.boolean()),
    free: v.optional(v.any()),
  }).index("by_name", ["name"]),
  shapes: defineTable(
    v.union(
      v.object({ kind: v.literal("circle"), radius: v.number() }),
      v.object({ kind: v.literal("square"), side: v.number() }),
    ),
  ).index("by_kind", ["kind"]),
});
