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
  const size = getConvexSize(row as Value);
  if (size > MAX_DOCUMENT_BYTES) {
    throw refusal(
      "DocumentTooLarge",
      `The row would have ${size} bytes, and a Convex document has at most ${MAX_DOCUMENT_BYTES}.`,
    );
  }
}
