// What stands in for an npm package that is not installed.

/** How a stub shows up in exported validators and functions. */
export const STUB_MARK = "aioconvex:missing";

/**
 * The source of a module that has every export. Whatever is done with one gives another stub, so
 * that the module that imports it loads; as a validator it is `v.any()` with a mark.
 */
export function stubSource(specifier: string): string {
  return `
const mark = ${JSON.stringify(STUB_MARK)};
const name = ${JSON.stringify(specifier)};
const own = {
  [mark]: name, [Symbol.iterator]: function* () {}, [Symbol.toPrimitive]: () => "", then: undefined,
  __esModule: true, toString: () => name, toJSON: () => ({ type: "any", [mark]: name }),
  isConvexValidator: true, isOptional: "required", kind: "any", json: { type: "any", [mark]: name },
  prototype: undefined,
};
const stub = new Proxy(function () {}, {
  get: (target, key) => (key in own && key !== "prototype" ? own[key] : key === "prototype" ? target.prototype : stub),
  has: () => true,
  set: () => true,
  apply: () => stub,
  construct: () => stub,
  getPrototypeOf: () => stub,
});
module.exports = stub;
`;
}

/** The package a stubbed value came from; undefined for any other value. */
export function stubbed(value: unknown): string | undefined {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return undefined;
  try {
    const found = (value as Record<string, unknown>)[STUB_MARK];
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}
