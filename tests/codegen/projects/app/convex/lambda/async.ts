import { query } from "../_generated/server";
import { v } from "convex/values";
export const await_ = query({ args: {}, returns: v.null(), handler: async () => null });
