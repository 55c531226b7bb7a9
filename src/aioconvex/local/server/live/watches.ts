// Which live queries a commit concerns. The cost follows the number of hits, not the number of queries.
import { IntervalTree } from "./intervalTree.ts";
import type { ReadInterval, ReadSet } from "./readSet.ts";
import type { Change } from "../storage/store.ts";
import { afterPrefix } from "../values/keys.ts";

interface Watched {
  points: ReadonlySet<string>;
  intervals: ReadInterval[];
}

/** Read sets by the number of the query that has them. */
export class Watches {
  private readonly watched = new Map<number, Watched>();
  private readonly points = new Map<string, Set<number>>();
  private readonly indexes = new Map<string, IndexWatches>();
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
      if (index === undefined) this.indexes.set(interval.index, (index = new IndexWatches()));
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

/** Most ranges are "all keys that start with p": those are looked up by hash, once per length in use. */
class IndexWatches {
  private readonly prefixes = new Map<number, Map<string, Set<number>>>();
  private readonly others = new IntervalTree();

  add(interval: ReadInterval, watch: number): void {
    if (!isPrefix(interval)) return this.others.add(interval, watch);
    const { length } = interval.low;
    let prefixes = this.prefixes.get(length);
    if (prefixes === undefined) this.prefixes.set(length, (prefixes = new Map()));
    addTo(prefixes, spell(interval.low), watch);
  }

  delete(interval: ReadInterval, watch: number): void {
    if (!isPrefix(interval)) return this.others.delete(interval, watch);
    const { length } = interval.low;
    const prefixes = this.prefixes.get(length);
    if (prefixes === undefined) return;
    deleteFrom(prefixes, spell(interval.low), watch);
    if (prefixes.size === 0) this.prefixes.delete(length);
  }

  collect(key: Uint8Array, hits: Set<number>): void {
    const text = spell(key);
    for (const [length, prefixes] of this.prefixes) {
      for (const watch of prefixes.get(text.slice(0, length)) ?? []) hits.add(watch);
    }
    this.others.collect(key, hits);
  }
}

function isPrefix({ low, high }: ReadInterval): boolean {
  return Buffer.compare(afterPrefix(low), high) === 0;
}

/** One character per byte. */
function spell(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

function addTo<Key>(sets: Map<Key, Set<number>>, key: Key, watch: number): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([watch]));
  else set.add(watch);
}

function deleteFrom<Key>(sets: Map<Key, Set<number>>, key: Key, watch: number): void {
  const set = sets.get(key);
  set?.delete(watch);
  if (set?.size === 0) sets.delete(key);
}
