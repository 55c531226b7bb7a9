// The queries one socket is subscribed to, and what of their results its client has not been sent yet.
import { type AddQuery, type QueryChange, queryRemoved, type QueryResult, queryResult } from "./messages.ts";
import type { Caller } from "../auth/caller.ts";
import { callRequest, NO_COMPONENTS } from "../calls.ts";
import { failed, type Outcome } from "../engine/outcome.ts";
import { newRequestId } from "../engine/metadata.ts";
import type { Evaluation, LiveQueries, Subscriber } from "../liveQueries.ts";

export class QuerySet {
  private readonly live: LiveQueries;
  private readonly invalidated: () => void;
  private readonly queries = new Map<number, LiveQuery>();

  constructor(live: LiveQueries, invalidated: () => void) {
    this.live = live;
    this.invalidated = invalidated;
  }

  /** Returns the modifications that the changes are answered with at once. */
  apply(changes: QueryChange[]): string[] {
    return changes.flatMap((change) => {
      if (change.type === "Add") {
        this.queries.set(change.queryId, new LiveQuery(this.live, change, this.invalidated));
        return [];
      }
      this.queries.get(change.queryId)!.release();
      this.queries.delete(change.queryId);
      return [queryRemoved(change.queryId)];
    });
  }

  /** Evaluates until every result is valid, hence all of them at the same time: that of the latest commit. */
  async evaluate(caller: Caller): Promise<void> {
    for (;;) {
      const stale = [...this.queries.values()].filter((query) => !query.isCurrent(caller));
      if (stale.length === 0) return;
      await Promise.all(stale.map((query) => query.evaluate(caller)));
    }
  }

  /** Modifications for the results that differ from what the client has. */
  changed(): string[] {
    return [...this.queries.values()].flatMap((query) => query.changed() ?? []);
  }

  release(): void {
    for (const query of this.queries.values()) query.release();
    this.queries.clear();
  }
}

class LiveQuery implements Subscriber {
  readonly invalidated: () => void;
  private readonly live: LiveQueries;
  private readonly added: AddQuery;
  private caller: Caller | null = null;
  private evaluation: Evaluation | null = null;
  /** Set instead of an evaluation where the call fails before it reaches one. */
  private result: QueryResult | null = null;
  private shown: Outcome | null = null;
  private journal: string | null;
  private released = false;

  constructor(live: LiveQueries, added: AddQuery, invalidated: () => void) {
    this.live = live;
    this.added = added;
    this.journal = added.journal;
    this.invalidated = invalidated;
  }

  isCurrent(caller: Caller): boolean {
    return this.caller === caller && (this.evaluation?.valid ?? true);
  }

  async evaluate(caller: Caller): Promise<void> {
    const previous = this.evaluation;
    const requestId = newRequestId();
    const request =
      this.added.component === null
        ? callRequest(this.added, caller, "Query", requestId)
        : failed(NO_COMPONENTS);
    if ("ok" in request) {
      this.result = { outcome: request, journal: null, requestId };
      this.evaluation = null;
    } else {
      this.evaluation = await this.live.evaluate(request, this.journal, this);
      const { outcome, journal } = this.evaluation.result!;
      this.result = { outcome, journal, requestId: this.evaluation.requestId };
      this.journal = journal ?? this.journal;
    }
    this.caller = caller;
    // Only now: the old evaluation may be the new one.
    if (previous !== null && previous !== this.evaluation) this.live.release(previous, this);
    if (this.released) this.release();
  }

  changed(): string | null {
    const { outcome } = this.result!;
    if (this.shown !== null && sameOutcome(this.shown, outcome)) return null;
    this.shown = outcome;
    const text = this.evaluation === null ? queryResult(this.result!) : sharedText(this.evaluation);
    return `{"queryId":${this.added.queryId},${text}}`;
  }

  release(): void {
    this.released = true;
    if (this.evaluation !== null) this.live.release(this.evaluation, this);
  }
}

/** Large results are spelled once for all their subscribers. */
const texts = new WeakMap<Evaluation, string>();

function sharedText(evaluation: Evaluation): string {
  let text = texts.get(evaluation);
  if (text === undefined) {
    text = queryResult({ ...evaluation.result!, requestId: evaluation.requestId });
    texts.set(evaluation, text);
  }
  return text;
}

function sameOutcome(left: Outcome, right: Outcome): boolean {
  if (left === right) return true;
  if (left.ok ? !right.ok || left.value !== right.value : right.ok) return false;
  return JSON.stringify(left) === JSON.stringify(right);
}
