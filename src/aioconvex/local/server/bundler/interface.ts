// What is used of esbuild's interface; our own bundler offers the same, and no more.

export interface Bundler {
  build(options: BuildOptions): Promise<BuildResult>;
}

export interface BuildOptions {
  /** Names of files, or one source text. */
  entryPoints?: string[];
  stdin?: { contents: string; resolveDir: string; loader: string; sourcefile: string };
  absWorkingDir: string;
  /** One of both: where the results would lie. */
  outfile?: string;
  outdir?: string;
  platform: "browser" | "node";
  plugins: Plugin[];
  define?: Record<string, string>;
  /** Whatever else esbuild is told; ours does what is meant by it in any case. */
  [other: string]: unknown;
}

export interface BuildResult {
  /** Empty when the results were written. */
  outputFiles: { path: string; text: string }[];
  metafile: Metafile;
}

/** Files are named relative to the working folder, others `namespace:path`. */
export interface Metafile {
  inputs: Record<string, { imports: { path: string }[] }>;
  outputs: Record<string, { entryPoint?: string }>;
}

export interface BuildMessage {
  text: string;
  /** Lines count from 1, columns from 0. */
  location: { file: string; line: number; column: number; lineText: string } | null;
}

export interface Plugin {
  name: string;
  setup(building: PluginBuild): void;
}

export interface PluginBuild {
  onResolve(filter: { filter: RegExp }, handle: OnResolve): void;
  onLoad(filter: { filter: RegExp; namespace: string }, handle: OnLoad): void;
}

export interface Asked {
  path: string;
  importer: string;
  resolveDir: string;
  kind: "entry-point" | "import-statement";
}
export interface Resolved {
  path: string;
  namespace?: string;
  external?: boolean;
}
export interface Loaded {
  contents: string;
  resolveDir?: string;
}
export type OnResolve = (asked: Asked) => Resolved | null | undefined;
export type OnLoad = (asked: { path: string }) => Loaded | null | undefined;
