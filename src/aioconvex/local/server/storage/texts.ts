// Text indexes: for each word the rows that hold it and how often, from which relevance follows.
import type { TextIndex } from "./catalog.ts";
import type { Connection } from "./connection.ts";
import type { JsonObject } from "../values/json.ts";
import { compareValues, fieldAt } from "../values/keys.ts";

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

export function createTextTables(connection: Connection, { number }: TextIndex): void {
  connection.execute(`
    CREATE TABLE t_${number}(word TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(word, r)) WITHOUT ROWID;
    CREATE TABLE l_${number}(r INTEGER PRIMARY KEY, length INTEGER NOT NULL)`);
}

export function dropTextTables(connection: Connection, { number }: TextIndex): void {
  connection.execute(`DROP TABLE t_${number}; DROP TABLE l_${number}`);
}

export function clearTexts(connection: Connection, { number }: TextIndex): void {
  connection.execute(`DELETE FROM t_${number}; DELETE FROM l_${number}`);
}

/** Replaces a row's words; returns whether any search could notice. */
export function writeText(
  connection: Connection,
  index: TextIndex,
  row: number,
  before: JsonObject | null,
  after: JsonObject | null,
): boolean {
  const [old, now] = [textOf(index, before), textOf(index, after)];
  if (old === now) return now !== null && filtersDiffer(index, before!, after!);
  if (old !== null) removeWords(connection, index, row, old);
  if (now !== null) addWords(connection, index, row, now);
  return true;
}

/** How relevant each row is that holds any of the terms. */
export function scoreRows(connection: Connection, { number }: TextIndex, terms: Term[]): Map<number, number> {
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

function textOf({ spec }: TextIndex, document: JsonObject | null): string | null {
  const text = document === null ? undefined : fieldAt(document, spec.searchField.split("."));
  return typeof text === "string" ? text : null;
}

function filtersDiffer({ spec }: TextIndex, before: JsonObject, after: JsonObject): boolean {
  return spec.filterFields.some((field) => {
    const path = field.split(".");
    return compareValues(fieldAt(before, path), fieldAt(after, path)) !== 0;
  });
}

function addWords(connection: Connection, { number }: TextIndex, row: number, text: string): void {
  const words = wordsOf(text);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const insert = connection.sql(`INSERT INTO t_${number} VALUES(?, ?, ?)`);
  for (const [word, count] of counts) insert.run(word, row, count);
  connection.sql(`INSERT INTO l_${number} VALUES(?, ?)`).run(row, words.length);
}

function removeWords(connection: Connection, { number }: TextIndex, row: number, text: string): void {
  const remove = connection.sql(`DELETE FROM t_${number} WHERE word = ? AND r = ?`);
  for (const word of new Set(wordsOf(text))) remove.run(word, row);
  connection.sql(`DELETE FROM l_${number} WHERE r = ?`).run(row);
}
