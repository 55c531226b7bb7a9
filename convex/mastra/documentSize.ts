import { type Value, getConvexSize } from "convex/values";

import { refusal } from "./errors";

// https://docs.convex.dev/production/state/limits
const MAX_DOCUMENT_BYTES = 1024 * 1024;

/**
 * Refuses a row that Convex would not store: its own error is hidden in
 * production.
 *
 * @throws ConvexError `DocumentTooLarge`.
 */
export function checkSize(row: object) {
  requireSize(getConvexSize(row as Value));
}

/** Refuses a row of this size, likewise. */
export function requireSize(bytes: number) {
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw refusal(
      "DocumentTooLarge",
      `The row would have ${bytes} bytes, and a Convex document has at most ${MAX_DOCUMENT_BYTES}.`,
    );
  }
}
