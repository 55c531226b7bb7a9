// Sizes and nesting of values, by which Convex limits documents, arguments and results.
import { Buffer } from "node:buffer";
import { InvalidValue, isObject, type Json, type JsonObject, tagOf } from "./json.ts";

const LONGEST_ARRAY = 8192;
const MOST_FIELDS = 1024;

export interface Measure {
  /** Bytes by Convex's accounting, which is independent of the JSON spelling. */
  size: number;
  /** 0 for a scalar, 1 for an empty container. */
  depth: number;
}

export function measure(value: Json): Measure {
  if (value === null || typeof value === "boolean") return { size: 1, depth: 0 };
  if (typeof value === "number") return { size: 9, depth: 0 };
  if (typeof value === "string") return { size: 2 + Buffer.byteLength(value), depth: 0 };
  if (Array.isArray(value)) return measureArray(value);
  const tag = tagOf(value);
  if (tag === undefined) return measureObject(value);
  return { size: tag === "$bytes" ? 2 + bytesLength(value[tag] as string) : 9, depth: 0 };
}

function measureArray(items: Json[]): Measure {
  if (items.length > LONGEST_ARRAY) {
    throw new InvalidValue(`Array length is too long (${items.length} > maximum length ${LONGEST_ARRAY})`);
  }
  const total = { size: 2, depth: 1 };
  for (const item of items) add(total, item);
  return total;
}

function measureObject(value: JsonObject): Measure {
  const keys = Object.keys(value);
  if (keys.length > MOST_FIELDS) {
    throw new InvalidValue(`Object has too many fields (${keys.length} > maximum number ${MOST_FIELDS})`);
  }
  const total = { size: 2, depth: 1 };
  for (const key of keys) {
    total.size += key.length + 1;
    add(total, value[key]!);
  }
  return total;
}

function add(total: Measure, value: Json): void {
  if (typeof value === "number") {
    total.size += 9;
    return;
  }
  const part = measure(value);
  total.size += part.size;
  if (part.depth >= total.depth) total.depth = part.depth + 1;
}

function bytesLength(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

/** Bytes as people read them in the server's messages. */
export function spellSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1 << 20) return `${trim(bytes / 1024)} KiB`;
  return `${trim(bytes / (1 << 20))} MiB`;
}

function trim(amount: number): string {
  return String(Math.round(amount * 100) / 100);
}

/** Refuses a value that is larger or deeper than Convex allows. */
export function checkMeasure(value: Json, maximum: Measure): Measure {
  const actual = measure(value);
  if (actual.size > maximum.size) {
    throw new InvalidValue(
      `Value is too large (${spellSize(actual.size)} > maximum size ${spellSize(maximum.size)})`,
    );
  }
  if (actual.depth > maximum.depth) {
    const what = isObject(value) && "_id" in value ? "Document" : "Value";
    throw new InvalidValue(
      `${what} is too nested (nested ${actual.depth} levels deep > maximum nesting ${maximum.depth})`,
    );
  }
  return actual;
}
