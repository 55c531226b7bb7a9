// The deployment's time: the machine's, until a test moves it ahead. All threads share it.

/** Workers give their functions another clock; this is the machine's. */
const machineNow = Date.now;

export class Clock {
  /** For the same clock in another thread. */
  readonly shared: SharedArrayBuffer;
  private readonly ahead: Float64Array;

  constructor(shared = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.ahead = new Float64Array(shared);
  }

  /** Whole milliseconds since 1970. */
  readonly now = (): number => machineNow() + this.ahead[0]!;

  advance(ms: number): void {
    this.ahead[0]! += Math.round(ms);
  }

  /** By how much it has been moved. */
  get offset(): number {
    return this.ahead[0]!;
  }

  set offset(ms: number) {
    this.ahead[0] = ms;
  }
}
