/** Scores that scorers gave to runs: what `aioconvex.mastra` calls for them. */
import { type ObjectType, v } from "convex/values";

import { mutation, query } from "./access";
import { checkSize } from "./documentSize";
import { rowWithId } from "./lookup";
import { type Doc, type Reader, documentOf } from "./model";
import type { Slice, Source } from "./paging";
import { invalid } from "./requests";
import { scan, scanArgs, scanOf } from "./scan";
import { mastraTables } from "./tables";

const SCORES = "mastra_scorers";

type Score = Doc<typeof SCORES>;

const scoreDocument = documentOf(SCORES);
const {
  createdAt: _created,
  updatedAt: _updated,
  ...columns
} = mastraTables[SCORES].validator.fields;

const text = v.optional(v.string());

/** Columns that a list can be restricted by. */
const filters = {
  scorerId: text,
  runId: text,
  traceId: text,
  spanId: text,
  entityId: text,
  entityType: text,
  source: text,
  organizationId: text,
  projectId: text,
};

/**
 * Stores a score under its id and returns it. A score of this id is replaced,
 * and keeps its `createdAt`.
 */
export const save = mutation({
  args: { score: v.object(columns) },
  returns: scoreDocument,
  handler: async ({ db }, { score }) => {
    const now = new Date().toISOString();
    const stored = await rowWithId(db, SCORES, score.id);
    const row = {
      ...score,
      createdAt: stored?.createdAt ?? now,
      updatedAt: now,
    };
    checkSize(row);
    if (stored !== null) {
      await db.replace(stored._id, row);
      return { ...row, _id: stored._id, _creationTime: stored._creationTime };
    }
    const inserted = await db.get(await db.insert(SCORES, row));
    return inserted as Score;
  },
});

/** The score with this id, or null. */
export const get = query({
  args: { id: v.string() },
  returns: v.union(scoreDocument, v.null()),
  handler: ({ db }, { id }) => rowWithId(db, SCORES, id),
});

/**
 * A part of the scores whose columns have all these values, newest `createdAt`
 * first; see `scan`. They must be of one scorer, run, entity (id and type) or
 * span (trace and span).
 *
 * @throws ConvexError `InvalidRequest` when they are of neither.
 */
export const list = query({
  args: { ...filters, ...scanArgs },
  returns: scanOf(scoreDocument),
  handler: ({ db }, { skip, take, cursor, ...equal }) => {
    const wanted = Object.entries(equal).sort();
    return scan({
      source: scoresOf(db, equal),
      list: ["scores", JSON.stringify(wanted)],
      order: "desc",
      cursor,
      skip,
      take,
      accepts: (row) =>
        wanted.every(([name, value]) => row[name as keyof Score] === value),
    });
  },
});

function scoresOf(
  db: Reader,
  equal: ObjectType<typeof filters>,
): Source<Score> {
  const { scorerId, runId, traceId, spanId, entityId, entityType } = equal;
  const scores = db.query(SCORES);
  const within = (slice: Slice) => {
    if (scorerId !== undefined) {
      return scores.withIndex("by_scorer_created", (q) =>
        slice(q.eq("scorerId", scorerId)),
      );
    }
    if (runId !== undefined) {
      return scores.withIndex("by_run_created", (q) =>
        slice(q.eq("runId", runId)),
      );
    }
    if (entityId !== undefined && entityType !== undefined) {
      return scores.withIndex("by_entity_created", (q) =>
        slice(q.eq("entityId", entityId).eq("entityType", entityType)),
      );
    }
    if (traceId !== undefined && spanId !== undefined) {
      return scores.withIndex("by_span_created", (q) =>
        slice(q.eq("traceId", traceId).eq("spanId", spanId)),
      );
    }
    throw invalid("Scores are listed by scorer, run, entity or span");
  };
  return (slice, order) => within(slice).order(order);
}
