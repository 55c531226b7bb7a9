/**
 * Metadata of threads and resources: a Convex object, or JSON text of one where
 * its keys or texts are none that Convex takes, and in rows of early adapters.
 */
import { type Value, compareValues } from "convex/values";

import { type Fields, invalid, isObject } from "./requests";

// Convex's rules for the values of a field; a row and its column take two levels.
const DEEPEST = 14;
const MOST_FIELDS = 1024;
const MOST_ELEMENTS = 8192;
const LONGEST_KEY = 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;
const KEY = /^[\x20-\x23\x25-\x7e][\x20-\x7e]*$/;

/** Stored metadata as an object; what is none counts as empty. */
export function parseMetadata(stored: unknown): Fields {
  let metadata = stored;
  if (typeof stored === "string") {
    try {
      metadata = JSON.parse(stored);
    } catch {
      return {};
    }
  }
  return isObject(metadata) ? metadata : {};
}

/** An object that travels as JSON text, so that it may have any keys. */
export function metadataOf(text: string): Fields {
  let metadata: unknown;
  try {
    metadata = JSON.parse(text);
  } catch {
    metadata = undefined;
  }
  if (!isObject(metadata)) {
    throw invalid("metadata must be JSON text of an object");
  }
  return metadata;
}

/** What to store for metadata. */
export function storable(metadata: Fields): Fields | string {
  return fits(metadata, DEEPEST) ? metadata : JSON.stringify(metadata);
}

/** Stored metadata with other metadata laid over it, one level deep. */
export function mergedMetadata(
  stored: unknown,
  given: Fields,
): Fields | string {
  return storable({ ...parseMetadata(stored), ...given });
}

/** Whether two JSON values are equal, at every depth. */
export function sameValue(a: unknown, b: unknown): boolean {
  return compareValues(a as Value, b as Value) === 0;
}

function fits(value: unknown, depth: number): boolean {
  if (typeof value === "string") return !LONE_SURROGATE.test(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    return (
      value.length <= MOST_ELEMENTS &&
      value.every((element) => fits(element, depth - 1))
    );
  }
  const entries = Object.entries(value);
  return (
    entries.length <= MOST_FIELDS &&
    entries.every(
      ([key, field]) =>
        key.length <= LONGEST_KEY && KEY.test(key) && fits(field, depth - 1),
    )
  );
}
