// Replies to mutations of WebSocket sessions, which clients send again after a lost connection.
import type { Connection } from "./connection.ts";

/** What makes a mutation the same one when it is sent again. */
export interface SessionRequest {
  session: string;
  request: number;
}

const LIFETIME_NS = 14n * 24n * 60n * 60n * 1_000_000_000n;

export class RecordedReplies {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.execute(`CREATE TABLE IF NOT EXISTS session_requests(
      session TEXT NOT NULL, request INTEGER NOT NULL, ts INTEGER NOT NULL, reply TEXT NOT NULL,
      PRIMARY KEY(session, request))`);
  }

  find({ session, request }: SessionRequest): { ts: bigint; reply: string } | undefined {
    const row = this.connection
      .sql("SELECT CAST(ts AS TEXT) AS ts, reply FROM session_requests WHERE session = ? AND request = ?")
      .get(session, request);
    return row && { ts: BigInt(String(row["ts"])), reply: String(row["reply"]) };
  }

  add({ session, request }: SessionRequest, ts: bigint, reply: string): void {
    this.connection.sql("INSERT INTO session_requests VALUES(?, ?, ?, ?)").run(session, request, ts, reply);
  }

  forgetOld(now: bigint): void {
    this.connection.sql("DELETE FROM session_requests WHERE ts < ?").run(now - LIFETIME_NS);
  }

  clear(): void {
    this.connection.execute("DELETE FROM session_requests");
  }
}
