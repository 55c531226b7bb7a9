import { query } from "./_generated/server";
import { v } from "convex/values";
export const delete_ = query({ args: {}, returns: v.null(), handler: async () => null });
export const print = query({ args: {}, returns: v.null(), handler: async () => null });
export const raise_ = query({ args: {}, returns: v.null(), handler: async () => null });
const none = query({ args: {}, returns: v.null(), handler: async () => null });
export { none as None, none as def, none as import, none as __init__, none as delete, none as raise };
