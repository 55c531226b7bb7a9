import { query } from "./_generated/server";
import { v } from "convex/values";

const echo = <T>(value: T) => query({ args: { value: value as never }, returns: value as never, handler: async (_, args: never) => (args as { value: never }).value });

export const nothing = echo(v.null());
export const flag = echo(v.boolean());
export const flags = echo(v.union(v.literal(true), v.literal(false)));
export const one = echo(v.literal(1));
export const half = echo(v.literal(1.5));
export const five = echo(v.literal(5n));
export const intOrFloat = echo(v.union(v.int64(), v.number()));
export const words = echo(
  v.union(...["", "1", "a-b", "a_b", "a b", "A", "a", "image/svg+xml", "==", "it's", 'quote"d', "back\\slash", "new\nline", "été", "日本", "None", "mro"].map((word) => v.literal(word))),
);
export const numbersOrTexts = echo(v.union(v.array(v.string()), v.array(v.number())));
export const listOrNull = echo(v.union(v.array(v.int64()), v.null()));
export const listOrRecord = echo(v.union(v.array(v.string()), v.record(v.string(), v.string())));
export const objectOrText = echo(v.union(v.object({ a: v.string() }), v.string()));
export const untagged = echo(v.union(v.object({ a: v.string() }), v.object({ a: v.string(), b: v.number() })));
export const byNumber = echo(v.union(v.object({ tag: v.literal(1), x: v.number() }), v.object({ tag: v.literal(2), y: v.string() })));
export const byBigInt = echo(v.union(v.object({ tag: v.literal(1n), x: v.number() }), v.object({ tag: v.literal(2n), y: v.string() })));
export const twoTags = echo(v.union(v.object({ tag: v.union(v.literal("h1"), v.literal("h2")), text: v.string() }), v.object({ tag: v.literal("hr") })));
export const nested = echo(v.union(v.union(v.string(), v.null()), v.union(v.null(), v.union(v.int64()))));
export const optionals = echo(
  v.object({ a: v.optional(v.string()), b: v.union(v.string(), v.null()), c: v.optional(v.union(v.string(), v.null())), d: v.optional(v.any()) }),
);
export const words2 = echo(
  v.object({ class: v.string(), from: v.string(), async: v.string(), None: v.string(), True: v.string(), lambda: v.string(), str: v.string(), int: v.number(), list: v.array(v.string()), dict: v.record(v.string(), v.string()), type: v.string(), object: v.string(), Any: v.any(), Literal: v.literal("x"), self: v.string(), __dunder__: v.string(), x1: v.string(), X1: v.string(), UserID: v.string(), userId: v.string(), user_id: v.string(), URL: v.string(), HTTPServer: v.string() }),
);
export const parameters = query({
  args: { self: v.string(), client: v.string(), args: v.string(), cls: v.string(), timeout: v.number(), kwargs: v.string(), path: v.string() },
  returns: v.null(),
  handler: async () => null,
});
export const record = echo(v.record(v.id("users"), v.array(v.union(v.bytes(), v.null()))));
export const empty = echo(v.object({}));
export const lone = echo(v.union(v.string()));
