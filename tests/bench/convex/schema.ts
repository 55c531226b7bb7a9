import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  // Two tables of one shape, so that sizes can be compared side by side.
  small: defineTable({ key: v.string(), group: v.string(), rank: v.number() })
    .index("by_key", ["key"])
    .index("by_group_rank", ["group", "rank"]),
  large: defineTable({ key: v.string(), group: v.string(), rank: v.number() })
    .index("by_key", ["key"])
    .index("by_group_rank", ["group", "rank"]),
});
