// Worker thread for actions: many at once, real clock and network, no database of its own.
import { AsyncLocalStorage } from "node:async_hooks";
import { parentPort, workerData } from "node:worker_threads";
import type {
  ActionAnswer,
  ActionData,
  ActionQuestion,
  ActionRequest,
  ActionResult,
  FromActionWorker,
  HttpActionOutcome,
  HttpActionRequest,
  ToActionWorker,
} from "./messages.ts";
import { respond, unrouted } from "./http.ts";
import { blobSyscall } from "./storage.ts";
import { checkArguments, checkReturns } from "../engine/checks.ts";
import { installClock, installProcess } from "../engine/environment.ts";
import type { FunctionCall } from "../engine/execute.ts";
import type { ScheduleRequest } from "../engine/jobs.ts";
import { installConsole, surviveLostErrors } from "../engine/logs.ts";
import type { VectorQuery } from "../engine/messages.ts";
import { commonMetadata, unsupported } from "../engine/metadata.ts";
import { asSyscallError, describeThrown, FunctionFailure, type Outcome } from "../engine/outcome.ts";
import { calledFunction, type NestedCall } from "../engine/references.ts";
import type { TableNames } from "../engine/validate.ts";
import { Clock } from "../clock.ts";
import { reportOf } from "../failure.ts";
import { type FunctionKind, notFoundText } from "../project/functions.ts";
import {
  functionInfo,
  loadNodeProgram,
  loadProgram,
  type Program,
  type UserFunction,
} from "../project/program.ts";
import type { Json } from "../values/json.ts";

type SyscallArgs = ScheduleRequest & { id: string; query: VectorQuery; storageId: string };
interface RunningAction {
  call: FunctionCall;
  logLines: string[];
  /** Why the user's token was refused, where that does not end the call. */
  identityError?: string | null;
}

const port = parentPort!;
const running = new AsyncLocalStorage<RunningAction>();
const questions = new Map<number, PromiseWithResolvers<ActionAnswer>>();
let lastQuestion = 0;
let program: Program;

function send(message: FromActionWorker, transfer: ReadableStream[] = []): void {
  port.postMessage(message, transfer as never);
}

function streamsOf(result: ActionResult): ReadableStream[] {
  return "body" in result && result.body !== null ? [result.body] : [];
}

function ask(question: ActionQuestion): Promise<ActionAnswer> {
  const number = ++lastQuestion;
  const answered = Promise.withResolvers<ActionAnswer>();
  questions.set(number, answered);
  send({ question: number, ask: question });
  return answered.promise;
}

async function askOutcome(question: ActionQuestion): Promise<string> {
  const outcome = (await ask(question)) as Outcome;
  if (outcome.ok) return outcome.value;
  throw asSyscallError(outcome.error);
}

async function syscall(operation: string, text: string): Promise<string> {
  const action = running.getStore();
  if (action === undefined) throw new Error("Convex functions cannot be used while modules are loading.");
  const args = JSON.parse(text) as SyscallArgs;
  switch (operation) {
    case "1.0/actions/query":
      return runFunction(action, "Query", args);
    case "1.0/actions/mutation":
      return runFunction(action, "Mutation", args);
    case "1.0/actions/action":
      return runFunction(action, "Action", args);
    case "1.0/actions/schedule":
    case "1.0/actions/cancel_job":
      return askOutcome({ name: "schedule", operation, args });
    case "1.0/actions/vectorSearch":
      return askOutcome({ name: "vectorSearch", query: args.query });
    case "1.0/getUserIdentity":
      if (action.identityError) throw new Error(action.identityError);
      return JSON.stringify(action.call.identity);
    case "1.0/storageGenerateUploadUrl":
    case "1.0/storageGetUrl":
    case "1.0/storageGetMetadata":
    case "1.0/storageDelete":
      return askOutcome({ name: "storage", operation, args });
    default:
      return commonMetadata(operation, args, action.call);
  }
}

function runFunction({ call }: RunningAction, kind: FunctionKind, nested: NestedCall): Promise<string> {
  const { identity, requestId } = call;
  return askOutcome({
    name: "runFunction",
    kind,
    path: calledFunction(nested),
    args: nested.args,
    identity,
    requestId,
  });
}

async function invoke(called: UserFunction, action: RunningAction): Promise<string> {
  const tables = await tablesFor(called);
  checkArguments(called, action.call.args, tables);
  const value = await running.run(action, () => called.invoke(action.call.args));
  checkReturns(called, value, tables);
  return value;
}

/** Tables live in the other worker and are only needed to check ids. */
async function tablesFor({ argsValidator, returnsValidator }: UserFunction): Promise<TableNames> {
  const needed = JSON.stringify([argsValidator, returnsValidator]).includes('"type":"id"');
  const numbers = needed ? ((await ask({ name: "tables" })) as Record<string, number>) : {};
  const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
  return {
    table: (name) => (numbers[name] === undefined ? undefined : { number: numbers[name] }),
    numbered: (number) => (names.has(number) ? { name: names.get(number)! } : undefined),
  };
}

async function run(call: FunctionCall): Promise<Outcome> {
  const action: RunningAction = { call, logLines: [] };
  const { frames, functions } = program;
  try {
    const called = functions.get(call.path);
    if (called === undefined) throw new FunctionFailure({ message: notFoundText(call.path, "any") });
    return { ok: true, value: await invoke(called, action), logLines: action.logLines };
  } catch (error) {
    return { ok: false, error: describeThrown(error, frames), logLines: action.logLines };
  }
}

async function runHttp(request: HttpActionRequest): Promise<HttpActionOutcome> {
  const { frames, router } = program;
  const reason = unrouted(router, request);
  if (reason !== null) return { unrouted: reason };
  const { identity, identityError, requestId, method, url } = request;
  const path = `${method} ${new URL(url).pathname}`;
  const call = { path, args: "[]", identity, requestId };
  const action: RunningAction = { call, logLines: [], identityError };
  const tell = () => send({ path, logLines: action.logLines.splice(0) });
  try {
    return await running.run(action, () => respond(router!, request, tell));
  } catch (error) {
    const { message, data } = describeThrown(error, frames);
    tell();
    send({ path, logLines: [message] });
    const code = `[Request ID: ${requestId}] Server Error: ${message.split("\n")[0]}`;
    const body = { code, trace: message, ...(data === undefined ? {} : { data }) };
    const headers: [string, string][] = [["content-type", "application/json"]];
    return { status: 500, headers, body: new Response(JSON.stringify(body)).body };
  }
}

function perform(request: ActionRequest): Promise<ActionResult> {
  return request.name === "run" ? run(request.call) : runHttp(request);
}

port.on("message", (message: ToActionWorker) => {
  if ("question" in message) {
    const { resolve, reject } = questions.get(message.question)!;
    questions.delete(message.question);
    if ("failure" in message) reject(new Error(`The local deployment failed: ${message.failure.message}`));
    else resolve(message.answer);
    return;
  }
  const { job } = message;
  perform(message).then(
    (result) => send({ job, result }, streamsOf(result)),
    (error: unknown) => send({ job, failure: reportOf(error) }),
  );
});

const convex = {
  syscall: (operation: string): Json => {
    throw unsupported(operation);
  },
  asyncSyscall: syscall,
  jsSyscall: async (operation: string, args: unknown): Promise<unknown> => {
    const answer = blobSyscall(operation, args, ask);
    if (answer === undefined) throw unsupported(operation);
    return answer;
  },
};
/** The deployment's variables alone, also for code that has all of Node. */
function install({ runtime, environment, urls, clock }: ActionData): void {
  const variables = { ...environment, CONVEX_CLOUD_URL: urls.cloud, CONVEX_SITE_URL: urls.site };
  Object.assign(globalThis, { Convex: convex });
  Error.stackTraceLimit = 50;
  surviveLostErrors();
  installConsole(() => running.getStore()?.logLines);
  if (runtime === "node") Object.assign(process.env, variables);
  else installProcess(() => variables);
  installClock(new Clock(clock).now);
}

try {
  const data = workerData as ActionData;
  install(data);
  program = data.runtime === "node" ? loadNodeProgram(data.bundle) : loadProgram(data.bundle, data.elsewhere);
  send({ loaded: [...program.functions.values()].map(functionInfo) });
} catch (error) {
  send({ notLoaded: reportOf(error) });
}
