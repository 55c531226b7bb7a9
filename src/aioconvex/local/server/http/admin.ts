// Endpoints for the deployment's admin: environment, indexes, and the control of the local deployment itself.
import { injectFault } from "./faults.ts";
import { badBody, readJson } from "./functions.ts";
import { HttpError, json, type Reply } from "./reply.ts";
import type { HttpRequest } from "./server.ts";
import { ISSUED } from "../auth/issuer.ts";
import type { Deployment, EnvironmentChange } from "../deployment.ts";
import { isObject, type Json } from "../values/json.ts";

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export class AdminEndpoints {
  private readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  checkAdminKey(): Reply {
    return json({ success: true, allowedOps: [], isReadOnly: false });
  }

  async indexes(): Promise<Reply> {
    return json({ indexes: await this.deployment.indexes() });
  }

  async environment(): Promise<Reply> {
    return json({ environmentVariables: await this.deployment.environment() });
  }

  async changeEnvironment(request: HttpRequest): Promise<Reply> {
    const { changes } = await readJson(request);
    await this.deployment.changeEnvironment(parseChanges(changes));
    return json({});
  }

  async reset(): Promise<Reply> {
    await this.deployment.reset();
    return json({});
  }

  async snapshot(): Promise<Reply> {
    return json({ snapshot: await this.deployment.snapshot() });
  }

  async restore(request: HttpRequest): Promise<Reply> {
    const { snapshot } = await readJson(request);
    if (typeof snapshot !== "string") throw badBody("`snapshot` must be a string");
    if (await this.deployment.restore(snapshot)) return json({});
    throw new HttpError(400, "UnknownSnapshot", "This deployment has no such snapshot.");
  }

  /** What has been logged after the first `known` lines, once there is something; without `known`, nothing. */
  async logs(request: HttpRequest): Promise<Reply> {
    const { known } = await readJson(request);
    const { logs } = this.deployment;
    if (known === undefined) return json({ lines: [], count: logs.count });
    if (!Number.isSafeInteger(known)) throw badBody("`known` must be a whole number");
    const lines = await logs.after(known as number);
    return json({ lines, count: logs.count });
  }

  fault(request: HttpRequest): Promise<Reply> {
    return injectFault(this.deployment.faults, request);
  }

  recentCalls(): Reply {
    return json({ calls: this.deployment.recentCalls.list() });
  }

  async advanceClock(request: HttpRequest): Promise<Reply> {
    const { seconds } = await readJson(request);
    if (typeof seconds !== "number" || !(seconds >= 0)) {
      throw badBody("`seconds` must be a number that is not negative");
    }
    this.deployment.advance(seconds * 1000);
    return json({});
  }

  async waitIdle(): Promise<Reply> {
    await this.deployment.scheduler.idle();
    return json({});
  }

  async push(): Promise<Reply> {
    const { functions, indexesAdded, indexesDropped } = await this.deployment.push();
    return json({ functions: functions.length, indexesAdded, indexesDropped });
  }

  async mintToken(request: HttpRequest): Promise<Reply> {
    const { subject, expiresIn, claims } = await readJson(request);
    const { issuer } = this.deployment;
    if (issuer === null) {
      throw new HttpError(
        400,
        "MintingNotEnabled",
        "This deployment mints no tokens: start it with LocalDeployment(..., mint_tokens=True).",
      );
    }
    if (typeof subject !== "string" || subject === "") throw badBody("`subject` must be a string");
    if (typeof expiresIn !== "number") throw badBody("`expiresIn` must be a number of seconds");
    if (!isObject(claims)) throw badBody("`claims` must be an object");
    const taken = ISSUED.find((name) => Object.hasOwn(claims, name));
    if (taken !== undefined) throw badBody(`the claim ${taken} is set by the issuer`);
    return json({ token: issuer.mint(subject, expiresIn, claims) });
  }

  async status(): Promise<Reply> {
    const { runner, convexVersion, reloadFailure } = this.deployment;
    const tables = await this.deployment.documentCounts();
    const versions = { convex: convexVersion, node: process.versions.node };
    return json({ functions: runner.functionCount, ...versions, tables, reloadFailure });
  }
}

export function parseChanges(changes: Json | undefined): EnvironmentChange[] {
  if (!Array.isArray(changes)) throw badBody("`changes` must be an array");
  return changes.map(parseChange);
}

function parseChange(change: Json): EnvironmentChange {
  const { name, value } = isObject(change) ? change : {};
  if (typeof name !== "string" || !VARIABLE_NAME.test(name))
    throw badBody("environment variables need a valid name");
  if (value !== undefined && value !== null && typeof value !== "string")
    throw badBody(`the value of ${name} must be a string`);
  return { name, value: value ?? null };
}
