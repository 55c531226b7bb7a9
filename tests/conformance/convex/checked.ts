// One function for each kind of validator, on arguments or on the result.
import { mutationGeneric, paginationOptsValidator, queryGeneric } from "convex/server";
import { v } from "convex/values";

const echo = async (_: unknown, { value }: { value?: any }) => value;
const takes = (value: any) => queryGeneric({ args: { value }, handler: echo });
const returns = (value: any) => queryGeneric({ returns: value, handler: echo });

export const number = takes(v.number());
export const int64 = takes(v.int64());
export const boolean = takes(v.boolean());
export const string = takes(v.string());
export const bytes = takes(v.bytes());
export const nothing = takes(v.null());
export const any = takes(v.any());
export const literal = takes(v.literal("red"));
export const numberLiteral = takes(v.literal(1));
export const union = takes(v.union(v.string(), v.number()));
export const array = takes(v.array(v.number()));
export const object = takes(v.object({ a: v.number(), b: v.optional(v.string()) }));
export const record = takes(v.record(v.string(), v.number()));
export const idRecord = takes(v.record(v.id("people"), v.number()));
export const id = takes(v.id("people"));
export const optional = takes(v.optional(v.string()));
export const nullable = takes(v.optional(v.union(v.string(), v.null())));
export const none = queryGeneric({ args: {}, handler: async () => "called" });
export const whole = queryGeneric({ args: v.object({ value: v.string() }), handler: echo });
export const page = queryGeneric({
  args: { paginationOpts: paginationOptsValidator },
  handler: async ({ db }, { paginationOpts }) => db.query("things").paginate(paginationOpts),
});

export const givesNumber = returns(v.number());
export const givesInt64 = returns(v.int64());
export const givesNull = returns(v.null());
export const givesObject = returns(v.object({ a: v.number() }));
export const givesOptional = returns(v.object({ a: v.optional(v.number()) }));
export const givesArray = returns(v.array(v.string()));
export const givesId = returns(v.id("people"));

/** Its result fails the check after it has written. */
export const writesThenGives = mutationGeneric({
  args: {},
  returns: v.number(),
  handler: async ({ db }) => {
    await db.insert("things", { a: "written" });
    return "no number" as any;
  },
});
