// What one execution has read, as precisely as its result depends on it.
import type { Interval } from "../storage/rows.ts";

/** Part of an index, which is named (`table.index`): it may be read before it exists. */
export interface ReadInterval extends Interval {
  index: string;
}

/** A scan in progress; how far it came is known when the execution has ended. */
export interface Reading {
  covered(): ReadInterval | null;
}

export class ReadSet {
  /** Ids of documents that were looked up, found or not. */
  readonly points = new Set<string>();
  private readonly readings: Reading[] = [];

  add(reading: Reading): void {
    this.readings.push(reading);
  }

  intervals(): ReadInterval[] {
    return this.readings.flatMap((reading) => reading.covered() ?? []);
  }
}
