import { query } from "./_generated/server";
import { v } from "convex/values";
export const bar = query({ args: {}, returns: v.null(), handler: async () => null });
export const own = query({ args: {}, returns: v.null(), handler: async () => null });
