// All modules that the entries reach: where each comes from, what it is, what it imports.
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, relative, resolve, sep } from "node:path";
import { findFile, packageName } from "./files.ts";
import type { Asked, BuildMessage, BuildOptions, Loaded, OnLoad, OnResolve, Resolved } from "./interface.ts";
import { SourceError, transform, type Transformed } from "./transform.ts";
import { vendoredFile } from "./vendored.ts";

export interface Module extends Omit<Transformed, "imports"> {
  /** As metafiles have it. */
  id: string;
  /** What it says it imports, and the id of that, or null when it is left to the run time. */
  imports: Map<string, string | null>;
}

export class BuildFailure extends Error {
  readonly errors: BuildMessage[];

  constructor(errors: BuildMessage[]) {
    super(errors.map(({ text }) => text).join("\n"));
    this.errors = errors;
  }
}

const CONVEX = "convex";
const CONVEX_PARTS = new Set(["convex/server", "convex/values"]);
const STDIN = "stdin";
/** Others, such as `@/lib`, are aliases of the project's own. */
const PACKAGE_NAME = /^(@[\w.-]+\/)?[\w-][\w.-]*$/;

export class Graph {
  /** In the order they were found. */
  readonly modules = new Map<string, Module>();
  private readonly options: BuildOptions;
  private readonly resolvers: { filter: RegExp; handle: OnResolve }[] = [];
  private readonly loaders: { filter: RegExp; namespace: string; handle: OnLoad }[] = [];
  private readonly errors: BuildMessage[] = [];

  constructor(options: BuildOptions) {
    this.options = options;
    for (const plugin of options.plugins) {
      plugin.setup({
        onResolve: ({ filter }, handle) => this.resolvers.push({ filter, handle }),
        onLoad: ({ filter, namespace }, handle) => this.loaders.push({ filter, namespace, handle }),
      });
    }
  }

  /** Reads all that the entries reach; gives the entries' ids. */
  read(): string[] {
    const { stdin, entryPoints = [], absWorkingDir } = this.options;
    const ids = entryPoints.map((path) => {
      const asked = { path, importer: "", resolveDir: absWorkingDir, kind: "entry-point" } as const;
      return this.visit(this.resolve(asked)!)!;
    });
    if (stdin !== undefined) {
      ids.push(stdin.sourcefile);
      this.add(stdin.sourcefile, `${stdin.sourcefile}.${stdin.loader}`, stdin, STDIN);
    }
    if (this.errors.length > 0) throw new BuildFailure(this.errors);
    return ids;
  }

  private resolve(asked: Asked): Resolved | null {
    for (const { filter, handle } of this.resolvers) {
      const resolved = filter.test(asked.path) ? handle(asked) : null;
      if (resolved) return resolved;
    }
    if (CONVEX_PARTS.has(asked.path)) return { path: asked.path.split("/")[1]!, namespace: CONVEX };
    if (this.options.platform === "node" && isBuiltin(asked.path)) {
      return { path: asked.path, external: true };
    }
    if (asked.kind !== "entry-point" && !/^(\.{0,2}\/|\.{1,2}$)/.test(asked.path)) return null;
    const file = findFile(resolve(asked.resolveDir, asked.path));
    return file === null ? null : { path: file };
  }

  /** The module's id; null for what is left to the run time. */
  private visit({ path, namespace, external }: Resolved): string | null {
    if (external) return null;
    if (namespace === CONVEX) return this.visitConvex(path);
    const id = namespace === undefined ? this.fileId(path) : `${namespace}:${path}`;
    if (this.modules.has(id)) return id;
    this.add(id, namespace === undefined ? id : `${id}.js`, this.load(path, namespace), path);
    return id;
  }

  private load(path: string, namespace = "file"): Loaded {
    for (const loader of this.loaders) {
      const asked = loader.namespace === namespace && loader.filter.test(path);
      const loaded = asked ? loader.handle({ path }) : null;
      if (loaded) return loaded;
    }
    return { contents: readFileSync(path, "utf8"), resolveDir: dirname(path) };
  }

  private visitConvex(part: string): string {
    const [whole, id] = [`${CONVEX}:`, `${CONVEX}:${part}`];
    if (!this.modules.has(whole)) {
      const code = readFileSync(vendoredFile("convex"), "utf8");
      this.modules.set(whole, { id: whole, code, before: "", map: null, imports: new Map() });
    }
    const code = `module.exports = require(${JSON.stringify(whole)}).${part};`;
    this.modules.set(id, { id, code, before: "", map: null, imports: new Map([[whole, whole]]) });
    return id;
  }

  private add(id: string, name: string, { contents, resolveDir = "" }: Loaded, importer: string): void {
    const module: Module = { id, code: "", before: "", map: null, imports: new Map() };
    this.modules.set(id, module);
    try {
      const { imports, ...transformed } = transform(contents, name, this.options.define ?? {});
      Object.assign(module, transformed);
      for (const path of imports) {
        this.follow(module, { path, importer, resolveDir, kind: "import-statement" }, contents);
      }
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.errors.push(error.details);
    }
  }

  private follow(module: Module, asked: Asked, source: string): void {
    const resolved = this.resolve(asked);
    if (resolved === null) this.errors.push(unresolved(asked.path, module.id, source));
    else module.imports.set(asked.path, this.visit(resolved));
  }

  private fileId(path: string): string {
    return relative(this.options.absWorkingDir, path).replaceAll(sep, "/");
  }
}

function unresolved(path: string, file: string, source: string): BuildMessage {
  const text = `Could not resolve "${path}"${isPackage(path) ? `: ${packageAdvice(path)}` : ""}`;
  const lines = source.split("\n");
  const row = lines.findIndex((line) => [`"${path}"`, `'${path}'`].some((quoted) => line.includes(quoted)));
  if (row < 0) return { text, location: null };
  const lineText = lines[row]!;
  return { text, location: { file, line: row + 1, column: lineText.indexOf(path) - 1, lineText } };
}

function isPackage(path: string): boolean {
  return !path.startsWith(".") && !path.startsWith("/") && !isBuiltin(path);
}

function packageAdvice(path: string): string {
  const name = packageName(path);
  const all = name === "convex" || !PACKAGE_NAME.test(name) ? "convex" : `convex ${name}`;
  const there = "there are convex/server and convex/values only, and no `paths` of tsconfig.json";
  return `without npm packages ${there}. Run \`npm install ${all}\``;
}
