// Vector indexes: rows of normalised float32 vectors in SQLite, and a matrix in memory for searching.
import type { Connection } from "./connection.ts";
import { Index, type Write, type Writer } from "./indexes.ts";
import { asFloat64, type Json, type JsonObject } from "../values/json.ts";
import { fieldAt } from "../values/keys.ts";

export interface VectorIndexSpec {
  kind: "vector";
  vectorField: string;
  dimensions: number;
  filterFields: string[];
  staged: boolean;
}

interface VectorRow {
  internal: Uint8Array;
  vector: Float32Array;
  /** The document, of which only the index's filter fields are left. */
  filter: JsonObject;
}
type Accepts = (filter: JsonObject) => boolean;

export interface VectorHit {
  internal: Uint8Array;
  score: number;
}

export class VectorIndex extends Index<VectorIndexSpec> {
  protected readonly tables = {
    [`v_${this.number}`]:
      "(r INTEGER PRIMARY KEY, internal BLOB NOT NULL, vec BLOB NOT NULL, filter TEXT NOT NULL)",
  };
  /** Loaded by the first search and kept in step with commits. */
  private matrix: VectorMatrix | null = null;

  override clear(connection: Connection): void {
    super.clear(connection);
    this.matrix = null;
  }

  override write(writer: Writer, { row, internal, before, after }: Write): Uint8Array[] {
    const now = after && this.rowOf(after, internal);
    if (now !== null) this.store(writer.connection, row, now);
    else if (before !== null) writer.connection.sql(`DELETE FROM v_${this.number} WHERE r = ?`).run(row);
    if (this.matrix !== null) writer.afterCommit(() => this.matrix?.replace(row, now));
    return [];
  }

  /** The best rows by cosine similarity, of those whose filter fields are accepted. */
  search(connection: Connection, query: readonly number[], accepts: Accepts, limit: number): VectorHit[] {
    this.matrix ??= VectorMatrix.load(connection, this);
    return this.matrix.search(normalized(query), accepts, limit);
  }

  /** The document's row; null when it has no vector of finite numbers and the declared length. */
  private rowOf(document: JsonObject, internal: Uint8Array): VectorRow | null {
    const value = fieldAt(document, this.spec.vectorField.split("."));
    if (!Array.isArray(value) || value.length !== this.spec.dimensions) return null;
    const elements = value.map(asFloat64);
    if (!elements.every(Number.isFinite)) return null;
    const filter = onlyFields(document, this.spec.filterFields);
    return { internal, vector: normalized(elements as number[]), filter };
  }

  private store(connection: Connection, row: number, { internal, vector, filter }: VectorRow): void {
    const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
    connection
      .sql(`INSERT OR REPLACE INTO v_${this.number}(r, internal, vec, filter) VALUES(?, ?, ?, ?)`)
      .run(row, internal, bytes, JSON.stringify(filter));
  }
}

function normalized(values: readonly number[]): Float32Array {
  const vector = Float32Array.from(values);
  let square = 0;
  for (const element of vector) square += element * element;
  const length = Math.sqrt(square);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}

function onlyFields(document: JsonObject, fields: readonly string[]): JsonObject {
  const kept: JsonObject = {};
  for (const field of fields) {
    const path = field.split(".");
    const value = fieldAt(document, path);
    if (value !== undefined) setField(kept, path, value);
  }
  return kept;
}

function setField(document: JsonObject, path: string[], value: Json): void {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) document[name] = value;
  else setField((document[name] ??= {}) as JsonObject, rest, value);
}

class VectorMatrix {
  private readonly dimensions: number;
  private elements: Float32Array;
  private readonly entries: { row: number; internal: Uint8Array; filter: JsonObject }[] = [];
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
      const filter = JSON.parse(String(row["filter"])) as JsonObject;
      matrix.add(Number(row["r"]), { internal: row["internal"] as Uint8Array, vector, filter });
    }
    return matrix;
  }

  replace(row: number, now: VectorRow | null): void {
    this.remove(row);
    if (now !== null) this.add(row, now);
  }

  private add(row: number, { internal, vector, filter }: VectorRow): void {
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
  private remove(row: number): void {
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

  search(query: Float32Array, accepts: Accepts, limit: number): VectorHit[] {
    const hits: VectorHit[] = [];
    for (const [slot, { internal, filter }] of this.entries.entries()) {
      if (accepts(filter)) hits.push({ internal, score: this.score(slot, query) });
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
