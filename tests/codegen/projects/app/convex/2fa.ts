import { query } from "./_generated/server";
import { v } from "convex/values";
export const verify = query({ args: {}, returns: v.null(), handler: async () => null });
