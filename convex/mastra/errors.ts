import { ConvexError } from "convex/values";

/**
 * An error that callers can tell apart by `data.code` and show by
 * `data.message`. Production deployments hide the text of other errors.
 */
export function refusal(code: string, message: string) {
  return new ConvexError({ code, message });
}
