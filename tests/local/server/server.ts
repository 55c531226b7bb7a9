// Starts the real server process for a test and speaks HTTP with it.
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";

const ROOT = resolve(import.meta.dirname, "../../..");
const MAIN = join(ROOT, "src/aioconvex/local/server/main.ts");
export const APP = join(import.meta.dirname, "fixtures/app/convex");

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- replies are whatever the functions return
export type Reply = any;

const children: ChildProcessWithoutNullStreams[] = [];

// A test that fails must not leave its server behind, nor wait for it.
after(() => children.forEach((child) => child.kill("SIGKILL")));

export class Server {
  readonly ready: Reply;
  private readonly child: ChildProcessWithoutNullStreams;
  private errors = "";

  private constructor(child: ChildProcessWithoutNullStreams, ready: Reply) {
    this.child = child;
    this.ready = ready;
  }

  /** The ready line may also report a failure; `start` takes either. */
  static async start(project: string, ...options: string[]): Promise<Server> {
    const flags = ["--experimental-strip-types", "--no-warnings", MAIN];
    const child = spawn(process.execPath, [...flags, `--project=${project}`, ...options]);
    children.push(child);
    child.stderr.setEncoding("utf8");
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const server = new Server(child, JSON.parse(line));
    child.stderr.on("data", (text: string) => (server.errors += text));
    return server;
  }

  /** Waits until standard error holds a text. */
  async prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.errors)) await once(this.child.stderr, "data");
  }

  /** Whether standard error has held a text, in what has arrived from it. */
  hasPrinted(text: string): boolean {
    return this.errors.includes(text);
  }

  /** How often standard error held a text until now. */
  async printed(text: string): Promise<number> {
    // What is printed on purpose comes last.
    const name = randomUUID();
    await this.value("query", "live:balance", { name });
    await this.prints(new RegExp(name));
    return this.errors.split(text).length - 1;
  }

  async post(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Reply }> {
    const response = await fetch(this.ready.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
    const response = await fetch(this.ready.url + path, { headers });
    return { status: response.status, body: await response.text() };
  }

  async asAdmin(path: string, body: unknown = {}): Promise<{ status: number; body: Reply }> {
    return this.post(path, body, { authorization: `Convex ${this.ready.adminKey}` });
  }

  /** A call's whole reply, results in the lossless format. */
  async call(kind: "query" | "mutation" | "action", path: string, args: object = {}): Promise<Reply> {
    const { status, body } = await this.post(`/api/${kind}`, { path, args, format: "convex_encoded_json" });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async value(kind: "query" | "mutation" | "action", path: string, args: object = {}): Promise<Reply> {
    const reply = await this.call(kind, path, args);
    assert.equal(reply.status, "success", reply.errorMessage);
    return reply.value;
  }

  async error(kind: "query" | "mutation" | "action", path: string, args: object = {}): Promise<string> {
    const reply = await this.call(kind, path, args);
    assert.equal(reply.status, "error");
    return reply.errorMessage;
  }

  /** Ends the server by closing its standard input; returns its exit code. */
  async stop(): Promise<number> {
    return this.end(() => this.child.stdin.end());
  }

  async signal(signal: NodeJS.Signals): Promise<number> {
    return this.end(() => this.child.kill(signal));
  }

  async exitCode(): Promise<number> {
    return this.end(() => {});
  }

  private async end(how: () => void): Promise<number> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const exited = once(this.child, "exit");
    how();
    return ((await exited) as [number])[0];
  }
}

/** A project folder outside the repository that finds its npm packages. */
export class Scratch {
  readonly root = mkdtempSync(join(tmpdir(), "aioconvex-test-"));
  readonly project = join(this.root, "convex");

  constructor(files: Record<string, string>) {
    symlinkSync(join(ROOT, "node_modules"), join(this.root, "node_modules"));
    mkdirSync(this.project);
    this.write(files);
  }

  /** Leaves only these npm packages. */
  install(packages: string[]): void {
    const folder = join(this.root, "node_modules");
    rmSync(folder);
    mkdirSync(folder);
    for (const name of packages) symlinkSync(join(ROOT, "node_modules", name), join(folder, name));
  }

  write(files: Record<string, string | Buffer>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.project, name)), { recursive: true });
      writeFileSync(join(this.project, name), text);
    }
  }

  remove(name?: string): void {
    rmSync(name === undefined ? this.root : join(this.project, name), { recursive: true, force: true });
  }
}
