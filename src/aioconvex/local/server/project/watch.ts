// Noticing that a project's files have changed.
import { existsSync, type FSWatcher, readdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** An editor's save is several events; they count as one when they come this close together. */
const SETTLING_MS = 40;
/** Written by generators after a reload, which must not lead to the next one. */
const IGNORED = new Set(["_generated", "node_modules"]);

export class ProjectWatcher {
  private readonly folder: string;
  private readonly changed: () => void;
  private readonly watchers = new Map<string, FSWatcher>();
  private timer: NodeJS.Timeout | undefined;

  /** `changed` is called once after every burst of changes. */
  constructor(folder: string, changed: () => void) {
    this.folder = folder;
    this.changed = changed;
    this.watchTree(folder);
  }

  /** Watches the folders of these files too. */
  include(files: readonly string[]): void {
    for (const file of files) this.watch(dirname(file));
  }

  close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  /** Folder by folder: Node's own recursive watching ends for good when one of them is removed. */
  private watchTree(folder: string): void {
    if (!existsSync(folder)) return;
    this.watch(folder);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !IGNORED.has(entry.name)) this.watchTree(join(folder, entry.name));
    }
  }

  private watch(folder: string): void {
    if (this.watchers.has(folder) || !existsSync(folder)) return;
    const watcher = watch(folder, (event, name) => {
      // A folder that was removed or replaced is watched no more; the next walk finds the new one.
      if (event === "rename" && name !== null) this.forget(join(folder, name));
      this.notice(name);
    });
    watcher.on("error", () => this.forget(folder));
    this.watchers.set(folder, watcher);
  }

  private forget(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }

  private notice(name: string | null): void {
    if (name !== null && IGNORED.has(name)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // Before the files are read, so that no later save goes unnoticed.
      this.watchTree(this.folder);
      this.changed();
    }, SETTLING_MS);
  }
}
