// Pagination cursors: a place in one particular query, sealed so that no other can be forged or reused.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { QueryDescription } from "./query.ts";

const FINGERPRINT_BYTES = 12;
const SEAL_BYTES = 16;
const AFTER_KEY = 1;
const AT_END = 2;

/** After a row's key, or the end of the whole range. */
export type Position = { after: Uint8Array } | "end";

/** An error whose data reaches the client even from a nested call. */
export class InvalidCursor extends Error {
  readonly data = { isConvexSystemError: true, paginationError: "InvalidCursor" };

  constructor() {
    super(
      "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor is from a different query.",
    );
  }
}

export class CursorSealer {
  private readonly secret: string;

  constructor(secret: string) {
    this.secret = secret;
  }

  seal(position: Position, query: QueryDescription): string {
    const body = Buffer.concat([
      fingerprint(query),
      position === "end" ? Uint8Array.of(AT_END) : Uint8Array.of(AFTER_KEY),
      position === "end" ? new Uint8Array(0) : position.after,
    ]);
    return Buffer.concat([this.sealOf(body), body]).toString("base64url");
  }

  open(cursor: string, query: QueryDescription): Position {
    const bytes = Buffer.from(cursor, "base64url");
    const seal = bytes.subarray(0, SEAL_BYTES);
    const body = bytes.subarray(SEAL_BYTES);
    if (body.length <= FINGERPRINT_BYTES || !timingSafeEqual(seal, this.sealOf(body))) {
      throw new Error("Failed to parse cursor");
    }
    if (!body.subarray(0, FINGERPRINT_BYTES).equals(fingerprint(query))) throw new InvalidCursor();
    if (body[FINGERPRINT_BYTES] === AT_END) return "end";
    return { after: Uint8Array.from(body.subarray(FINGERPRINT_BYTES + 1)) };
  }

  private sealOf(body: Uint8Array): Buffer {
    return createHmac("sha256", this.secret).update(body).digest().subarray(0, SEAL_BYTES);
  }
}

function fingerprint(query: QueryDescription): Buffer {
  return createHash("sha256").update(JSON.stringify(query)).digest().subarray(0, FINGERPRINT_BYTES);
}
