// Text indexes: for each word the rows that hold it and how often, from which relevance follows.
import type { Connection } from "./connection.ts";
import { Index, type Write, type Writer } from "./indexes.ts";
import type { JsonObject } from "../values/json.ts";
import { compareValues, fieldAt } from "../values/keys.ts";

export interface TextIndexSpec {
  kind: "text";
  searchField: string;
  filterFields: string[];
  staged: boolean;
}

/** Searches depend on an index as a whole, so any key will do. */
const ANY_KEY = Uint8Array.of(0);
const WORD = /[\p{L}\p{N}]+/gu;
const LONGEST_WORD_BYTES = 32;
/** Of BM25: how soon more of the same word stops counting, and how much long texts are discounted. */
const SATURATION = 1.2;
const LENGTH_DISCOUNT = 0.75;
const HIGHEST = "\u{10ffff}";

/** A part of a search: a word, or the beginning of one. */
export interface Term {
  text: string;
  isPrefix: boolean;
}

/** The words of a text in lower case; very long ones are none. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(WORD) ?? [];
  return words.filter((word) => Buffer.byteLength(word) <= LONGEST_WORD_BYTES);
}

export class TextIndex extends Index<TextIndexSpec> {
  protected readonly tables = {
    [`t_${this.number}`]:
      "(word TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(word, r)) WITHOUT ROWID",
    [`l_${this.number}`]: "(r INTEGER PRIMARY KEY, length INTEGER NOT NULL)",
  };

  override write({ connection }: Writer, { row, before, after }: Write): Uint8Array[] {
    const [old, now] = [this.textOf(before), this.textOf(after)];
    if (old === now) return now !== null && this.filtersDiffer(before!, after!) ? [ANY_KEY] : [];
    if (old !== null) this.removeWords(connection, row, old);
    if (now !== null) this.addWords(connection, row, now);
    return [ANY_KEY];
  }

  /** How relevant each row is that holds any of the terms. */
  scoreRows(connection: Connection, terms: Term[]): Map<number, number> {
    const { number } = this;
    const scores = new Map<number, number>();
    const totals = connection.sql(`SELECT count(*) AS rows, avg(length) AS length FROM l_${number}`).get()!;
    const [rows, meanLength] = [Number(totals["rows"]), Number(totals["length"])];
    for (const { text, isPrefix } of terms) {
      const found = connection
        .sql(
          `SELECT t.r AS r, sum(t.n) AS n, l.length AS length FROM t_${number} t JOIN l_${number} l ON l.r = t.r
           WHERE t.word >= ? AND t.word <= ? GROUP BY t.r`,
        )
        .all(text, isPrefix ? text + HIGHEST : text) as { r: number; n: number; length: number }[];
      const rarity = Math.log(1 + (rows - found.length + 0.5) / (found.length + 0.5));
      for (const { r, n, length } of found) {
        const discount = 1 - LENGTH_DISCOUNT + (LENGTH_DISCOUNT * length) / meanLength;
        const weight = (n * (SATURATION + 1)) / (n + SATURATION * discount);
        scores.set(r, (scores.get(r) ?? 0) + rarity * weight);
      }
    }
    return scores;
  }
  private textOf(document: JsonObject | null): string | null {
    const text = document === null ? undefined : fieldAt(document, this.spec.searchField.split("."));
    return typeof text === "string" ? text : null;
  }

  private filtersDiffer(before: JsonObject, after: JsonObject): boolean {
    return this.spec.filterFields.some((field) => {
      const path = field.split(".");
      return compareValues(fieldAt(before, path), fieldAt(after, path)) !== 0;
    });
  }

  private addWords(connection: Connection, row: number, text: string): void {
    const words = wordsOf(text);
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const insert = connection.sql(`INSERT INTO t_${this.number} VALUES(?, ?, ?)`);
    for (const [word, count] of counts) insert.run(word, row, count);
    connection.sql(`INSERT INTO l_${this.number} VALUES(?, ?)`).run(row, words.length);
  }

  private removeWords(connection: Connection, row: number, text: string): void {
    const remove = connection.sql(`DELETE FROM t_${this.number} WHERE word = ? AND r = ?`);
    for (const word of new Set(wordsOf(text))) remove.run(word, row);
    connection.sql(`DELETE FROM l_${this.number} WHERE r = ?`).run(row);
  }
}
