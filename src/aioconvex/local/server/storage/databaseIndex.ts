// Database indexes: one B-tree each, whose keys have the order of Convex's values.
import { Index, type Write, type Writer } from "./indexes.ts";
import type { JsonObject } from "../values/json.ts";
import { encodeKey, indexKey } from "../values/keys.ts";

export interface DatabaseIndexSpec {
  kind: "database";
  fields: string[];
  staged: boolean;
}

export const BY_ID = "by_id";
export const BY_CREATION_TIME = "by_creation_time";
/** What ranges of the indexes that every table has may constrain. */
export const BUILT_IN_FIELDS: ReadonlyMap<string, string[]> = new Map([
  [BY_ID, ["_id"]],
  [BY_CREATION_TIME, ["_creationTime"]],
]);

export class DatabaseIndex extends Index<DatabaseIndexSpec> {
  protected readonly tables = {
    [`i_${this.number}`]: "(key BLOB PRIMARY KEY, r INTEGER NOT NULL) WITHOUT ROWID",
  };
  private readonly paths = this.spec.fields.map((field) => field.split("."));

  override write({ connection }: Writer, { row, internal, before, after }: Write): Uint8Array[] {
    const from = before && this.keyOf(before, internal);
    const to = after && this.keyOf(after, internal);
    if (from !== null && to !== null && Buffer.compare(from, to) === 0) return [from];
    if (from !== null) connection.sql(`DELETE FROM i_${this.number} WHERE key = ?`).run(from);
    if (to !== null) connection.sql(`INSERT INTO i_${this.number} VALUES(?, ?)`).run(to, row);
    return [from, to].filter((key) => key !== null);
  }

  private keyOf(document: JsonObject, internal: Uint8Array): Uint8Array {
    return this.name === BY_ID ? encodeKey([document["_id"]]) : indexKey(this.paths, document, internal);
  }
}
