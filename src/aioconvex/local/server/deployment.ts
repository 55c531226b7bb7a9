// The deployment as a whole: its threads, the code and the data they share, from start to end.
import { join } from "node:path";
import { Actions } from "./actions/actions.ts";
import { answerAction } from "./actions/answers.ts";
import { LocalIssuer } from "./auth/issuer.ts";
import { Users } from "./auth/users.ts";
import { Clock } from "./clock.ts";
import { UploadTickets } from "./engine/uploads.ts";
import type { Commit, EngineData, LoadRequest, ProgramSummary, Urls } from "./engine/messages.ts";
import { type EngineListener, EngineThread } from "./engine/thread.ts";
import { Faults } from "./faults.ts";
import { Files } from "./files.ts";
import { reportOf } from "./failure.ts";
import { FunctionLogs } from "./functionLogs.ts";
import { FunctionRunner } from "./functionRunner.ts";
import { LiveQueries } from "./liveQueries.ts";
import type { Options } from "./options.ts";
import { bundleProject } from "./project/bundle.ts";
import type { Bundle } from "./project/program.ts";
import { RecentCalls } from "./recentCalls.ts";
import { Scheduler } from "./schedule/scheduler.ts";
import { FileFolder } from "./storage/fileFolder.ts";
import { SavedStates } from "./storage/savedStates.ts";

/** A change of one environment variable; null removes it. */
export interface EnvironmentChange {
  name: string;
  value: string | null;
}
export interface DeploymentOptions {
  folder: string;
  dataFolder: string;
  durable: boolean;
  /** Tokens for tests exist only where somebody has asked for them. */
  mintsTokens: boolean;
  /** Nor do faults. */
  allowsFaults: boolean;
  /** What user code may take, in milliseconds. */
  timeLimits: Options["timeLimits"];
}

/** What is under way since `open`. */
interface Opening {
  data: Promise<void>;
  bundle: Promise<Bundle>;
}

export class Deployment {
  readonly live: LiveQueries;
  readonly files: Files;
  /** Owns the data. */
  readonly writer: EngineThread;
  readonly runner: FunctionRunner;
  readonly scheduler: Scheduler;
  readonly recentCalls = new RecentCalls();
  readonly logs = new FunctionLogs();
  readonly clock = new Clock();
  readonly users = new Users(this.clock.now);
  /** Null unless tokens are minted. */
  readonly issuer: LocalIssuer | null;
  /** Null unless faults are allowed. */
  readonly faults: Faults | null;
  convexVersion = "";
  /** Why the files as they are now are not served; null when they are. */
  reloadFailure: string | null = null;
  urls!: Urls;
  tickets!: UploadTickets;
  private readonly options: DeploymentOptions;
  private readonly actions: Actions;
  private readonly savedStates: SavedStates;
  private readonly savedOffsets = new Map<string, number>();
  /** Started when it is first needed; changed only in `exclusively`, whose work may not wait for its start. */
  private reader: EngineThread | null = null;
  private loaded: LoadRequest | undefined;
  private pushing: Promise<unknown> = Promise.resolve();

  constructor(options: DeploymentOptions) {
    this.options = options;
    this.issuer = options.mintsTokens ? new LocalIssuer(this.clock.now) : null;
    this.faults = options.allowsFaults ? new Faults() : null;
    this.savedStates = new SavedStates(options.dataFolder);
    const files = new FileFolder(options.dataFolder);
    // What is left of an earlier process is of no use to anybody.
    this.savedStates.removeAll();
    files.removeUnfinished();
    const writer = this.engine("writer", { committed: (commit) => this.committed(commit) });
    this.writer = writer;
    this.files = new Files(files, writer);
    this.actions = new Actions({
      clock: this.clock.shared,
      timeLimits: options.timeLimits.actions,
      respond: (question) => answerAction({ writer, files: this.files, runner: this.runner }, question),
      logged: (path, lines) => this.logs.add(path, lines),
    });
    const threads = { writer, actions: this.actions, snapshotReader: () => this.snapshotReader() };
    this.runner = new FunctionRunner(threads, this.logs);
    this.live = new LiveQueries(this.runner);
    this.scheduler = new Scheduler(this.clock, writer, this.runner);
  }

  private engine(role: EngineData["role"], listener: Omit<EngineListener, "ran">): EngineThread {
    const { dataFolder, durable, timeLimits } = this.options;
    const path = join(dataFolder, "data.sqlite3");
    return new EngineThread(
      { role, path, durable, timeLimit: timeLimits.functions, clock: this.clock.shared },
      { ...listener, ran: (usage) => this.recentCalls.add(usage) },
    );
  }

  private committed(commit: Commit): void {
    this.live.committed(commit);
    if (commit.jobs) this.scheduler.wake();
  }

  /** Begins with what takes longest, and needs to know nothing else: opening the data, and bundling. */
  open(): Opening {
    // In this order, as our own bundler keeps this thread busy while the other one opens the data.
    const opening = { data: this.writer.start(), bundle: bundleProject(this.options.folder) };
    // Both failures are of interest, but one at a time, and to `start`.
    for (const part of Object.values(opening)) part.catch(() => undefined);
    return opening;
  }

  /** Changes the environment and loads the project for the first time. */
  async start({ data, bundle }: Opening, urls: Urls, changes: EnvironmentChange[]): Promise<void> {
    this.urls = urls;
    await data;
    this.tickets = new UploadTickets(await this.writer.request("secret", {}));
    if (changes.length > 0) await this.writer.request("changeEnvironment", { changes });
    await this.load(await bundle, true);
    await this.writer.request("recover", {});
    this.scheduler.start();
  }

  /** Reads the project again; if anything about it is wrong, the previous version stays in use. */
  push(): Promise<ProgramSummary> {
    return this.exclusively(() =>
      this.noting(bundleProject(this.options.folder).then((bundle) => this.load(bundle, true))),
    );
  }

  /** As `push`, but only if the bundle has changed. */
  reload(): Promise<ProgramSummary | "unchanged"> {
    return this.exclusively(async () => {
      const bundle = await this.noting(bundleProject(this.options.folder));
      if (isSame(bundle, this.bundle)) return "unchanged";
      return this.noting(this.load(bundle, true));
    });
  }

  private async noting<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      this.reloadFailure = null;
      return result;
    } catch (error) {
      this.reloadFailure = reportOf(error).message;
      throw error;
    }
  }

  /** Files the functions were made of that lie outside their folder. */
  get filesOutside(): readonly string[] {
    return this.bundle.outside;
  }

  changeEnvironment(changes: EnvironmentChange[]): Promise<void> {
    return this.exclusively(async () => {
      await this.writer.request("changeEnvironment", { changes });
      await this.load(this.bundle, false);
    });
  }

  async reset(): Promise<void> {
    // First, because cron jobs wait from the present on.
    this.clock.offset = 0;
    await this.writer.request("reset", {});
    this.scheduler.wake();
    this.recentCalls.clear();
    this.faults?.clear();
    this.live.invalidateAll();
  }

  /** Keeps data, environment and time as they are now, until the deployment stops; returns a name for that. */
  async snapshot(): Promise<string> {
    const name = await this.writer.request("save", {});
    this.savedOffsets.set(name, this.clock.offset);
    return name;
  }

  /** Brings back what `snapshot` kept; false when it has kept nothing under that name. */
  restore(name: string): Promise<boolean> {
    const offset = this.savedOffsets.get(name);
    if (offset === undefined) return Promise.resolve(false);
    return this.exclusively(async () => {
      // Pinned snapshots are of the data that goes.
      const { reader } = this;
      this.reader = null;
      await reader?.close();
      if (!(await this.writer.request("bring", { name }))) return false;
      this.clock.offset = offset;
      await this.load(this.bundle, true);
      await this.writer.request("recover", {});
      this.scheduler.wake();
      return true;
    });
  }

  async close(): Promise<void> {
    this.scheduler.stop();
    this.actions.close();
    await this.reader?.close();
    await this.writer.close();
    this.savedStates.removeAll();
  }

  /** Moves the deployment's time ahead; what is due by then runs. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.scheduler.wake();
  }

  // --- code

  private get bundle(): Bundle {
    return this.loaded!.bundle;
  }

  private async load(bundle: Bundle, deploy: boolean): Promise<ProgramSummary> {
    const { urls } = this;
    const environment = await this.writer.request("environment", {});
    const actions = await this.actions.prepare({ bundle, urls, environment });
    const { nodeFunctions } = actions;
    const request = { bundle, urls, nodeFunctions, deploy };
    const summary = await this.writer.load(request).catch((error: unknown) => {
      this.actions.discard(actions);
      throw error;
    });
    this.actions.use(actions);
    this.loaded = { ...request, deploy: false };
    this.convexVersion = bundle.convexVersion;
    this.runner.serve(summary.functions);
    const minted = this.issuer === null ? [] : [this.issuer.provider];
    this.users.setProviders([...summary.authProviders, ...minted]);
    this.live.invalidateAll();
    await this.reader?.load(this.loaded);
    return summary;
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.pushing.then(work);
    this.pushing = result.catch(() => undefined);
    return result;
  }

  /** Snapshots have a thread of their own, so that a runaway function elsewhere does not lose them. */
  private async snapshotReader(): Promise<EngineThread> {
    return this.reader ?? this.exclusively(async () => (this.reader ??= await this.startReader()));
  }

  private async startReader(): Promise<EngineThread> {
    const reader = this.engine("reader", {});
    await reader.start();
    await reader.load(this.loaded!);
    return reader;
  }
}

function isSame(bundle: Bundle, other: Bundle): boolean {
  return bundle.code === other.code && bundle.node?.code === other.node?.code;
}
