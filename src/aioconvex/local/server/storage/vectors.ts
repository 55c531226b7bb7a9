// Vector indexes: rows of normalised float32 vectors in SQLite, and a matrix in memory for searching.
import type { VectorIndex } from "./catalog.ts";
import type { Connection } from "./connection.ts";
import { asFloat64, isObject, type Json, type JsonObject } from "../values/json.ts";
import { fieldAt } from "../values/keys.ts";

export interface VectorRow {
  internal: Uint8Array;
  vector: Float32Array;
  /** Values of the index's filter fields; undefined where the document lacks one. */
  filter: (Json | undefined)[];
}
export interface VectorChange {
  index: VectorIndex;
  row: number;
  now: VectorRow | null;
}
export interface VectorHit {
  internal: Uint8Array;
  score: number;
}

/** The document's entry in the index; null when it has no vector of finite numbers and the declared length. */
export function vectorRow(index: VectorIndex, document: JsonObject, internal: Uint8Array): VectorRow | null {
  const value = fieldAt(document, index.spec.vectorField.split("."));
  if (!Array.isArray(value) || value.length !== index.spec.dimensions) return null;
  const elements = value.map(asFloat64);
  if (!elements.every(Number.isFinite)) return null;
  const filter = index.spec.filterFields.map((field) => fieldAt(document, field.split(".")));
  return { internal, vector: normalized(elements as number[]), filter };
}

export function normalized(values: readonly number[]): Float32Array {
  const vector = Float32Array.from(values);
  let square = 0;
  for (const element of vector) square += element * element;
  const length = Math.sqrt(square);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}

export function writeVector(connection: Connection, { index, row, now }: VectorChange): void {
  if (now === null) {
    connection.sql(`DELETE FROM v_${index.number} WHERE r = ?`).run(row);
    return;
  }
  const filter = JSON.stringify(now.filter.map((value) => (value === undefined ? { $undefined: null } : value)));
  const bytes = new Uint8Array(now.vector.buffer, now.vector.byteOffset, now.vector.byteLength);
  const statement = connection.sql(
    `INSERT OR REPLACE INTO v_${index.number}(r, internal, vec, filter) VALUES(?, ?, ?, ?)`,
  );
  statement.run(row, now.internal, bytes, filter);
}

/** One matrix per searched index, loaded on first use and kept in step with commits. */
export class VectorCache {
  private readonly matrices = new Map<number, VectorMatrix>();

  apply(changes: readonly VectorChange[]): void {
    for (const { index, row, now } of changes) {
      const matrix = this.matrices.get(index.number);
      if (matrix === undefined) continue;
      matrix.remove(row);
      if (now !== null) matrix.add(row, now);
    }
  }

  clear(): void {
    this.matrices.clear();
  }

  search(
    connection: Connection,
    index: VectorIndex,
    query: Float32Array,
    accepts: ((filter: (Json | undefined)[]) => boolean) | null,
    limit: number,
  ): VectorHit[] {
    let matrix = this.matrices.get(index.number);
    if (matrix === undefined) {
      matrix = VectorMatrix.load(connection, index);
      this.matrices.set(index.number, matrix);
    }
    return matrix.search(query, accepts, limit);
  }
}

class VectorMatrix {
  private readonly dimensions: number;
  private elements: Float32Array;
  private readonly entries: { row: number; internal: Uint8Array; filter: (Json | undefined)[] }[] = [];
  private readonly slots = new Map<number, number>();

  private constructor(dimensions: number, capacity: number) {
    this.dimensions = dimensions;
    this.elements = new Float32Array(Math.max(capacity, 16) * dimensions);
  }

  static load(connection: Connection, index: VectorIndex): VectorMatrix {
    const count = Number(connection.sql(`SELECT count(*) AS n FROM v_${index.number}`).get()!["n"]);
    const matrix = new VectorMatrix(index.spec.dimensions, count);
    for (const row of connection.sql(`SELECT r, internal, vec, filter FROM v_${index.number}`).iterate()) {
      const vector = new Float32Array((row["vec"] as Uint8Array).slice().buffer);
      const filter = (JSON.parse(String(row["filter"])) as Json[]).map(withoutUndefinedTag);
      matrix.add(Number(row["r"]), { internal: row["internal"] as Uint8Array, vector, filter });
    }
    return matrix;
  }

  add(row: number, { internal, vector, filter }: VectorRow): void {
    const slot = this.entries.length;
    if ((slot + 1) * this.dimensions > this.elements.length) {
      const larger = new Float32Array(this.elements.length * 2);
      larger.set(this.elements);
      this.elements = larger;
    }
    this.elements.set(vector, slot * this.dimensions);
    this.entries.push({ row, internal, filter });
    this.slots.set(row, slot);
  }

  /** Moves the last vector into the gap, so that the matrix stays dense. */
  remove(row: number): void {
    const slot = this.slots.get(row);
    if (slot === undefined) return;
    const last = this.entries.length - 1;
    this.elements.copyWithin(slot * this.dimensions, last * this.dimensions, (last + 1) * this.dimensions);
    const moved = this.entries.pop()!;
    this.slots.delete(row);
    if (slot === last) return;
    this.entries[slot] = moved;
    this.slots.set(moved.row, slot);
  }

  search(
    query: Float32Array,
    accepts: ((filter: (Json | undefined)[]) => boolean) | null,
    limit: number,
  ): VectorHit[] {
    const hits: VectorHit[] = [];
    for (const [slot, entry] of this.entries.entries()) {
      if (accepts !== null && !accepts(entry.filter)) continue;
      hits.push({ internal: entry.internal, score: this.score(slot, query) });
    }
    return hits.sort((left, right) => right.score - left.score).slice(0, limit);
  }

  private score(slot: number, query: Float32Array): number {
    const row = this.elements.subarray(slot * this.dimensions, (slot + 1) * this.dimensions);
    return Math.min(1, Math.max(-1, dot(row, query)));
  }
}

/** Four sums at a time: a single one would make every addition wait for the one before. */
function dot(left: Float32Array, right: Float32Array): number {
  const { length } = right;
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a += left[i]! * right[i]!;
    b += left[i + 1]! * right[i + 1]!;
    c += left[i + 2]! * right[i + 2]!;
    d += left[i + 3]! * right[i + 3]!;
  }
  for (; i < length; i++) a += left[i]! * right[i]!;
  return a + b + c + d;
}

function withoutUndefinedTag(value: Json): Json | undefined {
  return isObject(value) && "$undefined" in value ? undefined : value;
}
