// A small language of database steps, so that scenarios and random programs are data.
// A string "@<n>" stands for the result of step n of the same program, "@undefined" for undefined.

export type Step = Record<string, any>;

/** Runs the steps one after the other; a step may say which fields of its documents it wants. */
export async function perform(db: any, steps: Step[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const step of steps) {
    const result = await one(db, filled(step, results) as Step);
    results.push(result === undefined ? null : result);
  }
  return results;
}

async function one(db: any, step: Step): Promise<unknown> {
  switch (step["op"]) {
    case "insert":
      return db.insert(step["table"], step["value"]);
    case "get":
      return picked(await db.get(step["id"]), step["only"]);
    case "patch":
      return db.patch(step["id"], step["value"]);
    case "replace":
      return db.replace(step["id"], step["value"]);
    case "delete":
      return db.delete(step["id"]);
    case "normalize":
      return db.normalizeId(step["table"], step["id"]);
    case "query":
      return finished(built(db, step), step);
    default:
      throw new Error(`No step is called ${step["op"]}`);
  }
}

function built(db: any, { table, index, range, order, filter, limit }: Step): any {
  let query = db.query(table);
  if (index !== undefined) query = query.withIndex(index, (q: any) => bounded(q, range ?? []));
  if (order !== undefined) query = query.order(order);
  if (filter !== undefined) query = query.filter((q: any) => expression(q, filter));
  return limit === undefined ? query : query.limit(limit);
}

function bounded(q: any, range: [string, string, unknown][]): any {
  return range.reduce((bounds, [comparison, field, value]) => bounds[comparison](field, value), q);
}

/** `["eq", ["field", "a"], 1]`: a list that starts with an operator is an expression, `["value", x]` is x. */
function expression(q: any, term: unknown): any {
  if (!Array.isArray(term)) return term;
  const [operator, ...operands] = term;
  if (operator === "field") return q.field(operands[0]);
  if (operator === "value") return operands[0];
  return q[operator](...operands.map((operand) => expression(q, operand)));
}

async function finished(query: any, { end, only }: Step): Promise<unknown> {
  const [how, argument] = Array.isArray(end) ? end : [end ?? "collect"];
  switch (how) {
    case "paginate": {
      const { page, ...rest } = await query.paginate(argument);
      return { ...rest, page: page.map((document: unknown) => picked(document, only)) };
    }
    case "iterate":
      return iterated(query, argument, only);
    default: {
      const found = await query[how](...(argument === undefined ? [] : [argument]));
      return Array.isArray(found)
        ? found.map((document) => picked(document, only))
        : picked(found, only);
    }
  }
}

async function iterated(query: any, most: number, only: unknown): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const document of query) {
    taken.push(picked(document, only));
    if (taken.length === most) break;
  }
  return taken;
}

/** One field of the document, `"user"` for all but the system's, or all of it. */
function picked(document: any, only: unknown): unknown {
  if (document === null || only === undefined) return document;
  if (only === "user") {
    const { _id, _creationTime, ...fields } = document;
    return fields;
  }
  return document[only as string] ?? null;
}

function filled(value: unknown, results: unknown[]): unknown {
  if (value === "@undefined") return undefined;
  if (typeof value === "string" && /^@\d+$/.test(value)) return results[Number(value.slice(1))];
  if (Array.isArray(value)) return value.map((item) => filled(item, results));
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, results)]));
}
