// The process: options, data folder, ready line, and a clean end.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Authenticator } from "./auth/authenticator.ts";
import { Deployment } from "./deployment.ts";
import { reportOf } from "./failure.ts";
import { HotReload } from "./hotReload.ts";
import { PREFIX, siteHandler } from "./http/httpActions.ts";
import { text } from "./http/reply.ts";
import { apiHandler } from "./http/router.ts";
import { type Handler, listen } from "./http/server.ts";
import { type Options, parseOptions, readEnvironment } from "./options.ts";
import { loadWebSockets, SyncServer } from "./sync/server.ts";
import { type DataFolder, openDataFolder, removeAbandonedFolders } from "./storage/dataFolder.ts";
import { dataFailure } from "./storage/disk.ts";

const SHUTDOWN_MS = 1800;

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

async function run(options: Options, data: DataFolder): Promise<void> {
  process.stderr.write("aioconvex local deployment, not for production.\n");
  const deployment = new Deployment({
    folder: options.project,
    dataFolder: data.path,
    durable: options.data !== null,
    mintsTokens: options.mintsTokens,
    allowsFaults: options.allowsFaults,
    timeLimits: options.timeLimits,
  });
  // First: other threads, and esbuild's process, are at it while this thread prepares the rest.
  const opening = deployment.open();
  const changes = options.readsEnvironment ? await readEnvironment() : [];
  const adminKey = loadAdminKey(options.data);
  const ports = await openPorts(options);
  const urls = { cloud: ports.api.url, site: ports.site.url };
  const closing: { close(): void }[] = [];
  let hasStarted = false;
  const servers = [ports.api.server, ports.site.server];
  // Before the start there is nothing to finish, and nobody to finish it for.
  endWith(async () => (hasStarted ? stop(deployment, servers, closing) : undefined), data.remove);
  const sockets = loadWebSockets(options.project);
  await deployment.start(opening, urls, changes);
  hasStarted = true;
  // Only now: before, there are no functions, which would look as if they had been removed.
  const authenticator = new Authenticator(adminKey, deployment.users);
  ports.api.handler = apiHandler(deployment, authenticator);
  ports.site.handler = siteHandler(deployment, authenticator);
  closing.push(new SyncServer(ports.api.server, deployment, authenticator, sockets));
  const { convexVersion: convex, runner } = deployment;
  const functions = runner.functionCount;
  const node = process.versions.node;
  announce({ ready: true, url: urls.cloud, siteUrl: urls.site, adminKey, node, convex, functions });
  if (options.watches) closing.push(new HotReload(options.project, deployment));
  await removeAbandonedFolders();
}

/** A port listens before there is anything to answer with, because functions know its number. */
interface Port {
  server: Server;
  url: string;
  handler: Handler;
}

async function openPorts({ port, sitePort }: Options): Promise<{ api: Port; site: Port }> {
  const isHttpAction = (path: string) => path.startsWith(`${PREFIX}/`);
  const api = await openPort(port, "clients", isHttpAction);
  return { api, site: await openPort(sitePort, "HTTP actions", () => true) };
}

async function openPort(number: number, whom: string, ownsCors: (path: string) => boolean): Promise<Port> {
  const starting: Handler = async () => text("The deployment is starting.", 503);
  const port = { handler: starting };
  const listening = await listen(number, whom, (request) => port.handler(request), ownsCors);
  return Object.assign(port, listening);
}

function loadAdminKey(dataFolder: string | null): string {
  if (dataFolder === null) return newAdminKey();
  const path = join(dataFolder, "admin-key");
  try {
    const stored = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
    // It is empty when the process before died while it wrote it.
    return stored === "" ? storeAdminKey(path) : stored;
  } catch (error) {
    throw dataFailure(error, path);
  }
}

function newAdminKey(): string {
  return `local|${randomBytes(32).toString("hex")}`;
}

function storeAdminKey(path: string): string {
  const key = newAdminKey();
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
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

async function stop(deployment: Deployment, servers: Server[], closing: { close(): void }[]): Promise<void> {
  for (const part of closing) part.close();
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
