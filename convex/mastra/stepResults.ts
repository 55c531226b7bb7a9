/**
 * How the result of a workflow step joins what is stored of it. Iterations of
 * one step finish in any order, in different processes: each sends a list with
 * its own slot filled, and a resumed run marks the slots that it runs again.
 */
import { type Fields, isObject } from "./requests";

/**
 * The result to store for a step. Lists of outputs are merged slot by slot;
 * anything else is replaced.
 */
export function mergeStepResult(stored: unknown, next: unknown): unknown {
  if (!hasOutputs(stored) || !hasOutputs(next)) return next;
  const length = Math.max(stored.output.length, next.output.length);
  const slots = Array.from({ length }, (_, i) => i);
  if (next.output.some(isPendingMarker)) {
    const output = slots.map((i) =>
      isPendingMarker(next.output[i]) && isRunAgain(stored.output[i])
        ? null
        : (stored.output[i] ?? null),
    );
    return { ...stored, output };
  }
  const output = slots.map((i) => next.output[i] ?? stored.output[i] ?? null);
  return { ...stored, ...next, output };
}

function hasOutputs(result: unknown): result is Fields & { output: unknown[] } {
  return isObject(result) && Array.isArray(result.output);
}

function isPendingMarker(slot: unknown): boolean {
  return (
    isObject(slot) &&
    Object.keys(slot).length === 1 &&
    slot.__mastra_pending__ === true
  );
}

/** A slot without a finished output, which a marker may reset. */
function isRunAgain(slot: unknown): boolean {
  return (
    slot === undefined ||
    slot === null ||
    isPendingMarker(slot) ||
    isSuspended(slot)
  );
}

function isSuspended(slot: unknown): boolean {
  return (
    isObject(slot) &&
    slot.status === "suspended" &&
    ("suspendPayload" in slot || "suspendedAt" in slot)
  );
}
