// What clients say on a sync socket, checked before anything acts on it, and the texts of what they are told.
import type { Credentials } from "../auth/authenticator.ts";
import { type Call, parseArgs } from "../calls.ts";
import { errorText, type Outcome } from "../engine/outcome.ts";
import { canonicalPath } from "../project/functions.ts";
import {
  InvalidJson,
  isObject,
  type Json,
  type JsonObject,
  parseTs,
  spellTs,
  write,
} from "../values/json.ts";

/** A call that may name a component, which only admins may do. */
export interface WireCall extends Call {
  component: string | null;
}
export interface AddQuery extends WireCall {
  type: "Add";
  queryId: number;
  journal: string | null;
}
export type QueryChange = AddQuery | { type: "Remove"; queryId: number };
export interface RequestMessage extends WireCall {
  type: "Mutation" | "Action";
  requestId: number;
}
export type ClientMessage =
  | { type: "Connect"; sessionId: string; maxObservedTs: bigint; clientTs: number | null }
  | { type: "Authenticate"; baseVersion: number; credentials: Credentials }
  | { type: "ModifyQuerySet"; baseVersion: number; newVersion: number; changes: QueryChange[] }
  | RequestMessage
  | { type: "Event" };

/** Which query set and identity, at which time. */
export interface Version {
  querySet: number;
  identity: number;
  ts: bigint;
}

/** A message no client should send; it ends the connection for good. */
export class Malformed extends Error {
  constructor(reason: string) {
    super(`Received Invalid JSON on websocket: ${reason}`);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LARGEST_U32 = 2 ** 32 - 1;

export function parseMessage(text: string): ClientMessage {
  try {
    const message = JSON.parse(text) as Json;
    if (!isObject(message)) throw new Malformed("an object is expected");
    return read(message);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidJson) throw new Malformed(error.message);
    throw error;
  }
}

function read(message: JsonObject): ClientMessage {
  switch (message["type"]) {
    case "Connect":
      return {
        type: "Connect",
        sessionId: sessionId(message["sessionId"]),
        maxObservedTs: message["maxObservedTimestamp"] == null ? 0n : ts(message["maxObservedTimestamp"]),
        clientTs: typeof message["clientTs"] === "number" ? message["clientTs"] : null,
      };
    case "Authenticate":
      return {
        type: "Authenticate",
        baseVersion: u32(message, "baseVersion"),
        credentials: credentials(message),
      };
    case "ModifyQuerySet": {
      const [baseVersion, newVersion] = [u32(message, "baseVersion"), u32(message, "newVersion")];
      return {
        type: "ModifyQuerySet",
        baseVersion,
        newVersion,
        changes: list(message, "modifications").map(change),
      };
    }
    case "Mutation":
    case "Action":
      return { type: message["type"], requestId: u32(message, "requestId"), ...call(message) };
    case "Event":
      return { type: "Event" };
    default:
      throw new Malformed(`unknown type ${JSON.stringify(message["type"])}`);
  }
}

function change(change: Json): QueryChange {
  if (!isObject(change)) throw new Malformed("a modification must be an object");
  const queryId = u32(change, "queryId");
  if (change["type"] === "Remove") return { type: "Remove", queryId };
  if (change["type"] !== "Add") throw new Malformed(`unknown modification ${JSON.stringify(change["type"])}`);
  return { type: "Add", queryId, journal: optionalString(change, "journal"), ...call(change) };
}

function call(message: JsonObject): WireCall {
  const path = canonicalPath(string(message, "udfPath"));
  if (path === null) throw new Malformed(`${JSON.stringify(message["udfPath"])} is not a function path`);
  const component = optionalString(message, "componentPath");
  return { path, args: parseArgs(list(message, "args")), component: component === "" ? null : component };
}

function credentials(message: JsonObject): Credentials {
  switch (message["tokenType"]) {
    case "None":
      return { tokenType: "None" };
    case "User":
      return { tokenType: "User", value: string(message, "value") };
    case "Admin": {
      const impersonating = message["impersonating"] ?? message["acting_as"] ?? null;
      if (impersonating !== null && !isObject(impersonating))
        throw new Malformed("`impersonating` must be an object");
      return { tokenType: "Admin", value: string(message, "value"), impersonating };
    }
    default:
      throw new Malformed(`unknown tokenType ${JSON.stringify(message["tokenType"])}`);
  }
}

function u32(message: JsonObject, name: string): number {
  const value = message[name];
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > LARGEST_U32) {
    throw new Malformed(`\`${name}\` must be an unsigned 32-bit integer`);
  }
  return value as number;
}

function string(message: JsonObject, name: string): string {
  const value = message[name];
  if (typeof value !== "string") throw new Malformed(`\`${name}\` must be a string`);
  return value;
}

function optionalString(message: JsonObject, name: string): string | null {
  return message[name] == null ? null : string(message, name);
}

function list(message: JsonObject, name: string): Json[] {
  const value = message[name];
  if (!Array.isArray(value)) throw new Malformed(`\`${name}\` must be an array`);
  return value;
}

function sessionId(value: Json | undefined): string {
  if (typeof value !== "string" || !UUID.test(value)) throw new Malformed("`sessionId` must be a UUID");
  return value.toLowerCase();
}

function ts(value: Json | undefined): bigint {
  const ts = typeof value === "string" ? parseTs(value) : null;
  if (ts === null) throw new Malformed("a timestamp must be 8 bytes of base64");
  return ts;
}

// --- the server's messages

export const PING = '{"type":"Ping"}';

export function transition(
  start: Version,
  end: Version,
  modifications: string[],
  skew: number | null,
  now: number,
): string {
  const serverTs = BigInt(now) * 1_000_000n;
  return `{"type":"Transition","startVersion":${version(start)},"endVersion":${version(end)},"modifications":[${modifications.join(",")}],"clientClockSkew":${skew},"serverTs":${serverTs}}`;
}

function version({ querySet, identity, ts }: Version): string {
  return JSON.stringify({ querySet, identity, ts: spellTs(ts) });
}

export interface QueryResult {
  outcome: Outcome;
  journal: string | null;
  requestId: string;
}

/** The part of a query's result that every subscriber gets alike, without its braces. */
export function queryResult({ outcome, journal, requestId }: QueryResult): string {
  const rest = `"logLines":${JSON.stringify(outcome.logLines)},"journal":${JSON.stringify(journal)}`;
  return outcome.ok
    ? `"type":"QueryUpdated","value":${value(outcome)},${rest}`
    : `"type":"QueryFailed","errorMessage":${failure(outcome, requestId)},${rest}`;
}

export function queryRemoved(queryId: number): string {
  return JSON.stringify({ type: "QueryRemoved", queryId });
}

/** `ts` is left out of the answers to actions. */
export function response(
  { type, requestId }: RequestMessage,
  outcome: Outcome,
  callId: string,
  ts?: bigint | null,
): string {
  const result = outcome.ok ? value(outcome) : failure(outcome, callId);
  const time = ts === undefined ? "" : `"ts":${ts === null ? null : `"${spellTs(ts)}"`},`;
  return `{"type":"${type}Response","requestId":${requestId},"success":${outcome.ok},"result":${result},${time}"logLines":${JSON.stringify(outcome.logLines)}}`;
}

function value(outcome: Extract<Outcome, { ok: true }>): string {
  return write(JSON.parse(outcome.value) as Json, "convex_encoded_json");
}

/** The text and, behind it, the data of a ConvexError. */
function failure({ error }: Extract<Outcome, { ok: false }>, requestId: string): string {
  const data = error.data === undefined ? "" : `,"errorData":${write(error.data, "convex_encoded_json")}`;
  return JSON.stringify(errorText(requestId, error)) + data;
}

/** `authUpdateAttempted` tells a refused identity from one that has ended. */
export function authError(error: string, baseVersion: number, authUpdateAttempted: boolean): string {
  return JSON.stringify({ type: "AuthError", error, baseVersion, authUpdateAttempted });
}

export function fatalError(error: string): string {
  return JSON.stringify({ type: "FatalError", error });
}
