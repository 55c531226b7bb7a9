import { query as define } from "../_generated/server";
import { v } from "convex/values";
const plan = define({ args: {}, returns: v.null(), handler: async () => null });
export { plan as list, plan as self, plan as str, plan as query };
