// Seeded random values, so that a failing property test fails again.
import type { Value } from "convex/values";

const SPECIAL_FLOATS = [
  0,
  -0,
  1,
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  5e-324,
  Number.MAX_VALUE,
  -1e21,
  2 ** 53,
];
const SPECIAL_INTEGERS = [0n, 1n, -1n, 255n, -256n, 2n ** 63n - 1n, -(2n ** 63n)];
const PIECES = [
  "",
  "a",
  "b",
  "ab",
  "\0",
  "\0\0",
  "\x01",
  "\x02",
  "\x7f",
  "é",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "😀",
  "𐀀",
];

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.pick([0, 1, 2, 127, 255, this.below(256)]));
  }

  text(): string {
    return Array.from({ length: this.below(4) }, () => this.pick(PIECES)).join("");
  }

  float(): number {
    return this.next() < 0.5 ? this.pick(SPECIAL_FLOATS) : (this.next() - 0.5) * 10 ** this.below(30);
  }

  integer(): bigint {
    return this.next() < 0.5
      ? this.pick(SPECIAL_INTEGERS)
      : BigInt(this.below(2 ** 31)) * (this.next() < 0.5 ? -1n : 1n);
  }

  value(depth = 3): Value {
    switch (this.below(depth > 0 ? 8 : 6)) {
      case 0:
        return null;
      case 1:
        return this.next() < 0.5;
      case 2:
        return this.integer();
      case 3:
        return this.float();
      case 4:
        return this.text();
      case 5:
        return this.bytes(this.below(4)).buffer;
      case 6:
        return Array.from({ length: this.below(4) }, () => this.value(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: this.below(4) }, () => [
            this.pick(["", "a", "aa", "b", "B", "a b", "~"]),
            this.value(depth - 1),
          ]),
        );
    }
  }
}
