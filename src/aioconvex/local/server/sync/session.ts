// One sync connection: its versions, its identity, the order of its requests, and when it is sent a transition.
import { createHash } from "node:crypto";
import {
  authError,
  type ClientMessage,
  fatalError,
  Malformed,
  parseMessage,
  type QueryChange,
  type RequestMessage,
  response,
  transition,
  type Version,
} from "./messages.ts";
import type { Listener, Peer } from "./peer.ts";
import { QuerySet } from "./querySet.ts";
import type { Authenticator, Credentials } from "../auth/authenticator.ts";
import { type Caller, NOBODY } from "../auth/caller.ts";
import { callRequest, NO_COMPONENTS } from "../calls.ts";
import { CatchUp } from "../catchUp.ts";
import type { Deployment } from "../deployment.ts";
import { failed, type Outcome } from "../engine/outcome.ts";
import { newRequestId } from "../engine/metadata.ts";
import { spellError } from "../failure.ts";
import type { CallRequest } from "../functionRunner.ts";
import { type Disturbed, Dropped } from "../faults.ts";
import { HttpError } from "../http/reply.ts";

const MOST_WAITING = 1000;
const SYSTEM_ERROR = { code: 1011, reason: "InternalServerError" };

/** Statuses of an overloaded server and of one that lost a race. */
const PASSING = new Set([429, 503]);

/** Mutations that have committed say when. */
type Answer = Outcome & { ts?: bigint | null };

/** The connection ends with a close code, after which clients try again. */
class Closing extends Error {
  readonly code: number;
  readonly reason: string;

  constructor({ code, reason } = SYSTEM_ERROR) {
    super(reason);
    this.code = code;
    this.reason = reason;
  }
}

export class Session implements Listener, Disturbed {
  private readonly deployment: Deployment;
  private readonly authenticator: Authenticator;
  private readonly peer: Peer;
  private readonly queries: QuerySet;
  private ended = false;
  private sessionId: string | null = null;
  private clockSkew: number | null = null;
  private caller: Caller = NOBODY;
  private authenticating = false;
  private readonly backlog: string[] = [];
  /** What the client has asked for, and what it has been sent. */
  private readonly asked = { querySet: 0, identity: 0 };
  private sent: Version = { querySet: 0, identity: 0, ts: 0n };
  private readonly queryIds = new Set<number>();
  private changes: QueryChange[] = [];
  private readonly transitions = new CatchUp(() => this.sendTransition().catch((error) => this.fail(error)));
  private mutations: Promise<void> = Promise.resolve();
  private readonly waiting = { Mutation: 0, Action: 0 };

  constructor(deployment: Deployment, authenticator: Authenticator, peer: Peer) {
    this.deployment = deployment;
    this.authenticator = authenticator;
    this.peer = peer;
    this.queries = new QuerySet(deployment.live, () => this.update());
    deployment.faults?.sessions.add(this);
  }

  received(text: string): void {
    if (this.authenticating) this.backlog.push(text);
    else this.take(text);
  }

  private take(text: string): void {
    try {
      this.handle(parseMessage(text));
    } catch (error) {
      this.fail(error);
    }
  }

  closed(): void {
    this.ended = true;
    this.deployment.faults?.sessions.delete(this);
    this.queries.release();
  }

  private handle(message: ClientMessage): void {
    switch (message.type) {
      case "Connect":
        return this.connect(message);
      case "Authenticate":
        return this.authenticate(message.baseVersion, message.credentials);
      case "ModifyQuerySet":
        return this.modify(message);
      case "Mutation":
      case "Action":
        return this.request(message);
      case "Event":
    }
  }

  private connect({ sessionId, maxObservedTs, clientTs }: Extract<ClientMessage, { type: "Connect" }>): void {
    // A client that has seen later data than there is belongs to another deployment.
    if (maxObservedTs > this.deployment.live.ts) throw new Closing();
    this.sessionId = sessionId;
    this.clockSkew = clientTs === null ? null : Math.round(clientTs - this.deployment.clock.now());
  }

  private authenticate(baseVersion: number, credentials: Credentials): void {
    if (baseVersion !== this.asked.identity) throw new Closing();
    this.authenticating = true;
    this.peer.pause();
    void this.changeCaller(credentials)
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.takeBacklog());
  }

  private async changeCaller(credentials: Credentials): Promise<void> {
    try {
      this.caller = await this.authenticator.of(credentials);
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error;
      return this.refuseIdentity(error.message, true);
    }
    this.asked.identity++;
    this.update();
  }

  /** What came while the identity was being checked belongs to the new one. */
  private takeBacklog(): void {
    this.authenticating = false;
    this.peer.resume();
    while (!this.authenticating && !this.ended) {
      const text = this.backlog.shift();
      if (text === undefined) return;
      this.take(text);
    }
  }

  closeWith(code: number, reason: string): void {
    this.peer.close(code, reason);
  }

  refuseIdentity(reason: string, attempted: boolean): void {
    void this.peer.send(authError(reason, this.asked.identity, attempted));
    this.peer.close();
  }

  /** Whether the user's token has run out, which ends the connection. */
  private hasExpired(): boolean {
    if (!this.deployment.users.hasExpired(this.caller)) return false;
    this.refuseIdentity("Convex token identity expired", false);
    return true;
  }

  private modify({
    baseVersion,
    newVersion,
    changes,
  }: Extract<ClientMessage, { type: "ModifyQuerySet" }>): void {
    if (baseVersion !== this.asked.querySet) {
      throw new HttpError(
        400,
        "BaseVersionMismatch",
        `Base version ${baseVersion} passed up doesn't match the current version ${this.asked.querySet}`,
      );
    }
    if (newVersion <= baseVersion) throw new Closing();
    for (const { type, queryId } of changes) {
      if (this.queryIds.has(queryId) === (type === "Add")) throw new Closing();
      if (type === "Add") this.queryIds.add(queryId);
      else this.queryIds.delete(queryId);
    }
    this.changes.push(...changes);
    this.asked.querySet = newVersion;
    this.update();
  }

  // --- mutations and actions

  private request(message: RequestMessage): void {
    const { type, component } = message;
    if (this.hasExpired()) return;
    if (component !== null && !this.caller.isAdmin) throw new Closing();
    if (this.waiting[type] >= MOST_WAITING) {
      const reason =
        type === "Mutation" ? "TooManyConcurrentMutations" : "TooManyInflightActionsForSingleClient";
      throw new Closing({ code: 1013, reason });
    }
    this.waiting[type]++;
    const { caller } = this;
    const previous = type === "Mutation" ? this.mutations : Promise.resolve();
    const done = previous
      .then(() => this.answer(message, caller))
      .catch((error: unknown) => this.fail(error));
    if (type === "Mutation") this.mutations = done;
  }

  private async answer(message: RequestMessage, caller: Caller): Promise<void> {
    if (this.ended) return;
    const { type, component, requestId } = message;
    const callId = this.callId(requestId);
    const request = component === null ? callRequest(message, caller, type, callId) : failed(NO_COMPONENTS);
    const outcome: Answer = "ok" in request ? request : await this.run(message, request);
    this.waiting[type]--;
    const ts = type === "Mutation" ? (outcome.ts ?? null) : undefined;
    const left = this.peer.send(response(message, outcome, callId, ts));
    this.update();
    // The next mutation waits, so that answers cannot pile up before a client that does not read.
    await left;
  }

  private run({ type, requestId }: RequestMessage, request: CallRequest): Promise<Answer> {
    const { faults, runner } = this.deployment;
    const origin = this.sessionId === null ? null : { session: this.sessionId, request: requestId };
    const run = (): Promise<Answer> =>
      type === "Action" ? runner.call(request) : runner.mutate(request, origin);
    if (faults === null) return run();
    return faults.around(request.path, run, () => runner.rehearse(request)).catch(asClosing);
  }

  /** The id in error texts, which the client can compute too. */
  private callId(requestId: number): string {
    if (this.sessionId === null) return newRequestId();
    return createHash("sha256").update(`${this.sessionId}|${requestId}`).digest("hex").slice(0, 16);
  }

  // --- transitions

  /** What came with the same message from the engine goes out first, such as a mutation's response. */
  private update(): void {
    this.transitions.wake();
  }

  private async sendTransition(): Promise<void> {
    const { faults } = this.deployment;
    await faults?.released();
    if (this.ended || this.hasExpired()) return;
    const { caller } = this;
    const asked = { ...this.asked };
    const removed = this.queries.apply(this.changes.splice(0));
    await this.queries.evaluate(caller);
    if (this.ended) return;
    const end = { ...asked, ts: this.deployment.live.ts };
    const changes = [...removed, ...this.queries.changed()];
    const text = transition(this.sent, end, changes, this.clockSkew, this.deployment.clock.now());
    this.sent = end;
    await this.peer.sendTransition(text, faults?.chunkBytes);
  }

  private fail(error: unknown): void {
    if (error instanceof Dropped) return this.peer.drop();
    if (error instanceof Closing) return this.peer.close(error.code, error.reason);
    if (error instanceof Malformed || (error instanceof HttpError && error.status < 500)) {
      void this.peer.send(fatalError(error.message));
      return this.peer.close();
    }
    if (!this.ended) process.stderr.write(`Internal error: ${spellError(error)}\n`);
    this.peer.close(SYSTEM_ERROR.code, SYSTEM_ERROR.reason);
  }
}

/** Errors of the system close the connection: those that pass with their code, others without. */
function asClosing(error: unknown): never {
  if (!(error instanceof HttpError)) throw error;
  throw PASSING.has(error.status) ? new Closing({ code: 1013, reason: error.code }) : new Closing();
}
