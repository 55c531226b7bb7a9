// What one query or mutation may read and write, with the server's texts.
import { isObject, type Json } from "../values/json.ts";

export const LIMITS = {
  documentsRead: 32_000,
  bytesRead: 16 << 20,
  databaseQueries: 4096,
  documentsWritten: 16_000,
  bytesWritten: 16 << 20,
  functionsScheduled: 1000,
  scheduledFunctionArgsBytes: 16 << 20,
  documentSize: 1 << 20,
  documentNesting: 16,
  valueSize: 16 << 20,
  pageSize: 32_000,
  pageDocuments: 8192,
  logLines: 256,
  logLineLength: 32 << 10,
} as const;

const READ_ADVICE =
  "Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.";

/** What is counted, under Convex's names for it, and how a function fails that exceeds it. */
const COUNTED = {
  documentsRead: readText(
    (limit) => `Too many documents read in a single function execution (limit: ${limit})`,
  ),
  bytesRead: readText(
    (limit) => `Too many bytes read in a single function execution (limit: ${limit} bytes)`,
  ),
  databaseQueries: readText((limit) => `Too many reads in a single function execution (limit: ${limit})`),
  documentsWritten: (limit: number) => `Too many writes in a single function execution (limit: ${limit})`,
  bytesWritten: (limit: number) =>
    `Too many bytes written in a single function execution (limit: ${limit} bytes)`,
  functionsScheduled: (limit: number) => `Too many functions scheduled by this mutation (limit: ${limit})`,
  scheduledFunctionArgsBytes: (limit: number) =>
    `Too large total size of the arguments of scheduled functions from this mutation (limit: ${limit} bytes)`,
};
type Counted = keyof typeof COUNTED;
/** What a nested call may read and write. */
export type CallLimits = Partial<Record<Counted, number>>;

/** The total at which a function fails, and the limit it is told of. */
interface Bound {
  most: number;
  limit: number;
}

function readText(text: (limit: number) => string): (limit: number) => string {
  return (limit) => `${text(limit)}. ${READ_ADVICE}`;
}

function each<T>(of: (name: Counted) => T): Record<Counted, T> {
  return Object.fromEntries(Object.keys(COUNTED).map((name) => [name, of(name as Counted)])) as never;
}

/** Counts what a transaction, nested calls included, has read and written. */
export class Usage {
  readonly counts = each(() => 0);
  private bounds: Record<Counted, Bound> = each((name) => ({ most: LIMITS[name], limit: LIMITS[name] }));

  read(size: number): void {
    this.count("documentsRead", 1);
    this.count("bytesRead", size);
  }

  readRange(): void {
    this.count("databaseQueries", 1);
  }

  schedule(size: number): void {
    this.count("functionsScheduled", 1);
    this.count("scheduledFunctionArgsBytes", size);
  }

  write(size: number): void {
    this.count("documentsWritten", 1);
    this.count("bytesWritten", size);
  }

  private count(name: Counted, amount: number): void {
    this.counts[name] += amount;
    const { most, limit } = this.bounds[name];
    if (this.counts[name] > most) throw new Error(COUNTED[name](limit));
  }

  /** Has a nested call fail earlier than the whole; returns what ends that. */
  lower(limits: CallLimits): () => void {
    const outer = this.bounds;
    this.bounds = each((name) => {
      const limit = limits[name];
      const most = this.counts[name] + (limit ?? Infinity);
      return limit === undefined || most >= outer[name].most ? outer[name] : { most, limit };
    });
    return () => (this.bounds = outer);
  }

  /** As npm convex's `TransactionMetrics`. */
  metrics(): Record<Counted, { used: number; remaining: number }> {
    return each((name) => {
      const used = this.counts[name];
      return { used, remaining: Math.max(0, this.bounds[name].most - used) };
    });
  }
}

/** Mutations neither store nor read files here, so there is nothing to count. */
const OF_FILES = new Set(["filesWritten", "fileWriteBytes", "filesRead", "fileReadBytes"]);

/** npm convex's `transactionLimits`. */
export function parseLimits(limits: Json | undefined): CallLimits {
  if (limits === undefined) return {};
  if (!isObject(limits)) throw new Error("transactionLimits must be an object.");
  for (const [name, limit] of Object.entries(limits)) {
    if (!Object.hasOwn(COUNTED, name) && !OF_FILES.has(name)) {
      throw new Error(`transactionLimits: ${name} is not known to the local deployment.`);
    }
    if (typeof limit !== "number" || !(limit >= 0)) {
      throw new Error(`transactionLimits: ${name} must be a number that is not negative.`);
    }
  }
  return limits as CallLimits;
}
