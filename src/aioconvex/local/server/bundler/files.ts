// Which file or package an import means.
import { statSync } from "node:fs";
import { join } from "node:path";

const EXTENSIONS = [".tsx", ".ts", ".jsx", ".js", ".json", ".mts", ".cts", ".mjs", ".cjs"];
/** TypeScript names files as they will be called once compiled. */
const COMPILED: Record<string, string[]> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx", ".ts"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/** The name of the package in `package/part` or `@scope/package/part`. */
export function packageName(path: string): string {
  return path.split("/", path.startsWith("@") ? 2 : 1).join("/");
}

/** `path` is absolute; its extension may be missing, and it may be a folder with an `index`. */
export function findFile(path: string): string | null {
  return [...candidates(path)].find(isFile) ?? null;
}

function* candidates(path: string): Generator<string> {
  yield path;
  for (const extension of EXTENSIONS) yield path + extension;
  const [, stem = "", written = ""] = /^(.*)(\.[cm]?jsx?)$/.exec(path) ?? [];
  for (const extension of COMPILED[written] ?? []) yield stem + extension;
  for (const extension of EXTENSIONS) yield join(path, "index") + extension;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
