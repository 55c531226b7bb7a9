// The `_system/…` functions that generators and the Convex CLI call, for admins only.
import { CLEAR_TABLE_PAGE } from "./kinds.ts";
import { clearTablePage } from "./mutations.ts";
import type { Urls } from "../engine/messages.ts";
import { CursorSealer } from "../engine/cursors.ts";
import { page } from "../engine/paginate.ts";
import { Transaction } from "../engine/transaction.ts";
import type { Program } from "../project/program.ts";
import { countRows } from "../storage/rows.ts";
import type { Store } from "../storage/store.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

export interface SystemContext {
  store: Store;
  program: Program;
  sealer: CursorSealer;
  urls: Urls;
}
type SystemFunction = (context: SystemContext, args: JsonObject) => Json;

export const SYSTEM_QUERIES: Readonly<Record<string, SystemFunction>> = {
  "_system/cli/modules:apiSpec": apiSpec,
  "_system/cli/convexUrl:cloudUrl": ({ urls }) => urls.cloud,
  "_system/cli/convexUrl:siteUrl": ({ urls }) => urls.site,
  "_system/cli/tables:default": ({ store }) =>
    onePage(store.catalog.userTables().map(({ name }) => ({ name }))),
  "_system/cli/tableData:default": tableData,
  "_system/cli/tableSize:default": tableSize,
  "_system/cli/queryEnvironmentVariables:default": ({ store }) =>
    Object.entries(store.settings.environment()).map(([name, value]) => ({ name, value })),
  "_system/cli/queryEnvironmentVariables:get": ({ store }, { name }) => {
    const value = store.settings.environment()[String(name)];
    return value === undefined ? null : { name: String(name), value };
  },
  "_system/frontend/getSchemas:default": ({ program }) =>
    program.schema === null ? {} : { active: program.schema.text },
  [CLEAR_TABLE_PAGE]: ({ store }, args) => clearTablePage(store, args),
};

function apiSpec({ program }: SystemContext): Json {
  const functions = [...program.declared.values()].map(({ path, kind, isPublic, args, returns }) => ({
    args,
    functionType: kind,
    identifier: path.replace(":", ".js:"),
    returns,
    visibility: { kind: isPublic ? "public" : "internal" },
  }));
  const routes = program.httpRoutes.map(({ path, method }) => ({ functionType: "HttpAction", method, path }));
  return [...functions, ...routes];
}

function tableData({ store, sealer }: SystemContext, args: JsonObject): Json {
  const options = isObject(args["paginationOpts"]) ? args["paginationOpts"] : {};
  const transaction = new Transaction({ view: store, store: null, ts: store.lastTs, now: Date.now() });
  const order = args["order"] === "desc" ? "desc" : "asc";
  const { text } = page(transaction, sealer, {
    query: { source: { type: "FullTableScan", tableName: String(args["table"]), order }, operators: [] },
    cursor: (options["cursor"] as string | undefined) ?? null,
    endCursor: (options["endCursor"] as string | undefined) ?? null,
    pageSize: Number(options["numItems"] ?? 100),
  });
  return JSON.parse(text) as Json;
}

function tableSize({ store }: SystemContext, args: JsonObject): Json {
  const table = store.catalog.table(String(args["tableName"]));
  return table === undefined ? 0 : countRows(store, table);
}

function onePage(items: Json[]): Json {
  return { page: items, isDone: true, continueCursor: "" };
}
