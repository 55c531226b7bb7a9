// Documents that the engine itself writes, inside whichever transaction is open; functions can only read them.
import type { SYSTEM_TABLES, Table } from "./catalog.ts";
import type { Write } from "./indexes.ts";
import type { StoredRow } from "./rows.ts";
import type { Store } from "./store.ts";
import { decodeId, encodeId, newInternalId } from "../values/ids.ts";
import type { JsonObject } from "../values/json.ts";
import { measure } from "../values/size.ts";

export class SystemTable {
  private readonly store: Store;
  private readonly table: Table;

  constructor(store: Store, name: keyof typeof SYSTEM_TABLES) {
    this.store = store;
    this.table = store.ensureTable(name);
  }

  insert(fields: JsonObject, now: number): string {
    const internal = newInternalId();
    const id = encodeId(this.table.number, internal);
    const document = { ...fields, _id: id, _creationTime: this.store.nextCreationTime(now) };
    this.store.insert(this.table, internal, document, measure(document).size);
    return id;
  }

  get(id: string): JsonObject | null {
    const row = this.read(id);
    return row === undefined ? null : (JSON.parse(row.doc) as JsonObject);
  }

  /** Of a document that exists. */
  patch(id: string, fields: JsonObject): void {
    const write = this.writeOf(id);
    const document = { ...write.before, ...fields };
    this.store.update(this.table, { ...write, after: document }, measure(document).size);
  }

  remove(id: string): void {
    this.store.remove(this.table, this.writeOf(id));
  }

  private writeOf(id: string): Write & { after: null } {
    const { row, doc } = this.read(id)!;
    const before = JSON.parse(doc) as JsonObject;
    return { row, internal: decodeId(id)!.internal, before, after: null };
  }

  private read(id: string): StoredRow | undefined {
    return decodeId(id)?.table === this.table.number ? this.store.read(this.table, id) : undefined;
  }
}
