// What the server is started with: its command line, and what is too secret for one.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { EnvironmentChange } from "./deployment.ts";
import { Failure } from "./failure.ts";
import { parseChanges } from "./http/admin.ts";
import { functionsFolder } from "./project/config.ts";
import type { Runtime } from "./project/functions.ts";
import type { Json } from "./values/json.ts";

const LARGEST_PORT = 65_535;
const FUNCTION_TIME_MS = 1000;
const ACTION_TIME_MS = 30 * 60 * 1000;
const NODE_ACTION_TIME_MS = 10 * 60 * 1000;

export interface Options {
  project: string;
  data: string | null;
  port: number;
  sitePort: number;
  mintsTokens: boolean;
  allowsFaults: boolean;
  /** What user code may take, in milliseconds. */
  timeLimits: { functions: number; actions: Record<Runtime, number> };
  /** Whether the project's files are served as they are saved. */
  watches: boolean;
  /** Whether changes of the environment come as the first line of standard input. */
  readsEnvironment: boolean;
}

export function parseOptions(argv: string[]): Options {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean" } as const;
  const options = { project: string, data: string, port: string, "site-port": string };
  const limits = { "function-ms": string, "action-ms": string };
  const switches = { "mint-tokens": boolean, "allow-faults": boolean, "read-env": boolean, watch: boolean };
  const values = attempt(
    () => parseArgs({ args: argv, options: { ...options, ...limits, ...switches }, strict: true }).values,
  );
  if (values.project === undefined) throw new Failure("NoProject", "The option --project=FOLDER is missing.");
  return {
    project: functionsFolder(resolve(values.project)),
    data: values.data === undefined ? null : resolve(values.data),
    port: parsePort(values.port),
    sitePort: parsePort(values["site-port"]),
    timeLimits: {
      functions: parseTime(values["function-ms"], FUNCTION_TIME_MS),
      actions: {
        default: parseTime(values["action-ms"], ACTION_TIME_MS),
        node: parseTime(values["action-ms"], NODE_ACTION_TIME_MS),
      },
    },
    mintsTokens: values["mint-tokens"] ?? false,
    allowsFaults: values["allow-faults"] ?? false,
    watches: values.watch ?? false,
    readsEnvironment: values["read-env"] ?? false,
  };
}

function attempt<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Failure("BadOption", (error as Error).message);
  }
}

/** Values may be secret, which a command line is not. Standard input stays open for as long as the parent lives. */
export async function readEnvironment(): Promise<EnvironmentChange[]> {
  let line = "";
  for await (const text of process.stdin.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    line += text;
    if (line.endsWith("\n")) break;
  }
  return attempt(() => parseChanges(JSON.parse(line) as Json));
}

function parsePort(text = "0"): number {
  const port = /^\d+$/.test(text) ? Number(text) : Infinity;
  if (port > LARGEST_PORT) throw new Failure("BadOption", `"${text}" is not a port number.`);
  return port;
}

function parseTime(text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Failure("BadOption", `"${text}" is not a number of milliseconds.`);
}
