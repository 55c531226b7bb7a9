/**
 * Vectors as bytes, one after the other in little-endian floats, as numpy has them:
 * half as long on the wire as numbers in JSON, and read without parsing.
 */
import { v } from "convex/values";

import { refusal } from "./errors";

/** How long the floats of a caller are: 32 bits for what was computed so. */
export const floatBits = v.union(v.literal(32), v.literal(64));

/**
 * Reads vectors of one dimension.
 *
 * @throws ConvexError `VectorDimensionMismatch` when the bytes are not `count` of
 * them, `InvalidVector` when one has a number that is not finite.
 */
export function vectorsFrom(
  bytes: ArrayBuffer,
  bits: 32 | 64,
  count: number,
  dimension: number,
): number[][] {
  if (bytes.byteLength !== (count * dimension * bits) / 8) {
    throw refusal(
      "VectorDimensionMismatch",
      `${bytes.byteLength} bytes are not ${count} vectors of ${dimension} floats ` +
        `of ${bits} bits; the index has ${dimension} dimensions.`,
    );
  }
  const numbers =
    bits === 32 ? new Float32Array(bytes) : new Float64Array(bytes);
  if (!numbers.every(Number.isFinite)) {
    throw refusal("InvalidVector", "A vector has a number that is not finite.");
  }
  return Array.from({ length: count }, (_, at) =>
    Array.from(numbers.subarray(at * dimension, (at + 1) * dimension)),
  );
}

/** Writes vectors of any lengths, as floats of 64 bits. */
export function bytesOf(vectors: number[][]): ArrayBuffer {
  const length = vectors.reduce((sum, vector) => sum + vector.length, 0);
  const numbers = new Float64Array(length);
  let end = 0;
  for (const vector of vectors) {
    numbers.set(vector, end);
    end += vector.length;
  }
  return numbers.buffer;
}
