/** What ends the run: a sentence for people, with what to do about it. */
export class Failure extends Error {}

/** Whatever was thrown, in one line. */
export function reason(thrown: unknown): string {
  try {
    return String(thrown).split("\n")[0]!.slice(0, 300);
  } catch {
    return "an error that cannot be shown";
  }
}
