// How functions name each other in syscalls.
import type { Json } from "../values/json.ts";

export interface NestedCall {
  udfType: "query" | "mutation" | "snapshotQuery";
  args: Json;
  name?: string;
  functionHandle?: string;
  reference?: string;
  transactionLimits?: Json;
}

/** The canonical name in `name`, a function handle, or an error for a component's reference. */
export function calledFunction(call: Pick<NestedCall, "name" | "functionHandle" | "reference">): string {
  const handle = call.functionHandle?.replace(/^function:\/\/[^;]*;/, "");
  const name = call.name ?? handle;
  if (name === undefined)
    throw new Error(`Components (${call.reference}) are not supported by the local deployment yet.`);
  return name;
}
