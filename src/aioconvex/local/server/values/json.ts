// Convex values as tagged JSON, the form in which they travel, are stored and are compared.
import { Buffer } from "node:buffer";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}
export type Format = "convex_encoded_json" | "json" | "export_json";

const FORMATS: Record<string, Format> = {
  convex_encoded_json: "convex_encoded_json",
  convex_json: "convex_encoded_json",
  json: "json",
  convex_clean_json: "json",
  export_json: "export_json",
};
const LONGEST_KEY = 1024;
/** Scalars are at depth 0; checked while descending, so that hostile nesting cannot exhaust the stack. */
export const DEEPEST_VALUE = 64;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A value that no Convex value looks like; the message says why. */
export class InvalidValue extends Error {}

/** JSON text which the server's stricter parser refuses: overflowing numbers, lone surrogates. */
export class InvalidJson extends Error {}

export function parseFormat(name: string): Format | undefined {
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `$integer`, `$float`, `$bytes`, `$undefined` or `$commitTs` when the object is such a tag. */
export function tagOf(value: JsonObject): string | undefined {
  let only: string | undefined;
  for (const key in value) {
    if (only !== undefined || key.charCodeAt(0) !== 36) return undefined;
    only = key;
  }
  return only;
}

export function tagged(value: Json | undefined, tag: "$integer" | "$float" | "$bytes"): string | undefined {
  if (!isObject(value)) return undefined;
  const payload = value[tag];
  return typeof payload === "string" && tagOf(value) === tag ? payload : undefined;
}

export function int64(value: bigint): JsonObject {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return { $integer: bytes.toString("base64") };
}

export function readInt64(payload: string): bigint {
  return Buffer.from(payload, "base64").readBigInt64LE();
}

/** Timestamps travel as eight bytes too, but unsigned and untagged. */
export function spellTs(ts: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString("base64");
}

export function parseTs(text: string): bigint | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 8 ? bytes.readBigUInt64LE() : null;
}

export function float64(value: number): Json {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return { $float: bytes.toString("base64") };
}

export function readFloat64(payload: string): number {
  return Buffer.from(payload, "base64").readDoubleLE();
}

/** The float64 that a value is; undefined for values of other types. */
export function asFloat64(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  const payload = tagged(value, "$float");
  return payload === undefined ? undefined : readFloat64(payload);
}

/** Checks a value from a client and brings it into the one spelling the engine works with. */
export function normalize(value: Json, depth = 0): Json {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) throw new InvalidJson("number out of range");
      return float64(value);
    case "string":
      if (!value.isWellFormed()) throw new InvalidJson("lone surrogate in string");
      return value;
    case "boolean":
      return value;
  }
  if (value === null) return null;
  if (depth >= DEEPEST_VALUE) {
    throw new InvalidValue(`Value is too nested (more than the maximum nesting ${DEEPEST_VALUE})`);
  }
  if (Array.isArray(value)) return value.map((item) => normalize(item, depth + 1));
  return normalizeObject(value, depth);
}

function normalizeObject(value: JsonObject, depth: number): Json {
  const tag = tagOf(value);
  if (tag !== undefined) return normalizeTagged(tag, value[tag]!);
  const fields: JsonObject = Object.create(null);
  for (const [key, field] of Object.entries(value)) {
    checkKey(key);
    fields[key] = normalize(field, depth + 1);
  }
  return fields;
}

function normalizeTagged(tag: string, payload: Json): Json {
  if (tag !== "$integer" && tag !== "$float" && tag !== "$bytes") {
    throw new InvalidValue(`Field name ${tag} starts with '$', which is reserved.`);
  }
  if (typeof payload !== "string" || !BASE64.test(payload)) {
    throw new InvalidValue(`${tag} must hold a base64 string`);
  }
  const bytes = Buffer.from(payload, "base64");
  if (tag === "$bytes") return { $bytes: bytes.toString("base64") };
  if (bytes.length !== 8) throw new InvalidValue(`${tag} must hold 8 bytes, not ${bytes.length}`);
  return tag === "$float" ? float64(bytes.readDoubleLE()) : { $integer: bytes.toString("base64") };
}

function checkKey(key: string): void {
  if (key.startsWith("$")) throw new InvalidValue(`Field name ${key} starts with '$', which is reserved.`);
  if (key.length > LONGEST_KEY) {
    throw new InvalidValue(`Field name ${key} exceeds maximum field name length ${LONGEST_KEY}.`);
  }
  if (!PRINTABLE_ASCII.test(key)) {
    throw new InvalidValue(
      `Field name ${JSON.stringify(key)} has an invalid character: Field names can only contain non-control ASCII characters`,
    );
  }
}

/** Replaces `{"$commitTs": null}` by the transaction's own timestamp. */
export function withCommitTs(value: Json, commitTs: bigint): Json {
  if (Array.isArray(value)) return value.map((item) => withCommitTs(item, commitTs));
  if (!isObject(value)) return value;
  if (tagOf(value) === "$commitTs") return int64(commitTs);
  const fields: JsonObject = Object.create(null);
  for (const [key, field] of Object.entries(value)) fields[key] = withCommitTs(field, commitTs);
  return fields;
}

/** JSON text in the given format, numbers spelled as the server spells them (`1.0`, not `1`). */
export function write(value: Json, format: Format): string {
  if (typeof value === "number") return spellFloat(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, format)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const tag = tagOf(value);
  if (tag !== undefined && format !== "convex_encoded_json") return writeTagged(tag, value, format);
  let text = "";
  for (const key in value) {
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${write(value[key]!, format)}`;
  }
  return `{${text}}`;
}

function writeTagged(tag: string, value: JsonObject, format: "json" | "export_json"): string {
  const payload = value[tag] as string;
  if (tag === "$integer") {
    const digits = String(readInt64(payload));
    return format === "json" ? `"${digits}"` : digits;
  }
  if (format === "export_json") return JSON.stringify(value);
  if (tag === "$bytes") return JSON.stringify(payload);
  const float = readFloat64(payload);
  return Object.is(float, -0) ? "-0.0" : `"${float}"`;
}

/** The shortest digits that read back as the same float, always with a fraction or an exponent. */
export function spellFloat(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-5 || size >= 1e16)) return value.toExponential().replace("e+", "e");
  if (Number.isInteger(value)) return Object.is(value, -0) ? "-0.0" : `${value}.0`;
  return String(value);
}
