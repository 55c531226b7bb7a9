// `/_local/faults`: what a test wants to go wrong.
import { badBody, readJson } from "./functions.ts";
import { HttpError } from "./reply.ts";
import type { HttpRequest } from "./server.ts";
import type { Deployment } from "../deployment.ts";
import type { CallFault, Faults } from "../faults.ts";
import type { FunctionRunner } from "../functionRunner.ts";
import { canonicalPath, type FunctionKind, wrongKindText } from "../project/functions.ts";
import type { Json, JsonObject } from "../values/json.ts";

/** How often Convex runs a mutation whose reads others change meanwhile, before it gives up. */
const MOST_TRIES = 4;
const CONFLICT = new HttpError(
  503,
  "OptimisticConcurrencyControlFailure",
  "What this mutation read was changed by others while it ran, each time it was tried.",
);

export async function injectFault({ faults, runner }: Deployment, request: HttpRequest): Promise<void> {
  const body = await readJson(request);
  if (faults === null) {
    throw new HttpError(
      400,
      "FaultsNotAllowed",
      "This deployment allows no faults: start it with LocalDeployment(..., allow_faults=True).",
    );
  }
  inject(faults, runner, body);
}

function inject(faults: Faults, runner: FunctionRunner, body: JsonObject): void {
  switch (body["kind"]) {
    case "call":
      return faults.add(served(parseCall(body), runner));
    case "conflict":
      return faults.add(served(parseConflict(body), runner, "Mutation"));
    case "closeSockets": {
      const [code, reason] = [whole(body, "code"), string(body, "reason")];
      return [...faults.sessions].forEach((session) => session.closeWith(code, reason));
    }
    case "refuseUsers": {
      const reason = string(body, "reason");
      return [...faults.sessions].forEach((session) => session.refuseIdentity(reason, false));
    }
    case "holdTransitions":
      return faults.hold();
    case "releaseTransitions":
      return faults.release();
    case "chunkTransitions":
      faults.chunkBytes = whole(body, "bytes");
      return;
    case "clear":
      return faults.clear();
    default:
      throw badBody("`kind` names no fault");
  }
}

/** A fault that can never happen would make its test pass for nothing. */
function served(fault: CallFault, runner: FunctionRunner, wanted?: FunctionKind): CallFault {
  const kind = runner.kindOf(fault.path);
  if (kind === undefined) throw badBody(`there is no function ${fault.path}`);
  if (wanted !== undefined && kind !== wanted) throw badBody(wrongKindText(fault.path, wanted, kind));
  return fault;
}

function parseCall(body: JsonObject): CallFault {
  const { instead, runs } = body;
  if (typeof runs !== "boolean") throw badBody("`runs` must be a boolean");
  const delayMs = whole(body, "delayMs", 0);
  return { ...parseWhich(body), delayMs, undone: 0, instead: parseInstead(instead), runs };
}

function parseConflict(body: JsonObject): CallFault {
  const undone = whole(body, "undone");
  if (undone > MOST_TRIES) throw badBody(`\`undone\` must be ${MOST_TRIES} or less, as Convex gives up then`);
  const lost = undone === MOST_TRIES;
  return { ...parseWhich(body), delayMs: 0, undone, instead: lost ? CONFLICT : null, runs: !lost };
}

function parseWhich(body: JsonObject): Pick<CallFault, "path" | "times"> {
  const path = canonicalPath(string(body, "path"));
  if (path === null) throw badBody("`path` must name a function");
  return { path, times: whole(body, "times") };
}

function parseInstead(instead: Json | undefined): CallFault["instead"] {
  if (instead === null || instead === "drop") return instead;
  if (typeof instead !== "object" || Array.isArray(instead)) throw badBody("`instead` must be an object");
  return new HttpError(whole(instead, "status", 400), string(instead, "code"), string(instead, "message"));
}

function string(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== "string") throw badBody(`\`${name}\` must be a string`);
  return value;
}

function whole(body: JsonObject, name: string, least = 1): number {
  const value = body[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw badBody(`\`${name}\` must be a whole number from ${least}`);
}
