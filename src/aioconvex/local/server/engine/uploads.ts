// Permissions to upload a file, which travel inside upload URLs and expire.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const LIFETIME_MS = 60 * 60 * 1000;
const TIME_BYTES = 8;
const RANDOM_BYTES = 16;
const BODY_BYTES = TIME_BYTES + RANDOM_BYTES;

export class UploadTickets {
  private readonly secret: string;

  constructor(secret: string) {
    this.secret = secret;
  }

  /** Valid for an hour from `now`, in milliseconds. */
  issue(now: number): string {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeDoubleBE(now + LIFETIME_MS);
    const body = Buffer.concat([time, randomBytes(RANDOM_BYTES)]);
    return Buffer.concat([body, this.sealOf(body)]).toString("base64url");
  }

  check(ticket: string, now: number): "valid" | "expired" | "invalid" {
    const bytes = Buffer.from(ticket, "base64url");
    const body = bytes.subarray(0, BODY_BYTES);
    const seal = this.sealOf(body);
    const given = bytes.subarray(BODY_BYTES);
    if (given.length !== seal.length || !timingSafeEqual(given, seal)) return "invalid";
    return now < body.readDoubleBE() ? "valid" : "expired";
  }

  private sealOf(body: Uint8Array): Buffer {
    return createHmac("sha256", this.secret).update("upload").update(body).digest();
  }
}
