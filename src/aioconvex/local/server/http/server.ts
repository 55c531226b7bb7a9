// The HTTP front: loopback only, checks before anything else is read, one handler behind it.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { errorReply, HttpError, type Reply, text } from "./reply.ts";
import { Failure } from "../failure.ts";
import { Dropped } from "../faults.ts";
import { LOOPBACK, LOOPBACK_NAMES } from "../loopback.ts";

export interface HttpRequest {
  method: string;
  url: URL;
  headers: IncomingMessage["headers"];
  /** Reads the body as JSON text. */
  body: () => Promise<string>;
  /** The body's bytes, for endpoints that take any number of them. */
  stream: IncomingMessage;
}
// An `import` reads all there is in it, and so loads Node's `fetch` too, half as long as all of Node takes.
export const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");

export type Handler = (request: HttpRequest) => Promise<Reply>;

const LARGEST_BODY = 2 ** 24 + 2000;
const KEEP_ALIVE_MS = 75_000;
const CLIENT_GONE = "ERR_STREAM_PREMATURE_CLOSE";
const PREFLIGHT_SECONDS = 86_400;

/** Listens on 127.0.0.1 for `whom`; port 0 takes a free one. `ownsCors` leaves cross-origin headers to the handler. */
export async function listen(
  port: number,
  whom: string,
  handler: Handler,
  ownsCors: (path: string) => boolean,
): Promise<{ server: Server; url: string }> {
  const server = createServer((message, response) => {
    void respond(handler, message, response, ownsCors);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(portFailure(error, port, whom)));
    server.listen(port, LOOPBACK, resolve);
  });
  return { server, url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}` };
}

function portFailure(error: NodeJS.ErrnoException, port: number, whom: string): Error {
  const reason = { EADDRINUSE: "another program listens there", EACCES: "your user may not" }[
    error.code ?? ""
  ];
  if (reason === undefined) return error;
  const what = `Port ${port}, for ${whom}, cannot be used`;
  return new Failure("PortInUse", `${what}: ${reason}. Choose another port, or 0 for one that is free.`);
}

/** Refuses what no page and no program of this machine would send. */
export function checkOrigin(headers: IncomingMessage["headers"]): void {
  checkHost(headers.host);
  corsHeaders(headers);
}

async function respond(
  handler: Handler,
  message: IncomingMessage,
  response: ServerResponse,
  ownsCors: (path: string) => boolean,
): Promise<void> {
  let reply: Reply;
  try {
    checkHost(message.headers.host);
    const cors = corsHeaders(message.headers);
    const request = requestOf(message);
    const leavesCors = ownsCors(request.url.pathname);
    if (!leavesCors) for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
    reply = request.method === "OPTIONS" && !leavesCors ? text("") : await handler(request);
  } catch (error) {
    if (error instanceof Dropped) return void message.socket.destroy();
    reply = errorReply(error);
  }
  await send(reply, response).catch(async (error: NodeJS.ErrnoException) => {
    // Clients may leave in the middle; other errors are ours.
    if (error.code === CLIENT_GONE) return;
    if (response.headersSent) process.stderr.write(`A reply broke off: ${error.stack}\n`);
    else await send(errorReply(error), response);
  });
  readToItsEnd(message);
}

/** Otherwise the connection's next request waits behind the rest of a body that nobody wants. */
function readToItsEnd(message: IncomingMessage): void {
  if (message.readableEnded) return;
  // Who stopped reading in the middle may still have it paused.
  message.removeAllListeners("data");
  message.removeAllListeners("readable");
  message.resume();
}

async function send({ status, type, headers, body }: Reply, response: ServerResponse): Promise<void> {
  const stream = typeof body === "string" ? null : body;
  try {
    if (type !== null) response.setHeader("content-type", type);
    const length = stream === null ? { "content-length": Buffer.byteLength(body as string) } : {};
    response.writeHead(status, { ...length, ...headers });
  } catch (error) {
    stream?.destroy();
    throw error;
  }
  if (response.req.method === "HEAD") {
    stream?.destroy();
    response.end();
  } else if (stream === null) response.end(body);
  else await pipeline(stream, response);
}

/** A page of another site may resolve its own name to 127.0.0.1; its Host header gives it away. */
function checkHost(host: string | undefined): void {
  const name = host?.replace(/:\d+$/, "").toLowerCase();
  if (name === undefined || !LOOPBACK_NAMES.has(name)) {
    throw new HttpError(
      403,
      "ForbiddenHost",
      "The local deployment answers requests to 127.0.0.1 and localhost only.",
    );
  }
}

function corsHeaders(headers: IncomingMessage["headers"]): Record<string, string> {
  const { origin } = headers;
  if (origin === undefined) return {};
  const name = URL.canParse(origin) ? new URL(origin).hostname : "";
  if (!LOOPBACK_NAMES.has(name)) {
    throw new HttpError(403, "ForbiddenOrigin", "The local deployment serves pages from this machine only.");
  }
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET,POST,OPTIONS",
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
    "access-control-max-age": String(PREFLIGHT_SECONDS),
    vary: "Origin",
  };
}

function requestOf(message: IncomingMessage): HttpRequest {
  return {
    method: message.method ?? "GET",
    url: urlOf(message.url ?? "/"),
    headers: message.headers,
    body: () => readBody(message),
    stream: message,
  };
}

/** Only put together does `//x` stay a path. */
function urlOf(target: string): URL {
  const address = target.startsWith("/") ? `http://${LOOPBACK}${target}` : target;
  if (URL.canParse(address)) return new URL(address);
  throw new HttpError(400, "BadRequest", `${JSON.stringify(target)} is no path.`);
}

async function readBody(message: IncomingMessage): Promise<string> {
  try {
    return await readWhole(message);
  } catch (error) {
    if (message.complete) throw error;
    throw new HttpError(400, "BadJsonBody", "The connection ended before the request did.");
  }
}

async function readWhole(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // An oversized body is read to its end, unkept, because most clients answer only to a full exchange.
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LARGEST_BODY) chunks.push(chunk);
  }
  if (length > LARGEST_BODY) {
    throw new HttpError(
      400,
      "BadJsonBody",
      `Request body is larger than the limit of ${LARGEST_BODY} bytes.`,
    );
  }
  return Buffer.concat(chunks).toString("utf8");
}
