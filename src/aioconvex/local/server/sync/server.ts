// The door to the sync protocol: which upgrades are accepted, and all connections there are.
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { Peer, type WebSocket } from "./peer.ts";
import { Session } from "./session.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Deployment } from "../deployment.ts";
import { defaultFormat, SEMVER, takesChunks } from "../http/client.ts";
import { errorReply, HttpError } from "../http/reply.ts";
import { checkOrigin, STATUS_CODES } from "../http/server.ts";
import { findPackages } from "../project/packages.ts";

/** The few names of the `ws` package that are used; the package itself is the project's. */
interface WebSockets {
  WebSocketServer: new (options: object) => {
    handleUpgrade(
      request: IncomingMessage,
      stream: Duplex,
      head: Buffer,
      done: (socket: WebSocket) => void,
    ): void;
  };
}

const PATH = /^\/api\/(?:([^/]+)\/)?sync$/;
const LARGEST_MESSAGE = 64 << 20;
const GOING_AWAY = 1001;

export function loadWebSockets(project: string): WebSockets {
  return findPackages(project).ws() as WebSockets;
}

export class SyncServer {
  private readonly peers = new Set<Peer>();

  constructor(
    server: Server,
    deployment: Deployment,
    authenticator: Authenticator,
    { WebSocketServer }: WebSockets,
  ) {
    const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
    server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      stream.on("error", () => stream.destroy());
      try {
        const client = clientOf(request);
        sockets.handleUpgrade(request, stream, head, (socket) => {
          const peer = new Peer(
            socket,
            takesChunks(client),
            (peer) => new Session(deployment, authenticator, peer),
          );
          this.peers.add(peer);
          socket.on("close", () => this.peers.delete(peer));
        });
      } catch (error) {
        refuse(stream, error);
      }
    });
  }

  close(): void {
    for (const peer of this.peers) peer.close(GOING_AWAY);
  }
}

/** The client's name and version; fails for paths, origins and clients that are not served. */
function clientOf({ url = "", headers }: IncomingMessage): string | undefined {
  checkOrigin(headers);
  const match = PATH.exec(url.split("?")[0]!);
  if (match === null) throw new HttpError(404, "NotFound", `${url} is not served by the local deployment.`);
  const [, version] = match;
  if (version !== undefined && !SEMVER.test(version)) {
    throw new HttpError(400, "InvalidClientVersion", `${JSON.stringify(version)} is not a version.`);
  }
  const header = headers["convex-client"];
  const client = typeof header === "string" ? header : version && `npm-${version}`;
  defaultFormat(client);
  return client;
}

function refuse(stream: Duplex, error: unknown): void {
  const { status, type, body } = errorReply(error);
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
