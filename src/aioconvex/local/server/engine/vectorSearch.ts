// `ctx.vectorSearch`: exact cosine similarity over one vector index.
import { passes } from "./filter.ts";
import type { VectorQuery } from "./messages.ts";
import type { VectorIndex } from "../storage/catalog.ts";
import type { Store } from "../storage/store.ts";
import { normalized } from "../storage/vectors.ts";
import { encodeId } from "../values/ids.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

const DEFAULT_RESULTS = 10;
const MOST_RESULTS = 256;
const MOST_FILTERS = 64;

/** The syscall's answer as JSON text. */
export function vectorSearch(store: Store, query: VectorQuery): string {
  const dot = query.indexName.indexOf(".");
  const table = store.catalog.table(query.indexName.slice(0, dot));
  const index = table?.vectorIndexes.get(query.indexName.slice(dot + 1));
  if (table === undefined || index === undefined || index.spec.staged) {
    throw new Error(`Vector index ${query.indexName} not found.`);
  }
  checkQuery(query, index);
  const accepts = query.expressions === null ? null : filterOf(query.expressions, index);
  const limit = query.limit ?? DEFAULT_RESULTS;
  const hits = store.vectors.search(store.connection, index, normalized(query.vector), accepts, limit);
  const results = hits.map(({ internal, score }) => ({
    _id: encodeId(table.number, internal),
    _score: score,
  }));
  return JSON.stringify({ results });
}

function checkQuery({ limit, vector, indexName }: VectorQuery, { spec }: VectorIndex): void {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MOST_RESULTS)) {
    throw new Error(`Vector queries must have a limit between 1 and ${MOST_RESULTS}, received ${limit}.`);
  }
  if (vector.length !== spec.dimensions) {
    throw new Error(
      `Vector index ${indexName} has ${spec.dimensions} dimensions, but the query's vector has ${vector.length}.`,
    );
  }
  if (!vector.every((element) => typeof element === "number"))
    throw new Error("Vectors must consist of numbers.");
}

/** Compiles an `eq`/`or` expression into a test of a document's filter values. */
function filterOf(expression: Json, index: VectorIndex): (values: (Json | undefined)[]) => boolean {
  const fields = index.spec.filterFields;
  const named = [...namedFields(expression)];
  if (named.length > MOST_FILTERS)
    throw new Error(`Vector queries may have at most ${MOST_FILTERS} filters.`);
  for (const field of named) {
    if (!fields.includes(field))
      throw new Error(`Field \`${field}\` is not a filter field of vector index ${index.name}.`);
  }
  return (values) => {
    const document: JsonObject = {};
    for (const [i, field] of fields.entries()) {
      if (values[i] !== undefined) setField(document, field.split("."), values[i]);
    }
    return passes(expression, document);
  };
}

function* namedFields(expression: Json): Generator<string> {
  if (Array.isArray(expression)) for (const part of expression) yield* namedFields(part);
  if (!isObject(expression)) return;
  if (typeof expression["$field"] === "string") yield expression["$field"];
  for (const operator of ["$eq", "$or"])
    if (operator in expression) yield* namedFields(expression[operator]!);
}

function setField(document: JsonObject, path: string[], value: Json): void {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) document[name] = value;
  else setField((document[name] ??= {}) as JsonObject, rest, value);
}
