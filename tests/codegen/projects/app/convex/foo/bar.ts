import { query } from "../_generated/server";
import { v } from "convex/values";
export const baz = query({ args: {}, returns: v.null(), handler: async () => null });
export default query({ args: {}, returns: v.null(), handler: async () => null });
