// What the main thread asks of the worker that owns the data, and what it answers.
import type { FunctionCall } from "./execute.ts";
import type { ScheduleRequest } from "./jobs.ts";
import type { FunctionError, MutationOutcome, Outcome } from "./outcome.ts";
import type { FailureReport } from "../failure.ts";
import type { FileInfo } from "../files.ts";
import type { FunctionInfo, FunctionKind } from "../project/functions.ts";
import type { AuthProvider } from "../project/authConfig.ts";
import type { Bundle } from "../project/program.ts";
import type { SessionRequest } from "../storage/recordedReplies.ts";
import type { Json } from "../values/json.ts";

export interface EngineData {
  /** The writer owns the only writing connection; a reader serves pinned snapshots. */
  role: "writer" | "reader";
  path: string;
  durable: boolean;
  /** How long user code may take, in milliseconds. */
  timeLimit: number;
  cells: SharedArrayBuffer;
  clock: SharedArrayBuffer;
}

export interface Urls {
  cloud: string;
  site: string;
}

export interface LoadRequest {
  bundle: Bundle;
  urls: Urls;
  /** What only the Node runtime can evaluate. */
  nodeFunctions: FunctionInfo[];
  deploy: boolean;
}

export interface ProgramSummary {
  functions: FunctionInfo[];
  authProviders: AuthProvider[];
  httpRoutes: { path: string; method: string }[];
  indexesAdded: string[];
  indexesDropped: string[];
}

export interface VectorQuery {
  indexName: string;
  limit?: number;
  vector: number[];
  expressions: Json;
}

/** A live query's result, as far as it is more than an outcome. */
export interface LiveResult {
  outcome: Outcome;
  /** Where the page ends, for a query that paginates. */
  journal: string | null;
  readsIdentity: boolean;
  /** The engine was lost over this query, and with it what the query had read. */
  interrupted: boolean;
}

/** What has changed since the previous reply: live queries by their numbers, or all of them. */
export interface Commit {
  ts: bigint;
  invalidated: number[] | "all";
  /** Whether something was scheduled. */
  jobs: boolean;
}

/** A scheduled function, or a run of a cron job, that is to run now. */
export interface DueJob {
  /** Of its document; null for a cron job. */
  id: string | null;
  /** The cron job's name; null for a scheduled function. */
  cron: string | null;
  path: string;
  args: string;
  /** Null when there is no such function any more. */
  kind: FunctionKind | null;
}
export interface DueJobs {
  jobs: DueJob[];
  /** When the next ones are due, in milliseconds; null for never. */
  next: number | null;
}

/** What a function, with those it called, has read and written. */
export interface CallUsage {
  path: string;
  kind: "Query" | "Mutation";
  documentsRead: number;
  bytesRead: number;
  rangesRead: number;
  documentsWritten: number;
  bytesWritten: number;
}

/** Each request by name: what it carries and what comes back. */
export interface EngineRequests {
  /** Evaluates a bundle; `deploy` also brings the data in line with its schema. */
  load: { params: LoadRequest; result: ProgramSummary };
  query: { params: { call: FunctionCall; ts: bigint | null }; result: Outcome | "out of retention" };
  /** A query whose result is to be watched, until a commit says otherwise. */
  watch: { params: { call: FunctionCall; watch: number; journal: string | null }; result: LiveResult };
  unwatch: { params: { watch: number }; result: null };
  /** `origin` makes it run once, however often it is asked for. */
  mutation: { params: { call: FunctionCall; origin: SessionRequest | null }; result: MutationOutcome };
  /** Runs a mutation and undoes it. */
  rehearse: { params: { call: FunctionCall }; result: Outcome };
  /** A storage syscall of an action. */
  storage: { params: { operation: string; args: { storageId: string } }; result: Outcome };
  addFile: { params: FileInfo; result: string };
  findFile: { params: { name: string }; result: FileInfo | null };
  /** What cursors and upload URLs are sealed with. */
  secret: { params: object; result: string };
  /** The scheduler of an action. */
  schedule: { params: { operation: string; args: ScheduleRequest & { id: string } }; result: Outcome };
  takeJobs: { params: { now: number; limit: number }; result: DueJobs };
  /** Runs a scheduled mutation and settles it, if it succeeds in the same transaction. */
  runJob: { params: { id: string; call: FunctionCall }; result: MutationOutcome };
  /** `error` is null for a success. */
  settleJob: { params: { id: string; error: FunctionError | null }; result: null };
  /** After a start of the process or with other data, before anything else runs. */
  recover: { params: object; result: null };
  vectorSearch: { params: { query: VectorQuery }; result: Outcome };
  /** A `_system/…` function; "not found" for names that are not served. */
  system: { params: { name: string; args: Json }; result: Outcome | "not found" };
  indexes: { params: object; result: Json };
  /** Documents per user table. */
  status: { params: object; result: Record<string, number> };
  /** Table numbers by name, system tables included. */
  tables: { params: object; result: Record<string, number> };
  environment: { params: object; result: Record<string, string> };
  changeEnvironment: { params: { changes: { name: string; value: string | null }[] }; result: null };
  reset: { params: object; result: null };
  /** Copies the data; returns the copy's name. */
  save: { params: object; result: string };
  /** Puts a copy in the place of the data; false when there is none of this name. */
  bring: { params: { name: string }; result: boolean };
  pin: { params: object; result: bigint };
  latest: { params: object; result: bigint };
  close: { params: object; result: null };
}

export type EngineRequestName = keyof EngineRequests;
export interface EngineRequest<Name extends EngineRequestName = EngineRequestName> {
  job: number;
  name: Name;
  params: EngineRequests[Name]["params"];
}
export type EngineReply = { job: number; commit: Commit | null; usage: CallUsage | null } & (
  { result: unknown } | { failure: FailureReport }
);
