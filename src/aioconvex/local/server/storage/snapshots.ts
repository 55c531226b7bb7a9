// Pinned snapshots: read-only connections held inside a read transaction, which WAL keeps unchanged.
import { Catalog } from "./catalog.ts";
import { Connection } from "./connection.ts";
import type { View } from "./rows.ts";

const LIFETIME_MS = 30_000;
const MOST_PINNED = 64;

export interface Snapshot extends View {
  ts: bigint;
}

/** Opens the last committed state; later commits do not change what it reads. */
export function openSnapshot(path: string): Snapshot {
  const connection = new Connection(path, { readOnly: true });
  connection.execute("BEGIN");
  const clock = connection.sql("SELECT CAST(ts AS TEXT) AS ts FROM clock").get()!;
  return { connection, catalog: Catalog.load(connection), ts: BigInt(String(clock["ts"])) };
}

export class Snapshots {
  private readonly path: string;
  private readonly pinned = new Map<bigint, { snapshot: Snapshot; expiry: NodeJS.Timeout }>();

  constructor(path: string) {
    this.path = path;
  }

  /** Pins the last committed state for about 30 s and returns its timestamp. */
  pin(): bigint {
    const snapshot = openSnapshot(this.path);
    this.release(snapshot.ts);
    if (this.pinned.size >= MOST_PINNED) this.release(this.pinned.keys().next().value!);
    const expiry = setTimeout(() => this.release(snapshot.ts), LIFETIME_MS);
    this.pinned.set(snapshot.ts, { snapshot, expiry });
    return snapshot.ts;
  }

  at(ts: bigint): Snapshot | undefined {
    return this.pinned.get(ts)?.snapshot;
  }

  releaseAll(): void {
    for (const ts of [...this.pinned.keys()]) this.release(ts);
  }

  private release(ts: bigint): void {
    const entry = this.pinned.get(ts);
    if (entry === undefined) return;
    clearTimeout(entry.expiry);
    this.pinned.delete(ts);
    entry.snapshot.connection.close();
  }
}
