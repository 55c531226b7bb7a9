/** Several lists as one. */
import { type Value, compareValues } from "convex/values";

import { refusal } from "./errors";
import type { Dated, Order, Source } from "./paging";
import type { ReadBudget } from "./scan";

/**
 * The rows of all lists by `createdAt`. Its reads are booked, since the next row
 * of every list is read before it is known which of them comes first.
 */
export function merged<Row extends Dated>(
  sources: readonly Source<Row>[],
  budget: ReadBudget,
): Source<Row> {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  return (slice, order) =>
    inOrder(
      sources.map((source) => source(slice, order)),
      order,
      budget,
    );
}

interface Head<Row> {
  row: Row;
  rest: AsyncIterator<Row>;
}

async function* inOrder<Row extends Dated>(
  lists: readonly AsyncIterable<Row>[],
  order: Order,
  budget: ReadBudget,
): AsyncGenerator<Row> {
  const iterators = lists.map((list) => list[Symbol.asyncIterator]());
  try {
    const heads: Head<Row>[] = [];
    for (const rest of iterators) {
      const { value, done } = await rest.next();
      if (done) continue;
      if (!budget.spend(value)) throw tooLarge();
      heads.push({ row: value, rest });
    }
    while (heads.length > 0) {
      const first = heads.reduce((best, head) =>
        comesFirst(head.row, best.row, order) ? head : best,
      );
      yield first.row;
      const { value, done } = await first.rest.next();
      if (done) heads.splice(heads.indexOf(first), 1);
      else first.row = value;
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}

function comesFirst(a: Dated, b: Dated, order: Order): boolean {
  const compared = compareValues(position(a), position(b));
  return order === "asc" ? compared < 0 : compared > 0;
}

function position({ createdAt, _creationTime, _id }: Dated): Value {
  return [createdAt, _creationTime, _id];
}

function tooLarge() {
  return refusal(
    "TooManyBytes",
    "The first rows of these lists are all that one query can read. " +
      "Ask for fewer lists at once.",
  );
}
