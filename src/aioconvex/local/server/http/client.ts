// The `Convex-Client` header: which client calls, and what an old one expects.
import { HttpError } from "./reply.ts";
import type { Format } from "../values/json.ts";

const OLDEST_NPM_WITH_CHUNKS = "1.28.0";
export const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
/** Newest version that is refused, and oldest one that is served plain JSON when it names no format. */
interface Thresholds {
  refused: string;
  plainJson: string;
}
const NPM: Thresholds = { refused: "0.19.1", plainJson: "1.4.1" };
const PYTHON: Thresholds = { refused: "0.0.2", plainJson: "0.5.0" };
const OTHERS = ["create-convex", "dashboard", "swift", "kotlin", "streaming-import", "airbyte-export"];
/** The clients that are known; of some every version is served alike. */
const CLIENTS: ReadonlyMap<string, Thresholds | null> = new Map([
  ...["npm", "npm-cli", "actions"].map((name) => [name, NPM] as const),
  ...["python", "python-convex"].map((name) => [name, PYTHON] as const),
  ["rust", { refused: "0.0.1", plainJson: "0.0.0" }],
  ...[...OTHERS, "fivetran-import", "fivetran-export"].map((name) => [name, null] as const),
]);

/** The format of results for a caller that names none; refuses clients the server no longer supports. */
export function defaultFormat(header: string | string[] | undefined): Format {
  if (typeof header !== "string") return "json";
  const { name, version } = parseClient(header);
  const thresholds = CLIENTS.get(name);
  if (thresholds === undefined) return "json";
  if (version === null || (thresholds !== null && compareVersions(version, thresholds.refused) <= 0)) {
    throw new HttpError(
      400,
      "ClientVersionUnsupported",
      `The client ${header} is not supported; use a newer version.`,
    );
  }
  const isOld = thresholds !== null && compareVersions(version, thresholds.plainJson) < 0;
  return isOld ? "convex_encoded_json" : "json";
}

/** Whether the client puts transitions together again that come in chunks. */
export function takesChunks(header: string | string[] | undefined): boolean {
  const { name, version } = typeof header === "string" ? parseClient(header) : { name: "", version: null };
  return name === "npm" && version !== null && compareVersions(version, OLDEST_NPM_WITH_CHUNKS) >= 0;
}

/** The longest right-hand part that is a version is the version. */
function parseClient(header: string): { name: string; version: string | null } {
  const parts = header.split("-");
  if (parts.length < 2) {
    throw new HttpError(
      400,
      "InvalidClientVersion",
      `Convex-Client must be <name>-<version>, not ${JSON.stringify(header)}.`,
    );
  }
  for (let i = 1; i < parts.length; i++) {
    const version = parts.slice(i).join("-");
    if (SEMVER.test(version)) return { name: parts.slice(0, i).join("-"), version };
  }
  const known = [...CLIENTS.keys()]
    .filter((name) => header.startsWith(`${name}-`))
    .sort((a, b) => b.length - a.length);
  return { name: known[0] ?? header, version: null };
}

function compareVersions(left: string, right: string): number {
  const numbers = (version: string) => version.split(/[-+]/)[0]!.split(".").map(Number);
  const [a, b] = [numbers(left), numbers(right)];
  const different = a.findIndex((number, i) => number !== b[i]);
  if (different >= 0) return a[different]! - b[different]!;
  return Number(!left.includes("-")) - Number(!right.includes("-"));
}
