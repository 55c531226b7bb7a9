// One client's end of a WebSocket: text frames both ways, signs of life, large transitions in chunks.
import { PING } from "./messages.ts";

/** The few names of the `ws` package's sockets that are used. */
export interface WebSocket {
  send(text: string, sent: (error?: Error) => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "ping" | "pong" | "close", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}
export interface Listener {
  received(text: string): void;
  closed(): void;
}

const PING_FRAME_MS = 5_000;
const PING_MESSAGE_MS = 15_000;
const LONGEST_SILENCE_MS = 120_000;
/** A peer that was told to close has this long to do so. */
const CLOSING_MS = 5_000;
const LARGEST_CHUNK = 5_000_000;
const LONGEST_CHARACTER = 4;
const LONGEST_REASON = 123;

export class Peer {
  private readonly socket: WebSocket;
  private readonly takesChunks: boolean;
  private readonly listener: Listener;
  private readonly pinging: NodeJS.Timeout;
  private readonly idle = new Countdown(PING_MESSAGE_MS, () => void this.send(PING));
  private readonly silence = new Countdown(LONGEST_SILENCE_MS, () => this.socket.terminate());
  private ended = false;

  constructor(socket: WebSocket, takesChunks: boolean, listen: (peer: Peer) => Listener) {
    this.socket = socket;
    this.takesChunks = takesChunks;
    this.pinging = setInterval(() => socket.ping(), PING_FRAME_MS);
    this.listener = listen(this);
    socket.on("message", (data, isBinary) => this.receive(data, isBinary));
    for (const sign of ["ping", "pong"] as const) socket.on(sign, () => this.silence.restart());
    // A close event follows, which is what counts.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.end();
      this.silence.stop();
    });
  }

  /** Resolves when the message has left, or the connection has ended. */
  async send(text: string): Promise<void> {
    if (this.ended) return;
    this.idle.restart();
    await new Promise<void>((resolve) => this.socket.send(text, () => resolve()));
  }

  /** `chunkBytes` is the largest part for a client that may not even take parts; null for what is usual. */
  async sendTransition(text: string, chunkBytes: number | null = null): Promise<void> {
    const largest = chunkBytes ?? LARGEST_CHUNK;
    if (chunkBytes === null && !this.takesChunks) return this.send(text);
    // No text has more bytes than three for each of its units.
    const bytes = text.length * 3 > largest ? Buffer.from(text) : null;
    if (bytes === null || bytes.length <= largest) return this.send(text);
    const chunks = split(bytes, largest);
    const rest = { totalParts: chunks.length, transitionId: String(bytes.length) };
    for (const [partNumber, chunk] of chunks.entries()) {
      await this.send(JSON.stringify({ type: "TransitionChunk", chunk, partNumber, ...rest }));
    }
  }

  /** Nothing more is received or sent; without a code the peer is told none. */
  close(code?: number, reason = ""): void {
    if (this.ended) return;
    this.end();
    if (code === undefined) this.socket.close();
    else this.socket.close(code, reason.slice(0, LONGEST_REASON));
    setTimeout(() => this.socket.terminate(), CLOSING_MS).unref();
  }

  /** Ends the connection as if the network had. */
  drop(): void {
    this.socket.terminate();
  }

  /** Nothing more is read, apart from what has been already. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  private receive(data: Buffer, isBinary: boolean): void {
    this.silence.restart();
    if (this.ended) return;
    if (isBinary) this.close(1011, "InternalServerError");
    else this.listener.received(data.toString());
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.pinging);
    this.idle.stop();
    this.listener.closed();
  }
}

/** Runs out unless it is restarted in time. */
class Countdown {
  private readonly duration: number;
  private readonly runOut: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(duration: number, runOut: () => void) {
    this.duration = duration;
    this.runOut = runOut;
    this.restart();
  }

  restart(): void {
    this.stop();
    this.timer = setTimeout(this.runOut, this.duration);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/** Cuts only where a character begins. */
function split(bytes: Buffer, largest: number): string[] {
  const chunks: string[] = [];
  for (let start = 0; start < bytes.length;) {
    let end = Math.min(start + Math.max(largest, LONGEST_CHARACTER), bytes.length);
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
    chunks.push(bytes.toString("utf8", start, end));
    start = end;
  }
  return chunks;
}
