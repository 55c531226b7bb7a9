// The process: options, data folder, ready line, and a clean end.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Authenticator } from "./auth/authenticator.ts";
import { Deployment, type EnvironmentChange } from "./deployment.ts";
import { Failure, reportOf } from "./failure.ts";
import { parseChanges } from "./http/admin.ts";
import { PREFIX, siteHandler } from "./http/httpActions.ts";
import { apiHandler } from "./http/router.ts";
import { type Handler, listen } from "./http/server.ts";
import { SyncServer } from "./sync/server.ts";
import type { Json } from "./values/json.ts";
import { type DataFolder, openDataFolder, removeAbandonedFolders } from "./storage/dataFolder.ts";

const SHUTDOWN_MS = 1800;
const LARGEST_PORT = 65_535;

interface Options {
  project: string;
  data: string | null;
  port: number;
  sitePort: number;
  mintsTokens: boolean;
  /** Whether changes of the environment come as the first line of standard input. */
  readsEnvironment: boolean;
}

/** Serves until standard input closes or SIGTERM arrives. */
export async function serve(argv: string[]): Promise<void> {
  let remove = () => {};
  try {
    const options = parseOptions(argv);
    const data = openDataFolder(options.data);
    remove = data.remove;
    await run(options, data);
  } catch (error) {
    remove();
    announce({ ready: false, ...reportOf(error) });
    // Worker threads would keep the process alive.
    process.exit(1);
  }
}

function parseOptions(argv: string[]): Options {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean" } as const;
  const options = { project: string, data: string, port: string, "site-port": string };
  const switches = { "mint-tokens": boolean, "read-env": boolean };
  const values = attempt(
    () => parseArgs({ args: argv, options: { ...options, ...switches }, strict: true }).values,
  );
  if (values.project === undefined) throw new Failure("NoProject", "The option --project=FOLDER is missing.");
  return {
    project: resolve(values.project),
    data: values.data === undefined ? null : resolve(values.data),
    port: parsePort(values.port),
    sitePort: parsePort(values["site-port"]),
    mintsTokens: values["mint-tokens"] ?? false,
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
async function readEnvironment(): Promise<EnvironmentChange[]> {
  const line = await new Promise<string>((resolve) => {
    let text = "";
    const take = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes("\n")) resolve(text);
    };
    process.stdin.on("data", take).once("end", () => resolve(text));
  });
  process.stdin.removeAllListeners("data");
  return attempt(() => parseChanges(JSON.parse(Buffer.from(line, "latin1").toString()) as Json));
}

function parsePort(text = "0"): number {
  const port = /^\d+$/.test(text) ? Number(text) : Infinity;
  if (port > LARGEST_PORT) throw new Failure("BadOption", `"${text}" is not a port number.`);
  return port;
}

async function run(options: Options, data: DataFolder): Promise<void> {
  process.stderr.write("aioconvex local deployment, not for production.\n");
  const changes = options.readsEnvironment ? await readEnvironment() : [];
  const adminKey = loadAdminKey(options.data);
  let handle: Handler | undefined;
  let handleSite: Handler | undefined;
  const api = await listen(
    options.port,
    (request) => handle!(request),
    (path) => path.startsWith(`${PREFIX}/`),
  );
  const site = await listen(
    options.sitePort,
    (request) => handleSite!(request),
    () => true,
  );
  const urls = { cloud: api.url, site: site.url };
  const deployment = new Deployment({
    folder: options.project,
    dataFolder: data.path,
    durable: options.data !== null,
    urls,
    mintsTokens: options.mintsTokens,
  });
  const authenticator = new Authenticator(adminKey, deployment.users);
  handle = apiHandler(deployment, authenticator);
  handleSite = siteHandler(deployment, authenticator);
  let sync: SyncServer | undefined;
  endWith(() => stop(deployment, [api.server, site.server], sync), data.remove);
  await deployment.start(changes);
  sync = new SyncServer(api.server, deployment, authenticator, options.project);
  announce({
    ready: true,
    url: api.url,
    siteUrl: site.url,
    adminKey,
    node: process.versions.node,
    convex: deployment.convexVersion,
    functions: deployment.functionCount,
  });
  await removeAbandonedFolders();
}

function loadAdminKey(dataFolder: string | null): string {
  const path = dataFolder === null ? null : join(dataFolder, "admin-key");
  if (path !== null && existsSync(path)) return readFileSync(path, "utf8").trim();
  const key = `local|${randomBytes(32).toString("hex")}`;
  if (path !== null) {
    writeFileSync(path, `${key}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
  }
  return key;
}

/** Ends once, on whichever signal comes first, and in bounded time. */
function endWith(stopping: () => Promise<void>, removeData: () => void): void {
  let ending = false;
  const exit = () => {
    removeData();
    process.exit(0);
  };
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(exit, SHUTDOWN_MS).unref();
    void stopping().finally(exit);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.stdin.on("end", end);
  process.stdin.on("error", end);
  process.stdin.resume();
  if (process.stdin.readableEnded) end();
}

async function stop(deployment: Deployment, servers: Server[], sync: SyncServer | undefined): Promise<void> {
  sync?.close();
  for (const server of servers) {
    server.close();
    server.closeIdleConnections();
  }
  await deployment.close();
  // Lets the last replies reach their sockets.
  await setImmediate();
}

function announce(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
