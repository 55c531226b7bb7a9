// `console` inside functions: lines as the server returns them in `logLines`.
import { inspect } from "node:util";
import { LIMITS } from "./limits.ts";

const LEVELS = {
  log: "LOG",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
  debug: "DEBUG",
  trace: "LOG",
  dir: "LOG",
  table: "LOG",
};
const OVERFLOW = `[ERROR] Log overflow (maximum ${LIMITS.logLines}). Remaining log lines omitted.`;
const TRUNCATED = " (truncated due to length)";

/** Sends console output to the running function's lines; that of loading modules goes to stderr. */
export function installConsole(currentLines: () => string[] | undefined): void {
  const toStderr = console.error.bind(console);
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method as keyof typeof LEVELS] = (...values: unknown[]) => {
      const lines = currentLines();
      if (lines === undefined) toStderr(line(level, values));
      else if (lines.length < LIMITS.logLines - 1) lines.push(line(level, values));
      else if (lines.length < LIMITS.logLines) lines.push(OVERFLOW);
    };
  }
}

/** A promise or timer that a function left behind must not end the thread for everybody else. */
export function surviveLostErrors(): void {
  const toStderr = console.error.bind(console);
  for (const event of ["unhandledRejection", "uncaughtException"]) {
    process.on(event, (error: unknown) => toStderr("An error that no function waited for:", error));
  }
}

function line(level: string, values: unknown[]): string {
  const text = `[${level}] ${values.map(spell).join(" ")}`;
  if (text.length <= LIMITS.logLineLength) return text;
  return text.slice(0, LIMITS.logLineLength - TRUNCATED.length) + TRUNCATED;
}

function spell(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Infinity });
}
