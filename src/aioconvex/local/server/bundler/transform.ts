// One file's source as the body of a CommonJS module, and what it imports.
import vm from "node:vm";
import type { BuildMessage } from "./interface.ts";
import { vendored } from "./vendored.ts";

/** The few names of sucrase that are used. */
interface Sucrase {
  transform(source: string, options: object): { code: string; sourceMap: object };
  parse(code: string, jsx: boolean, typescript: boolean, flow: boolean): { tokens: Token[] };
  TokenType: Record<"name" | "string" | "parenL" | "parenR" | "dot", number>;
}
interface Token {
  type: number;
  start: number;
  end: number;
}

export interface Transformed {
  /** Lines stand where they stand in the source. */
  code: string;
  map: object;
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

/** `file` is what messages and the source map call it; its suffix tells the language. */
export function transform(source: string, file: string, define: Record<string, string>): Transformed {
  const sucrase = vendored("sucrase") as Sucrase;
  const { code, sourceMap } = attempt(source, file, () =>
    sucrase.transform(source, {
      transforms: ["imports", ...languages(file)],
      disableESTransforms: true,
      jsxRuntime: "automatic",
      production: true,
      filePath: file,
      sourceMapOptions: { compiledFilename: file },
    }),
  );
  checkSyntax(code, source, file);
  const words = new Words(code, sucrase);
  return { code: words.replaced(define), map: sourceMap, imports: words.required() };
}

function languages(file: string): string[] {
  const typescript = /\.[cm]?tsx?$/.test(file) ? ["typescript"] : [];
  // In TypeScript without JSX, `<T>value` is a cast.
  return /\.(tsx|[cm]?jsx?)$/.test(file) ? [...typescript, "jsx"] : typescript;
}

/** sucrase lets much pass that is no JavaScript. */
function checkSyntax(code: string, source: string, file: string): void {
  try {
    vm.compileFunction(code, ["module", "exports", "require"], { filename: file });
  } catch (error) {
    const { message, stack = "" } = error as Error;
    const [place = "", , pointer = ""] = stack.split("\n");
    const line = Number(/:(\d+)$/.exec(place)?.[1] ?? 1);
    throw new SourceError(messageAt(message, source, file, line, Math.max(0, pointer.indexOf("^"))));
  }
}

function attempt<T>(source: string, file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const match = /^Error transforming .*?: ([\s\S]*) \((\d+):(\d+)\)$/.exec((error as Error).message);
    if (match === null) throw error;
    const [, text, line, column] = match;
    throw new SourceError(messageAt(text!, source, file, Number(line), Number(column) - 1));
  }
}

function messageAt(
  text: string,
  source: string,
  file: string,
  line: number,
  column: number,
): BuildMessage {
  return { text, location: { file, line, column, lineText: source.split("\n")[line - 1] ?? "" } };
}

/** The code word by word, so that nothing is found in texts and comments. */
class Words {
  private readonly code: string;
  private readonly sucrase: Sucrase;
  private readonly tokens: Token[];

  constructor(code: string, sucrase: Sucrase) {
    this.code = code;
    this.sucrase = sucrase;
    this.tokens = sucrase.parse(code, false, false, false).tokens;
  }

  /** What `require("…")` is called with. */
  required(): string[] {
    const { name, parenL, string, parenR } = this.sucrase.TokenType;
    const calls = this.tokens.flatMap((token, i) => {
      if (this.text(token) !== "require" || !this.follow(i, [name, parenL, string, parenR])) return [];
      return this.text(this.tokens[i + 2]!).slice(1, -1);
    });
    return [...new Set(calls)];
  }

  /** The code with something else in the place of expressions like `process.env.NODE_ENV`. */
  replaced(define: Record<string, string>): string {
    const { name, dot } = this.sucrase.TokenType;
    let [code, copied] = ["", 0];
    for (let i = 0; i < this.tokens.length; i++) {
      for (const [expression, value] of Object.entries(define)) {
        const types = expression.split(".").flatMap((_, part) => (part === 0 ? [name] : [dot, name]));
        const last = this.tokens[i + types.length - 1];
        if (!this.follow(i, types) || last === undefined) continue;
        if (this.code.slice(this.tokens[i]!.start, last.end) !== expression) continue;
        code += this.code.slice(copied, this.tokens[i]!.start) + value;
        copied = last.end;
      }
    }
    return code + this.code.slice(copied);
  }

  private follow(first: number, types: number[]): boolean {
    // Of what is behind a dot, only a property has that name.
    const before = this.tokens[first - 1];
    if (before !== undefined && before.type === this.sucrase.TokenType.dot) return false;
    return types.every((type, i) => this.tokens[first + i]?.type === type);
  }

  private text({ start, end }: Token): string {
    return this.code.slice(start, end);
  }
}
