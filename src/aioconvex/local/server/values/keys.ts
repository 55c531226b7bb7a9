// Order-preserving bytes for Convex values, so that SQLite's byte order is Convex's value order.
//
// One tag byte per value, ascending with the type order; fixed-size payloads for numbers; strings, bytes,
// arrays and objects end with 00. Inside strings and bytes 00 becomes 01 01 and 01 becomes 01 02, so that no
// value's key is a prefix of another's: a range on a prefix then holds exactly the keys that start with it.
import { Buffer } from "node:buffer";
import { isObject, type Json, type JsonObject, tagOf } from "./json.ts";

const END = 0;
const UNDEFINED = 1;
const NULL = 2;
const INT64 = 3;
const FLOAT64 = 4;
const FALSE = 5;
const TRUE = 6;
const STRING = 7;
const BYTES = 8;
const ARRAY = 9;
const OBJECT = 10;
const FIELD = 1;
const ESCAPE = 1;
const NEEDS_ESCAPE = /[\0\x01]/;

/** Greater than every key: no tag byte reaches it. */
export const KEY_END = Uint8Array.of(0xff);
export const KEY_START = new Uint8Array(0);

export function encodeKey(values: readonly (Json | undefined)[]): Uint8Array {
  const writer = new KeyWriter();
  for (const value of values) writer.value(value);
  return writer.finish();
}

/** The key of a document in an index over `fields`: unique, and total within equal fields. */
export function indexKey(
  fields: readonly string[][],
  document: JsonObject,
  internal: Uint8Array,
): Uint8Array {
  const writer = new KeyWriter();
  for (const path of fields) writer.value(fieldAt(document, path));
  writer.value(document["_creationTime"]);
  writer.raw(internal);
  return writer.finish();
}

/** The smallest key above every key that starts with `prefix`. */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  if (end === 0) return KEY_END;
  const next = prefix.slice(0, end);
  next[end - 1]! += 1;
  return next;
}

/** The smallest key above exactly this one. */
export function afterKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

export function fieldAt(document: Json | undefined, path: readonly string[]): Json | undefined {
  let value = document;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

export function compareValues(left: Json | undefined, right: Json | undefined): number {
  if (typeof left === "number" && typeof right === "number") return Math.sign(left - right);
  if (typeof left === "string" && left === right) return 0;
  return Buffer.compare(encodeKey([left]), encodeKey([right]));
}

class KeyWriter {
  private bytes = Buffer.allocUnsafe(128);
  private length = 0;

  finish(): Uint8Array {
    // A plain Uint8Array: slicing one copies, slicing a Buffer would share its memory.
    return new Uint8Array(this.bytes.subarray(0, this.length));
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  value(value: Json | undefined): void {
    switch (typeof value) {
      case "undefined":
        return this.byte(UNDEFINED);
      case "number":
        return this.float(value);
      case "boolean":
        return this.byte(value ? TRUE : FALSE);
      case "string":
        this.byte(STRING);
        return this.text(value);
    }
    if (value === null) return this.byte(NULL);
    if (Array.isArray(value)) return this.array(value);
    const tag = tagOf(value);
    return tag === undefined ? this.object(value) : this.tagged(tag, value[tag]);
  }

  private array(items: Json[]): void {
    this.byte(ARRAY);
    for (const item of items) this.value(item);
    this.byte(END);
  }

  private object(value: JsonObject): void {
    this.byte(OBJECT);
    for (const key of Object.keys(value).sort()) {
      this.byte(FIELD);
      this.text(key);
      this.value(value[key]);
    }
    this.byte(END);
  }

  private tagged(tag: string, payload: Json | undefined): void {
    if (tag === "$undefined") return this.byte(UNDEFINED);
    const bytes = Buffer.from(String(payload), "base64");
    if (tag === "$integer") return this.integer(bytes);
    if (tag === "$float") return this.float(bytes.readDoubleLE(), bytes);
    this.byte(BYTES);
    return this.escaped(bytes);
  }

  private integer(littleEndian: Buffer): void {
    this.byte(INT64);
    const bigEndian = Uint8Array.from(littleEndian).reverse();
    bigEndian[0]! ^= 0x80;
    this.raw(bigEndian);
  }

  /** IEEE total order; `exact` keeps the payload of a NaN, which a JavaScript number may lose. */
  private float(value: number, exact?: Buffer): void {
    this.byte(FLOAT64);
    this.reserve(8);
    const at = this.length;
    if (exact === undefined) this.bytes.writeDoubleBE(value, at);
    else for (let i = 0; i < 8; i++) this.bytes[at + i] = exact[7 - i]!;
    if (this.bytes[at]! & 0x80) for (let i = at; i < at + 8; i++) this.bytes[i]! ^= 0xff;
    else this.bytes[at]! |= 0x80;
    this.length += 8;
  }

  private text(text: string): void {
    if (NEEDS_ESCAPE.test(text)) return this.escaped(Buffer.from(text));
    this.reserve(text.length * 3 + 1);
    this.length += this.bytes.write(text, this.length);
    this.bytes[this.length++] = END;
  }

  private escaped(bytes: Uint8Array): void {
    this.reserve(bytes.length * 2 + 1);
    for (const byte of bytes) {
      if (byte <= ESCAPE) this.bytes[this.length++] = ESCAPE;
      this.bytes[this.length++] = byte <= ESCAPE ? byte + 1 : byte;
    }
    this.bytes[this.length++] = END;
  }

  private byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
