// What bundlers are told of imports that are no JavaScript files.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { packageName } from "../bundler/files.ts";
import type { Plugin } from "../bundler/interface.ts";

const GENERATED: Record<string, string> = {
  server: `export {
      queryGeneric as query, internalQueryGeneric as internalQuery,
      mutationGeneric as mutation, internalMutationGeneric as internalMutation,
      actionGeneric as action, internalActionGeneric as internalAction,
      httpActionGeneric as httpAction,
    } from "convex/server";
    export const env = process.env;`,
  api: `import { anyApi, componentsGeneric } from "convex/server";
    export const api = anyApi;
    export const internal = anyApi;
    export const components = componentsGeneric();`,
  dataModel: "export {};",
};

/** Stands in for `_generated/` of this folder, which need not be checked in. */
export function generatedModules(folder: string): Plugin {
  return {
    name: "generated-modules",
    setup(building) {
      building.onResolve({ filter: /_generated\// }, ({ path, resolveDir }) => {
        const target = resolve(resolveDir, path).replace(/\.[jt]s$/, "");
        const name = relative(join(folder, "_generated"), target);
        const exists = [".js", ".ts"].some((extension) => existsSync(target + extension));
        return Object.hasOwn(GENERATED, name) && !exists ? { path: name, namespace: "generated" } : null;
      });
      building.onLoad({ filter: /.*/, namespace: "generated" }, ({ path }) => ({
        contents: GENERATED[path]!,
        resolveDir: folder,
      }));
    },
  };
}

/** Next.js's mark of what is not for browsers. */
export const serverOnly = standIn("server-only", /^server-only$/, "");

/** The only module of Node's that Convex's own runtime has. */
export const asyncHooks = standIn(
  "async-hooks",
  /^(node:)?async_hooks$/,
  `export const { AsyncLocalStorage, AsyncResource } = globalThis;
  export default { AsyncLocalStorage, AsyncResource };`,
);

function standIn(name: string, filter: RegExp, contents: string): Plugin {
  return {
    name,
    setup(building) {
      building.onResolve({ filter }, () => ({ path: name, namespace: name }));
      building.onLoad({ filter: /.*/, namespace: name }, () => ({ contents }));
    },
  };
}

export const wasm: Plugin = {
  name: "wasm",
  setup(building) {
    building.onLoad({ filter: /\.wasm$/, namespace: "file" }, ({ path }) => {
      const bytes = JSON.stringify(readFileSync(path, "base64"));
      const compiled = `new WebAssembly.Module(Uint8Array.from(atob(${bytes}), (byte) => byte.charCodeAt(0)))`;
      return { contents: `export default ${compiled};` };
    });
  },
};

/** Packages that are loaded where they lie, as some cannot be bundled. */
export function externals(names: ReadonlySet<string>): Plugin {
  return {
    name: "externals",
    setup(building) {
      building.onResolve({ filter: /^[^./]/ }, ({ path, resolveDir }) => {
        if (!names.has(packageName(path))) return null;
        try {
          return { path: createRequire(join(resolveDir, "any.js")).resolve(path), external: true };
        } catch {
          return null; // The bundler finds what `require` cannot, or says what is missing.
        }
      });
    },
  };
}
