// The npm packages that the server uses: those that came with the project's `convex`, else ours.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { build } from "../bundler/build.ts";
import type { Bundler } from "../bundler/interface.ts";
import { vendored, vendoredVersions } from "../bundler/vendored.ts";
import { Failure } from "../failure.ts";

/** The oldest npm `convex` that we are tested with. */
const OLDEST = "1.42";

export interface Packages {
  convexVersion: string;
  /** Whether they are the project's own. */
  own: boolean;
  bundler(): Bundler;
  /** The package `ws`. */
  ws(): unknown;
}

/** `folder` is the functions folder, whose `node_modules`, or those above it, have `convex` or not. */
export function findPackages(folder: string): Packages {
  const manifest = findConvex(folder);
  if (manifest === null) {
    return {
      convexVersion: vendoredVersions()["convex"]!,
      own: false,
      bundler: () => ({ build }),
      ws: () => vendored("ws"),
    };
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return {
    convexVersion: version,
    own: true,
    bundler: () => loadWithConvex(manifest, version, "esbuild") as Bundler,
    ws: () => loadWithConvex(manifest, version, "ws"),
  };
}

function findConvex(folder: string): string | null {
  const from = createRequire(join(resolve(folder), "any.js"));
  const manifests = (from.resolve.paths("convex") ?? []).map((path) => join(path, "convex", "package.json"));
  return manifests.find((file) => existsSync(file)) ?? null;
}

/** Found from `convex`, which depends on it, so that strict package managers resolve it too. */
function loadWithConvex(manifest: string, version: string, name: string): unknown {
  try {
    return createRequire(manifest)(name);
  } catch (error) {
    const came = `${name}, which npm "convex" ${OLDEST} and newer bring, could not be loaded`;
    const [why] = String(error).split("\n");
    throw new Failure(
      "NoConvexPackage",
      `${came} with your convex ${version}: run \`npm install convex@latest\`. (${why})`,
    );
  }
}
