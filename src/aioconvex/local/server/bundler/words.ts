// Code word by word.
import { vendored } from "./vendored.ts";

/** The few names of sucrase that are used. */
interface Sucrase {
  transform(source: string, options: object): { code: string; sourceMap: object };
  parse(code: string, jsx: boolean, typescript: boolean, flow: boolean): { tokens: Token[] };
  TokenType: Record<TokenName, number>;
}
type TokenName =
  | ("name" | "string" | "parenL" | "parenR" | "braceL" | "braceR" | "bracketL" | "bracketR" | "dollarBraceL")
  | ("dot" | "comma" | "semi" | "star" | "_export" | "_default" | "_function" | "_const" | "_let" | "_var");
interface Token {
  type: number;
  start: number;
  end: number;
  isType: boolean;
  identifierRole: number | null;
}
/** sucrase's `TopLevelDeclaration`, and the same in the short form of a pattern. */
const DECLARED = [2, 5];

export function sucrase(): Sucrase {
  return vendored("sucrase") as Sucrase;
}

/** So that nothing is found in texts and comments. */
export class Words {
  private readonly code: string;
  private readonly types = sucrase().TokenType;
  private readonly tokens: Token[];

  constructor(code: string, { jsx = false, typescript = false } = {}) {
    this.code = code;
    this.tokens = sucrase().parse(code, jsx, typescript, false).tokens;
  }

  /** What `require("…")` is called with. */
  required(): string[] {
    const { name, parenL, string, parenR } = this.types;
    const calls = this.tokens.flatMap((token, i) => {
      if (this.text(token) !== "require" || !this.follow(i, [name, parenL, string, parenR])) return [];
      return this.text(this.tokens[i + 2]!).slice(1, -1);
    });
    return [...new Set(calls)];
  }

  /** The code with something else in the place of expressions like `process.env.NODE_ENV`. */
  replaced(define: Record<string, string>): string {
    const { name, dot } = this.types;
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

  /** Where a namespace begins that is not only declared. */
  namespace(): number | null {
    const { name, braceL, braceR, dollarBraceL } = this.types;
    let depth = 0;
    for (const [i, token] of this.tokens.entries()) {
      if (token.type === braceL || token.type === dollarBraceL) depth++;
      if (token.type === braceR) depth--;
      const [before, behind] = [this.tokens[i - 1], this.tokens[i + 1]];
      if (depth > 0 || !token.isType || behind?.type !== name) continue;
      const declared = before !== undefined && this.text(before) === "declare";
      if (!declared && ["namespace", "module"].includes(this.text(token))) return token.start;
    }
    return null;
  }

  /**
   * The code with a statement of its own for each of `export const a = 1, b = 2`: sucrase exports only `a`.
   * Of `export const { a } = b` it makes an expression in parentheses, which calls what has no semicolon.
   */
  exportedApart(): string {
    const { comma, semi, braceL, bracketL, _export, _const, _let, _var } = this.types;
    let [code, copied, depth] = ["", 0, 0];
    let exported: string | null = null;
    for (const [i, token] of this.tokens.entries()) {
      depth += this.nesting(token);
      if (depth > 0 || token.isType) continue;
      if (token.type === semi) exported = null;
      const [before, behind] = [this.tokens[i - 1], this.tokens[i + 1]];
      if ([_const, _let, _var].includes(token.type)) {
        exported = before?.type === _export ? `;export ${this.text(token)} ` : null;
        if (exported === null || ![braceL, bracketL].includes(behind!.type)) continue;
        code += this.code.slice(copied, before!.start) + exported;
        copied = token.end;
      } else if (exported !== null && token.type === comma && this.declares(i + 1)) {
        code += this.code.slice(copied, token.start) + exported;
        copied = token.end;
      }
    }
    return code + this.code.slice(copied);
  }

  /** The functions that are declared and exported by one statement: under which name, and their own. */
  exportedFunctions(): [string, string][] {
    const { name, star, _export, _default, _function } = this.types;
    return this.tokens.flatMap((token, i): [string, string][] => {
      if (token.type !== _export) return [];
      let next = i + 1;
      const skip = (there: boolean) => (next += Number(there));
      const isDefault = this.tokens[next]?.type === _default;
      skip(isDefault);
      skip(this.tokens[next]?.type === name && this.text(this.tokens[next]!) === "async");
      if (this.tokens[next++]?.type !== _function) return [];
      skip(this.tokens[next]?.type === star);
      const named = this.tokens[next];
      return named?.type === name ? [[isDefault ? "default" : this.text(named), this.text(named)]] : [];
    });
  }

  /** Whether it is a name that is declared, or a pattern with one. */
  private declares(first: number): boolean {
    let depth = 0;
    for (const token of this.tokens.slice(first)) {
      depth += this.nesting(token);
      if (token.identifierRole !== null && DECLARED.includes(token.identifierRole)) return true;
      if (depth === 0) return false;
    }
    return false;
  }

  private nesting({ type }: Token): number {
    const { parenL, parenR, braceL, braceR, bracketL, bracketR, dollarBraceL } = this.types;
    if ([parenL, braceL, bracketL, dollarBraceL].includes(type)) return 1;
    return [parenR, braceR, bracketR].includes(type) ? -1 : 0;
  }

  private follow(first: number, types: number[]): boolean {
    // Of what is behind a dot, only a property has that name.
    const before = this.tokens[first - 1];
    if (before !== undefined && before.type === this.types.dot) return false;
    return types.every((type, i) => this.tokens[first + i]?.type === type);
  }

  private text({ start, end }: Token): string {
    return this.code.slice(start, end);
  }
}
