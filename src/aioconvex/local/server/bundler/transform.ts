// One file's source as the body of a CommonJS module, and what it imports.
import { SourceMap, type SourceMapPayload } from "node:module";
import vm from "node:vm";
import type { BuildMessage } from "./interface.ts";
import { sucrase, Words } from "./words.ts";

export interface Transformed {
  /** Lines stand where they stand in the source. */
  code: string;
  /** What is done in front of it: exports what is there from the beginning. */
  before: string;
  /** Null when nothing in it is of interest in a stack trace. */
  map: object | null;
  imports: string[];
}

/** What is wrong with a source. */
export class SourceError extends Error {
  readonly details: BuildMessage;

  constructor(details: BuildMessage) {
    super(details.text);
    this.details = details;
  }
}

const EXPORTED = /\bexport\s+(const|let|var)\s/;
const HOISTED = /\bexport\s+(default\s+)?(async\s+)?function\b/;
const NAMESPACE = /\b(namespace|module)\s+\w/;

/** A reload has to do with few files that have changed since. */
const latest = new Map<string, { source: string; transformed: Transformed }>();

/**
 * `file` is what messages and the source map call it; its suffix tells the language. `define` is the same
 * for all calls.
 */
export function transform(source: string, file: string, define: Record<string, string>): Transformed {
  const known = latest.get(file);
  if (known?.source === source) return known.transformed;
  const transformed = transformAnew(source, file, define);
  latest.set(file, { source, transformed });
  return transformed;
}

function transformAnew(source: string, file: string, define: Record<string, string>): Transformed {
  if (file.endsWith(".json")) return { code: jsonModule(source, file), before: "", map: null, imports: [] };
  const { code, sourceMap } = attempt(source, file, () =>
    sucrase().transform(exportedApart(source, file), {
      transforms: ["imports", ...languages(file)],
      disableESTransforms: true,
      jsxRuntime: "automatic",
      production: true,
      filePath: file,
      sourceMapOptions: { compiledFilename: file },
    }),
  );
  checkSyntax(code, sourceMap, source, file);
  if (/\.[cm]?tsx?$/.test(file) && NAMESPACE.test(source)) refuseNamespaces(source, file);
  const words = new Words(code);
  const before = HOISTED.test(source) ? hoisted(new Words(source, wordsOf(file)), code) : "";
  return { code: words.replaced(define), before, map: sourceMap, imports: words.required() };
}

/** Modules that import each other may call each other's functions before all of them have run. */
function hoisted(words: Words, code: string): string {
  const exports = words.exportedFunctions().map(([name, own]) => `exports.${name} = ${own};`);
  const there = exports.filter((statement) => code.includes(statement)); // and not only declared
  return there.length === 0 ? "" : ['"use strict";', ...new Set(there)].join(" ");
}

function exportedApart(source: string, file: string): string {
  return EXPORTED.test(source) ? new Words(source, wordsOf(file)).exportedApart() : source;
}

function wordsOf(file: string): { jsx: boolean; typescript: boolean } {
  const [typescript, jsx] = ["typescript", "jsx"].map((language) => languages(file).includes(language));
  return { jsx: jsx!, typescript: typescript! };
}

function jsonModule(source: string, file: string): string {
  try {
    return `module.exports = ${JSON.stringify(JSON.parse(source))};`;
  } catch (error) {
    const { message } = error as Error;
    const [, line = 1, column = 1] = /\(line (\d+) column (\d+)\)/.exec(message) ?? [];
    throw new SourceError(messageAt(message, source, file, Number(line), Number(column) - 1));
  }
}

function languages(file: string): string[] {
  const typescript = /\.[cm]?tsx?$/.test(file) ? ["typescript"] : [];
  // In TypeScript without JSX, `<T>value` is a cast.
  return /\.(tsx|[cm]?jsx?)$/.test(file) ? [...typescript, "jsx"] : typescript;
}

/** sucrase lets much pass that is no JavaScript. */
function checkSyntax(code: string, map: object, source: string, file: string): void {
  try {
    vm.compileFunction(code, ["module", "exports", "require"], { filename: file });
  } catch (error) {
    const { message, stack = "" } = error as Error;
    const [place = "", , pointer = ""] = stack.split("\n");
    const line = Number(/:(\d+)$/.exec(place)?.[1] ?? 1);
    const found = new SourceMap(map as SourceMapPayload).findEntry(line - 1, pointer.indexOf("^"));
    const column = "originalColumn" in found ? found.originalColumn : 0;
    throw new SourceError(messageAt(message, source, file, line, column));
  }
}

/** sucrase takes them for types, and their values would be missing. */
function refuseNamespaces(source: string, file: string): void {
  const start = new Words(source, { jsx: file.endsWith("x"), typescript: true }).namespace();
  if (start === null) return;
  const before = source.slice(0, start).split("\n");
  const text = "Namespaces need the bundler that comes with npm packages. Run `npm install convex`";
  throw new SourceError(messageAt(text, source, file, before.length, before.at(-1)!.length));
}

function attempt<T>(source: string, file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const match = /^(?:Error transforming .*?: )?([\s\S]*) \((\d+):(\d+)\)$/.exec((error as Error).message);
    if (match === null) throw error;
    const [, text, line, column] = match;
    throw new SourceError(messageAt(text!, source, file, Number(line), Number(column) - 1));
  }
}

function messageAt(text: string, source: string, file: string, line: number, column: number): BuildMessage {
  return { text, location: { file, line, column, lineText: source.split("\n")[line - 1] ?? "" } };
}
