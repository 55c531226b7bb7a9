// `ctx.vectorSearch`: exact cosine similarity over one vector index.
import { passes } from "./filter.ts";
import type { VectorQuery } from "./messages.ts";
import { splitIndexName } from "./query.ts";
import type { Store } from "../storage/store.ts";
import { VectorIndex } from "../storage/vectors.ts";
import { encodeId } from "../values/ids.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

const DEFAULT_RESULTS = 10;
const MOST_RESULTS = 256;
const MOST_FILTERS = 64;

/** The syscall's answer as JSON text. */
export function vectorSearch(store: Store, query: VectorQuery): string {
  const [tableName, indexName] = splitIndexName(query.indexName);
  const table = store.catalog.table(tableName);
  const index = table?.indexes.get(indexName);
  if (table === undefined || !(index instanceof VectorIndex) || index.spec.staged) {
    throw new Error(`Vector index ${query.indexName} not found.`);
  }
  checkQuery(query, index);
  const { vector, expressions, limit = DEFAULT_RESULTS } = query;
  const accepts = (document: JsonObject) => expressions === null || passes(expressions, document);
  const hits = index.search(store.connection, vector, accepts, limit);
  const results = hits.map(({ internal, score }) => ({
    _id: encodeId(table.number, internal),
    _score: score,
  }));
  return JSON.stringify({ results });
}

function checkQuery({ limit, vector, indexName, expressions }: VectorQuery, index: VectorIndex): void {
  const { dimensions } = index.spec;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= MOST_RESULTS)) {
    throw new Error(`Vector queries must have a limit between 1 and ${MOST_RESULTS}, received ${limit}.`);
  }
  if (vector.length !== dimensions) {
    throw new Error(
      `Vector index ${indexName} has ${dimensions} dimensions, but the query's vector has ${vector.length}.`,
    );
  }
  if (!vector.every((element) => typeof element === "number"))
    throw new Error("Vectors must consist of numbers.");
  checkFilter(expressions, index);
}

function checkFilter(expression: Json, { name, spec }: VectorIndex): void {
  const fields = [...namedFields(expression)];
  if (fields.length > MOST_FILTERS)
    throw new Error(`Vector queries may have at most ${MOST_FILTERS} filters.`);
  for (const field of fields) {
    if (!spec.filterFields.includes(field))
      throw new Error(`Field \`${field}\` is not a filter field of vector index ${name}.`);
  }
}

function* namedFields(expression: Json): Generator<string> {
  if (Array.isArray(expression)) for (const part of expression) yield* namedFields(part);
  if (!isObject(expression)) return;
  if (typeof expression["$field"] === "string") yield expression["$field"];
  for (const operator of ["$eq", "$or"])
    if (operator in expression) yield* namedFields(expression[operator]!);
}
