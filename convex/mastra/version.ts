/** Which functions are deployed: what a client asks before it uses them. */
import { queryGeneric } from "convex/server";
import { v } from "convex/values";

/**
 * Raised by one when functions or arguments are added that a client may rely on;
 * `aioconvex.mastra` says which version it needs.
 */
const VERSION = 1;

/** Names these functions and their version. Anyone may ask. */
export const current = queryGeneric({
  args: {},
  returns: v.object({ functions: v.literal("aioconvex"), version: v.number() }),
  handler: () => ({ functions: "aioconvex" as const, version: VERSION }),
});
