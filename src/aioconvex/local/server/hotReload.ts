// Serving a project's files as they are saved; while they are wrong, the last right ones stay in use.
import { CatchUp } from "./catchUp.ts";
import type { Deployment } from "./deployment.ts";
import { reportOf } from "./failure.ts";
import { ProjectWatcher } from "./project/watch.ts";

export class HotReload {
  private readonly deployment: Deployment;
  private readonly watcher: ProjectWatcher;
  private readonly reloads = new CatchUp(() => this.reload());
  private closed = false;

  constructor(folder: string, deployment: Deployment) {
    this.deployment = deployment;
    this.watcher = new ProjectWatcher(folder, () => this.reloads.wake());
    this.watcher.include(deployment.filesOutside);
    // What was saved since the start has not been noticed.
    this.reloads.wake();
  }

  close(): void {
    this.closed = true;
    this.watcher.close();
  }

  private async reload(): Promise<void> {
    if (this.closed) return;
    const started = performance.now();
    const wasWrong = this.deployment.reloadFailure !== null;
    try {
      const outcome = await this.deployment.reload();
      if (this.closed) return;
      if (outcome === "unchanged") {
        if (wasWrong) process.stderr.write("Right again: the files are those that are served.\n");
        return;
      }
      this.watcher.include(this.deployment.filesOutside);
      const ms = Math.round(performance.now() - started);
      process.stderr.write(`Reloaded: ${this.deployment.runner.functionCount} functions, in ${ms} ms.\n`);
    } catch (error) {
      const { message } = reportOf(error);
      if (!this.closed) process.stderr.write(`Not reloaded, the last version is still served.\n${message}\n`);
    }
  }
}
