// What handlers return, and errors of the system (not of functions).
import type { OutgoingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { Failure, spellError } from "../failure.ts";

/** Content types of JSON. */
export const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

export interface Reply {
  status: number;
  /** The content type; null for none. */
  type: string | null;
  headers?: OutgoingHttpHeaders;
  body: string | Readable;
}

export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function json(body: unknown, status = 200): Reply & { body: string } {
  return { status, type: "application/json", body: typeof body === "string" ? body : JSON.stringify(body) };
}

export function text(body: string, status = 200): Reply {
  return { status, type: "text/plain", body };
}

export function internalError(status: 500 | 503): HttpError {
  return new HttpError(status, "InternalServerError", "Your request couldn't be completed. Try again later.");
}

export function errorReply(error: unknown): Reply & { body: string } {
  if (error instanceof HttpError) return json({ code: error.code, message: error.message }, error.status);
  if (error instanceof Failure && error.code !== "Internal") {
    return json({ code: error.code, message: error.message }, 400);
  }
  process.stderr.write(`Internal error: ${spellError(error)}\n`);
  return errorReply(internalError(500));
}
