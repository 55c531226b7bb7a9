// Convex document ids: table number, 16 random bytes and a checksum in lower-case Crockford base32.
import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const INTERNAL_BYTES = 16;
const CHECKSUM_BYTES = 2;
const SHORTEST_ID = 31;
const LONGEST_ID = 37;
const LONGEST_TABLE_NUMBER = 5;

const DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < ALPHABET.length; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit;

export interface DecodedId {
  table: number;
  internal: Uint8Array;
}

export function newInternalId(): Uint8Array {
  return randomFillSync(new Uint8Array(INTERNAL_BYTES));
}

export function encodeId(table: number, internal: Uint8Array): string {
  const number = encodeTableNumber(table);
  const bytes = new Uint8Array(number.length + INTERNAL_BYTES + CHECKSUM_BYTES);
  bytes.set(number);
  bytes.set(internal, number.length);
  const sum = fletcher16(bytes.subarray(0, -CHECKSUM_BYTES));
  bytes[bytes.length - 2] = sum & 255;
  bytes[bytes.length - 1] = sum >> 8;
  return toBase32(bytes);
}

/** The parts of an id, or null when the text is not exactly what `encodeId` would write. */
export function decodeId(text: string): DecodedId | null {
  if (text.length < SHORTEST_ID || text.length > LONGEST_ID) return null;
  const bytes = fromBase32(text);
  if (bytes === null) return null;
  const head = decodeTableNumber(bytes);
  if (head === null || bytes.length !== head.length + INTERNAL_BYTES + CHECKSUM_BYTES) return null;
  const internal = bytes.subarray(head.length, head.length + INTERNAL_BYTES);
  return encodeId(head.table, internal) === text ? { table: head.table, internal } : null;
}

function encodeTableNumber(table: number): number[] {
  const bytes: number[] = [];
  let rest = table >>> 0;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return bytes;
}

function decodeTableNumber(bytes: Uint8Array): { table: number; length: number } | null {
  let table = 0;
  for (let length = 0; length < LONGEST_TABLE_NUMBER; length++) {
    const byte = bytes[length]!;
    table += (byte & 127) * 2 ** (7 * length);
    if (byte < 128) return { table, length: length + 1 };
  }
  return null;
}

function fletcher16(bytes: Uint8Array): number {
  let low = 0;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) & 255;
    high = (high + low) & 255;
  }
  return (high << 8) | low;
}

function toBase32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer & 31) << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(buffer >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + ALPHABET[(buffer << (5 - bits)) & 31] : text;
}

function fromBase32(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let buffer = 0;
  let bits = 0;
  let written = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = DIGITS[text.charCodeAt(at)] ?? -1;
    if (digit < 0) return null;
    buffer = ((buffer & 255) << 5) | digit;
    bits += 5;
    if (bits >= 8) bytes[written++] = (buffer >> (bits -= 8)) & 255;
  }
  return bytes;
}
