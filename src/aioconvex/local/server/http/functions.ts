// Calling functions over HTTP.
import { defaultFormat } from "./client.ts";
import { HttpError, internalError, json, JSON_TYPE, type Reply } from "./reply.ts";
import type { HttpRequest } from "./server.ts";
import type { Caller } from "../auth/caller.ts";
import { type Call, callRequest, invalidArguments, NO_COMPONENTS, parseArgs } from "../calls.ts";
import type { Deployment } from "../deployment.ts";
import type { CallRequest } from "../functionRunner.ts";
import { errorText, failed, type Outcome } from "../engine/outcome.ts";
import { newRequestId } from "../engine/metadata.ts";
import { canonicalPath, type FunctionKind, notFoundText } from "../project/functions.ts";
import { isSystem, systemKind } from "../system/kinds.ts";
import {
  type Format,
  InvalidJson,
  InvalidValue,
  isObject,
  type Json,
  type JsonObject,
  parseFormat,
  parseTs,
  spellTs,
  write,
} from "../values/json.ts";

export class FunctionEndpoints {
  private readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  /** `/api/query`, `/api/mutation`, `/api/action`; with null as kind `/api/function`. */
  async call(request: HttpRequest, caller: Caller, kind: FunctionKind | null): Promise<Reply> {
    if (kind === null && !caller.isAdmin) throw forbidden();
    const fallback = defaultFormat(request.headers["convex-client"]);
    const body = await readJson(request);
    if (kind === null && namesComponent(body)) {
      return json(spellOutcome(failed(NO_COMPONENTS), fallback, requestIdOf(request)));
    }
    return this.answer(body, caller, kind, requestIdOf(request), fallback);
  }

  /** `/api/run/dir/module/function` */
  async run(request: HttpRequest, caller: Caller, segments: string[]): Promise<Reply> {
    if (segments.length < 2) {
      throw new HttpError(400, "MissingIdentifier", "The path must name a module and a function.");
    }
    const path = `${segments.slice(0, -1).join("/")}:${segments.at(-1)}`;
    return this.answer({ ...(await readJson(request)), path }, caller, null, requestIdOf(request), "json");
  }

  async queryTs(): Promise<Reply> {
    return json({ ts: spellTs(await this.deployment.runner.snapshotTs()) });
  }

  async queryAtTs(request: HttpRequest, caller: Caller): Promise<Reply> {
    const fallback = defaultFormat(request.headers["convex-client"]);
    const body = await readJson(request);
    const ts = decodeTs(body["ts"]);
    const requestId = requestIdOf(request);
    const outcome = await this.queryAt(parseCall(body), caller, ts, requestId);
    return json(spellOutcome(outcome, outputFormat(body, fallback), requestId));
  }

  async queryBatch(request: HttpRequest, caller: Caller): Promise<Reply> {
    const fallback = defaultFormat(request.headers["convex-client"]);
    const { queries } = await readJson(request);
    if (!Array.isArray(queries)) throw badBody("`queries` must be an array");
    const bodies = queries.map((query) => (isObject(query) ? query : {}));
    const calls = bodies.map(parseCall);
    const formats = bodies.map((body) => outputFormat(body, fallback));
    const requestId = requestIdOf(request);
    const ts = await this.deployment.runner.snapshotTs();
    const outcomes = await Promise.all(calls.map((call) => this.queryAt(call, caller, ts, requestId)));
    const results = outcomes.map((outcome, i) => spellOutcome(outcome, formats[i]!, requestId));
    return json(`{"results":[${results.join(",")}]}`);
  }

  private async answer(
    body: JsonObject,
    caller: Caller,
    kind: FunctionKind | null,
    requestId: string,
    fallback: Format,
  ): Promise<Reply> {
    const call = parseCall(body);
    const outcome = isSystem(call.path)
      ? await this.systemCall(call, caller, kind)
      : await this.userCall(callRequest(call, caller, kind, requestId));
    // Only now, as on the server: a mutation has committed even if its format is refused.
    return json(spellOutcome(outcome, outputFormat(body, fallback), requestId));
  }

  private userCall(request: CallRequest | Outcome): Promise<Outcome> | Outcome {
    if ("ok" in request) return request;
    const { runner, faults } = this.deployment;
    const run = () => runner.call(request);
    return faults === null ? run() : faults.around(request.path, run, () => runner.rehearse(request));
  }

  private async queryAt(call: Call, caller: Caller, ts: bigint, requestId: string): Promise<Outcome> {
    const request = callRequest(call, caller, "Query", requestId);
    if ("ok" in request) return request;
    const outcome = await this.deployment.runner.queryAt(request, ts);
    if (outcome === "ahead of the deployment") throw internalError(500);
    if (outcome === "out of retention") throw internalError(503);
    return outcome;
  }

  private async systemCall(
    { path, args }: Call,
    { isAdmin }: Caller,
    kind: FunctionKind | null,
  ): Promise<Outcome> {
    if (!isAdmin || (kind !== null && kind !== systemKind(path)))
      return failed(notFoundText(path, kind === null ? "any" : "public"));
    if (args instanceof InvalidValue) return invalidArguments(path, args);
    const outcome = await this.deployment.writer.request("system", { name: path, args: args[0] ?? {} });
    if (outcome !== "not found") return outcome;
    return failed(`The system function '${path}' is not supported by the local deployment yet.`);
  }
}

export function forbidden(): HttpError {
  return new HttpError(
    403,
    "BadDeployKey",
    "The provided deploy key was invalid for this instance: an admin key is required.",
  );
}

export async function readJson({ headers, body }: HttpRequest): Promise<JsonObject> {
  const type = headers["content-type"] ?? "";
  const text = await body();
  if (!JSON_TYPE.test(type)) throw badBody("the content type must be application/json");
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw badBody((error as Error).message);
  }
  if (!isObject(value)) throw badBody("an object is expected");
  return value;
}

export function badBody(reason: string): HttpError {
  return new HttpError(400, "BadJsonBody", `Request body is not as expected: ${reason}`);
}

function requestIdOf({ headers }: HttpRequest): string {
  const given = headers["convex-request-id"];
  return typeof given === "string" ? given : newRequestId();
}

function namesComponent({ componentPath = null }: JsonObject): boolean {
  if (typeof componentPath === "string" || componentPath === null) return Boolean(componentPath);
  throw badBody("`componentPath` must be a string");
}

function parseCall({ path, args }: JsonObject): Call {
  if (typeof path !== "string") throw badBody("`path` must be a string");
  if (typeof args !== "object" || args === null) throw badBody("`args` must be an object or an array");
  const canonical = canonicalPath(path);
  if (canonical === null) {
    throw new HttpError(
      400,
      "BadConvexFunctionIdentifier",
      `${JSON.stringify(path)} is not a valid path to a Convex function.`,
    );
  }
  try {
    return { path: canonical, args: parseArgs(args) };
  } catch (error) {
    if (error instanceof InvalidJson) throw badBody(error.message);
    throw error;
  }
}

function outputFormat({ format = null }: JsonObject, fallback: Format): Format {
  if (format === null) return fallback;
  const known = typeof format === "string" ? parseFormat(format) : undefined;
  if (known === undefined) throw new HttpError(400, "BadFormat", `Unknown format ${JSON.stringify(format)}.`);
  return known;
}

function spellOutcome(outcome: Outcome, format: Format, requestId: string): string {
  const logs = outcome.logLines.length > 0 ? `,"logLines":${JSON.stringify(outcome.logLines)}` : "";
  if (outcome.ok)
    return `{"status":"success","value":${write(JSON.parse(outcome.value) as Json, format)}${logs}}`;
  const { data } = outcome.error;
  const text = JSON.stringify(errorText(requestId, outcome.error));
  const errorData = data === undefined ? "" : `,"errorData":${write(data, format)}`;
  return `{"status":"error","errorMessage":${text}${errorData}${logs}}`;
}

function decodeTs(text: Json | undefined): bigint {
  const ts = typeof text === "string" ? parseTs(text) : null;
  if (ts === null) throw internalError(500);
  return ts;
}
