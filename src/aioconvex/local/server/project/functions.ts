// Function paths and what is known of each function without running it.
import type { Json } from "../values/json.ts";

export type FunctionKind = "Query" | "Mutation" | "Action";

/** Where a function runs: `"use node"` modules in Node itself, all others in what Convex has on the web's model. */
export type Runtime = "default" | "node";

export interface FunctionInfo {
  /** Canonical: `dir/module:name`, without `.js`. */
  path: string;
  kind: FunctionKind;
  runtime: Runtime;
  isPublic: boolean;
  /** Validators in their exported form; `returns` is null when undeclared. */
  args: Json;
  returns: Json;
}

const COMPONENT = /^[A-Za-z0-9_.]{1,64}$/;
const HAS_ALPHANUMERIC = /[A-Za-z0-9]/;
/** Names of functions, tables, indexes and fields. */
export const IDENTIFIER = /^(?=.*[A-Za-z0-9])[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** The canonical form of a function path, or null when it is none. */
export function canonicalPath(text: string): string | null {
  const [module, name = "default", ...rest] = text.split(":");
  if (module === undefined || rest.length > 0 || !IDENTIFIER.test(name)) return null;
  const components = module.replace(/\.js$/, "").split("/");
  const valid = components.every((part) => COMPONENT.test(part) && HAS_ALPHANUMERIC.test(part));
  return valid ? `${components.join("/")}:${name}` : null;
}

/** As the server prints paths in its own messages: with the module's `.js`. */
export function displayPath(canonical: string): string {
  return canonical.replace(":", ".js:");
}

export function wrongKindText(path: string, wanted: FunctionKind, actual: FunctionKind): string {
  return `Trying to execute ${displayPath(path)} as ${wanted}, but it is defined as ${actual}.`;
}

export function notFoundText(path: string, audience: "public" | "any"): string {
  const name = path.replace(/:default$/, "");
  if (audience === "public") return `Could not find public function for '${name}'.`;
  return `Could not find function for '${name}'. Did you forget to run \`npx convex dev\`?`;
}
