// How a function call ends, in the plain form that crosses threads.
import type { FrameMapper } from "../project/sourceMaps.ts";
import { errorTitle } from "../project/sourceMaps.ts";
import type { Json } from "../values/json.ts";

/** A failed function: the text after `Server Error\n`, and the data of a ConvexError. */
export interface FunctionError {
  message: string;
  data?: Json;
}
export type Outcome =
  { ok: true; value: string; logLines: string[] } | { ok: false; error: FunctionError; logLines: string[] };
/** A mutation's also says when it was committed; a failed one was not. */
export type MutationOutcome = Outcome & { ts: bigint | null };

export function failed(message: string): Extract<Outcome, { ok: false }> {
  return { ok: false, error: { message }, logLines: [] };
}

/** An error's text as clients get it. */
export function errorText(requestId: string, { message }: FunctionError): string {
  return `[Request ID: ${requestId}] Server Error\n${message}\n`;
}

/** A failure of the engine's own making: its text stands alone, without `Uncaught` and frames. */
export class FunctionFailure extends Error {
  readonly report: FunctionError;

  constructor(report: FunctionError) {
    super(report.message);
    this.report = report;
  }
}

const LONGEST_MESSAGE = 64 << 10;

/** What the client is told about something user code threw. */
export function describeThrown(thrown: unknown, frames: FrameMapper): FunctionError {
  if (thrown instanceof FunctionFailure) return thrown.report;
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  const text = [`Uncaught ${errorTitle(thrown)}`, ...frames.frames(stack)].join("\n");
  const message = text.slice(0, LONGEST_MESSAGE);
  const data = convexErrorData(thrown);
  return data === undefined ? { message } : { message, data };
}

/** npm convex has replaced the data by its JSON text before the error arrives here. */
function convexErrorData(thrown: unknown): Json | undefined {
  if (typeof thrown !== "object" || thrown === null || !(Symbol.for("ConvexError") in thrown))
    return undefined;
  const { data } = thrown as { data?: unknown };
  return typeof data === "string" ? (JSON.parse(data) as Json) : null;
}

/** The error a syscall rejects with; npm convex rethrows it in user code, data included. */
export function asSyscallError(error: FunctionError): Error {
  return Object.assign(new Error(error.message), error.data === undefined ? {} : { data: error.data });
}
