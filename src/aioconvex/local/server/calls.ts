// From what a client sent to a call that a worker accepts; the same over HTTP and over WebSocket.
import type { Caller } from "./auth/caller.ts";
import type { CallRequest } from "./functionRunner.ts";
import { LIMITS } from "./engine/limits.ts";
import { failed, type Outcome } from "./engine/outcome.ts";
import { displayPath, type FunctionKind } from "./project/functions.ts";
import { InvalidValue, type Json, normalize } from "./values/json.ts";
import { measure, spellSize } from "./values/size.ts";

export const NO_COMPONENTS = "Components are not supported by the local deployment yet.";

/** A call as the client wrote it, its path canonical. Invalid values fail the call, not the request. */
export interface Call {
  path: string;
  args: Json[] | InvalidValue;
}

/** Reads an argument list or a single object; fails with InvalidJson on what no server would parse. */
export function parseArgs(args: Json): Json[] | InvalidValue {
  try {
    return (Array.isArray(args) ? args : [args]).map((arg) => normalize(arg));
  } catch (error) {
    if (error instanceof InvalidValue) return error;
    throw error;
  }
}

/** The request for the deployment, or how the call fails without it. */
export function callRequest(
  { path, args }: Call,
  caller: Caller,
  kind: FunctionKind | null,
  requestId: string,
): CallRequest | Outcome {
  if (args instanceof InvalidValue) return invalidArguments(path, args);
  try {
    const { size } = measure(args);
    if (size > LIMITS.valueSize) return tooLarge(path, size, LIMITS.valueSize);
  } catch (error) {
    if (error instanceof InvalidValue) return invalidArguments(path, error);
    throw error;
  }
  const { identity, isAdmin: allowInternal } = caller;
  return { path, args: JSON.stringify(args), identity, requestId, kind, allowInternal };
}

export function tooLarge(path: string, size: number, limit: number): ReturnType<typeof failed> {
  const sizes = `actual: ${spellSize(size)}, limit: ${spellSize(limit)}`;
  return failed(`Arguments for ${displayPath(path)} are too large (${sizes})`);
}

export function invalidArguments(path: string, { message }: InvalidValue): Outcome {
  return failed(`Invalid arguments for ${displayPath(path)}: ${message}`);
}
