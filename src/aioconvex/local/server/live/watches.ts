// Which live queries a commit concerns. The cost follows the number of hits, not the number of queries.
import { IntervalTree } from "./intervalTree.ts";
import type { ReadInterval, ReadSet } from "./readSet.ts";
import type { Change } from "../storage/store.ts";

interface Watched {
  points: ReadonlySet<string>;
  intervals: ReadInterval[];
}

/** Read sets by the number of the query that has them. */
export class Watches {
  private readonly watched = new Map<number, Watched>();
  private readonly points = new Map<string, Set<number>>();
  private readonly indexes = new Map<string, IntervalTree>();
  /** Queries that every commit may concern. */
  private readonly always = new Set<number>();

  addForEveryCommit(watch: number): void {
    this.always.add(watch);
  }

  add(watch: number, reads: ReadSet): void {
    const { points } = reads;
    const intervals = reads.intervals();
    this.watched.set(watch, { points, intervals });
    for (const point of points) addTo(this.points, point, watch);
    for (const interval of intervals) {
      let index = this.indexes.get(interval.index);
      if (index === undefined) this.indexes.set(interval.index, (index = new IntervalTree()));
      index.add(interval, watch);
    }
  }

  delete(watch: number): void {
    const { points, intervals } = this.watched.get(watch) ?? { points: [], intervals: [] };
    this.watched.delete(watch);
    this.always.delete(watch);
    for (const point of points) deleteFrom(this.points, point, watch);
    for (const interval of intervals) this.indexes.get(interval.index)!.delete(interval, watch);
  }

  clear(): void {
    this.watched.clear();
    this.points.clear();
    this.indexes.clear();
    this.always.clear();
  }

  /** Forgets the queries whose results the changes may have altered, and returns them. */
  invalidate(changes: readonly Change[]): number[] {
    const hits = new Set(this.always);
    for (const { id, keys } of changes) {
      for (const watch of this.points.get(id) ?? []) hits.add(watch);
      for (const { index, key } of keys) this.indexes.get(index)?.collect(key, hits);
    }
    for (const watch of hits) this.delete(watch);
    return [...hits];
  }
}

function addTo(sets: Map<string, Set<number>>, key: string, watch: number): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([watch]));
  else set.add(watch);
}

function deleteFrom(sets: Map<string, Set<number>>, key: string, watch: number): void {
  const set = sets.get(key);
  set?.delete(watch);
  if (set?.size === 0) sets.delete(key);
}
