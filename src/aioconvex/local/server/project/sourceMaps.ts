// Error texts and stack frames of user code, mapped from the bundle back to the user's files.
import { SourceMap } from "node:module";

/** The file name user code runs under; stack frames are recognised by it. */
export const BUNDLE_NAME = "aioconvex-bundle.js";
const FRAME = new RegExp(`^\\s*at (?:(.*?) \\()?${BUNDLE_NAME}:(\\d+):(\\d+)\\)?$`);
const MOST_FRAMES = 20;

export class FrameMapper {
  private readonly text: string;
  private readonly folder: string;
  private map: SourceMap | undefined;

  /** `folder` is the functions folder's own name, `convex` as a rule. */
  constructor(mapText: string, folder: string) {
    this.text = mapText;
    this.folder = folder;
  }

  /** The frames in the user's own files, one line each; library frames are left out. */
  frames(stack: string): string[] {
    const mapped = stack.split("\n").flatMap((line) => this.frame(line) ?? []);
    return mapped.slice(0, MOST_FRAMES);
  }

  private frame(line: string): string | null {
    const match = FRAME.exec(line);
    if (match === null) return null;
    const [, name, row, column] = match;
    this.map ??= new SourceMap(JSON.parse(this.text));
    const entry = this.map.findEntry(Number(row) - 1, Number(column) - 1);
    if (!("originalSource" in entry) || !entry.originalSource) return null;
    const source = entry.originalSource;
    if (source.includes("node_modules/") || source.startsWith("<") || source.includes(":")) return null;
    const file = source.startsWith("../") ? source : `../${this.folder}/${source}`;
    return `    at ${name ?? "<anonymous>"} (${file}:${entry.originalLine + 1}:${entry.originalColumn + 1})`;
  }
}

/** `Error: message`, or whatever else was thrown, as text. */
export function errorTitle(thrown: unknown): string {
  try {
    return thrown instanceof Error || typeof thrown !== "object"
      ? String(thrown)
      : `#<${thrown?.constructor?.name ?? "Object"}>`;
  } catch {
    return "Error";
  }
}
