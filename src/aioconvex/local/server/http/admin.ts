// Endpoints for the deployment's admin: environment, indexes, and the control of the local deployment itself.
import { injectFault } from "./faults.ts";
import { badBody, readJson } from "./functions.ts";
import { HttpError } from "./reply.ts";
import type { HttpRequest } from "./server.ts";
import { ISSUED } from "../auth/issuer.ts";
import type { Deployment, EnvironmentChange } from "../deployment.ts";
import { isObject, type Json } from "../values/json.ts";

/** In seconds; far later there are no dates any more. */
const LONGEST_ADVANCE = 1000 * 366 * 24 * 60 * 60;
const VARIABLE_NAME = /^[A-Za-z]\w{0,255}$/;
const LONGEST_VALUE = 8 << 10;
/** What the deployment itself tells its functions. */
const BUILT_IN = ["CONVEX_CLOUD_URL", "CONVEX_SITE_URL"];

/** Gives what is answered as JSON, if there is anything to say. */
export type AdminEndpoint = (request: HttpRequest) => object | void | Promise<object | void>;

/** By method and path. */
export function adminRoutes(deployment: Deployment): Record<string, AdminEndpoint> {
  const { recentCalls, scheduler, writer } = deployment;
  const environment = async () => ({ environmentVariables: await writer.request("environment", {}) });
  const changeEnvironment = async (request: HttpRequest) => {
    const { changes } = await readJson(request);
    await deployment.changeEnvironment(parseChanges(changes));
  };
  return {
    "GET /api/check_admin_key": () => ({ success: true, allowedOps: [], isReadOnly: false }),
    "GET /api/get_indexes": async () => ({ indexes: await writer.request("indexes", {}) }),
    "GET /api/list_environment_variables": environment,
    "GET /api/v1/list_environment_variables": environment,
    "POST /api/update_environment_variables": changeEnvironment,
    "POST /api/v1/update_environment_variables": changeEnvironment,
    "POST /_local/env": changeEnvironment,
    "POST /_local/reset": () => deployment.reset(),
    "POST /_local/snapshot": async () => ({ snapshot: await deployment.snapshot() }),
    "POST /_local/restore": (request) => restore(deployment, request),
    "POST /_local/faults": (request) => injectFault(deployment, request),
    "POST /_local/logs": (request) => logs(deployment, request),
    "POST /_local/calls": () => ({ calls: recentCalls.list() }),
    "POST /_local/clock": (request) => advanceClock(deployment, request),
    "POST /_local/idle": () => scheduler.idle(),
    "POST /_local/push": () => push(deployment),
    "POST /_local/token": (request) => mintToken(deployment, request),
    "GET /_local/status": () => status(deployment),
  };
}

async function restore(deployment: Deployment, request: HttpRequest): Promise<void> {
  const { snapshot } = await readJson(request);
  if (typeof snapshot !== "string") throw badBody("`snapshot` must be a string");
  if (await deployment.restore(snapshot)) return;
  throw new HttpError(400, "UnknownSnapshot", "This deployment has no such snapshot.");
}

/** What has been logged after the first `known` lines, once there is something; without `known`, nothing. */
async function logs({ logs }: Deployment, request: HttpRequest): Promise<object> {
  const { known } = await readJson(request);
  if (known === undefined) return { lines: [], count: logs.count };
  if (!Number.isSafeInteger(known)) throw badBody("`known` must be a whole number");
  const lines = await logs.after(known as number);
  return { lines, count: logs.count };
}

async function advanceClock(deployment: Deployment, request: HttpRequest): Promise<void> {
  const { seconds } = await readJson(request);
  if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= LONGEST_ADVANCE)) {
    throw badBody("`seconds` must be a number that is not negative, and of a thousand years at the most");
  }
  deployment.advance(seconds * 1000);
}

async function push(deployment: Deployment): Promise<object> {
  const { functions, indexesAdded, indexesDropped } = await deployment.push();
  return { functions: functions.length, indexesAdded, indexesDropped };
}

async function mintToken({ issuer }: Deployment, request: HttpRequest): Promise<object> {
  const { subject, expiresIn, claims } = await readJson(request);
  if (issuer === null) {
    throw new HttpError(
      400,
      "MintingNotEnabled",
      "This deployment mints no tokens: start it with LocalDeployment(..., mint_tokens=True).",
    );
  }
  if (typeof subject !== "string" || subject === "") throw badBody("`subject` must be a string");
  if (typeof expiresIn !== "number" || !Number.isFinite(expiresIn))
    throw badBody("`expiresIn` must be a number of seconds");
  if (!isObject(claims)) throw badBody("`claims` must be an object");
  const taken = ISSUED.find((name) => Object.hasOwn(claims, name));
  if (taken !== undefined) throw badBody(`the claim ${taken} is set by the issuer`);
  return { token: await issuer.mint(subject, expiresIn, claims) };
}

async function status(deployment: Deployment): Promise<object> {
  const { runner, convexVersion, reloadFailure, writer } = deployment;
  const tables = await writer.request("status", {});
  const versions = { convex: convexVersion, node: process.versions.node };
  return { functions: runner.functionCount, ...versions, tables, reloadFailure };
}

export function parseChanges(changes: Json | undefined): EnvironmentChange[] {
  if (!Array.isArray(changes)) throw badBody("`changes` must be an array");
  return changes.map(parseChange);
}

function parseChange(change: Json): EnvironmentChange {
  const { name, value } = isObject(change) ? change : {};
  if (typeof name !== "string" || !VARIABLE_NAME.test(name))
    throw badBody("environment variables need a valid name: a letter, then letters, digits and underscores");
  if (BUILT_IN.includes(name)) throw badBody(`${name} is set by the deployment`);
  if (value !== undefined && value !== null && typeof value !== "string")
    throw badBody(`the value of ${name} must be a string`);
  if (Buffer.byteLength(value ?? "") > LONGEST_VALUE)
    throw badBody(`the value of ${name} has more than ${LONGEST_VALUE} bytes`);
  return { name, value: value ?? null };
}
