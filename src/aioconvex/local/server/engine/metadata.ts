// Syscalls of every kind of function: what it is told of itself, and what is not there.
import { randomBytes } from "node:crypto";
import { calledFunction, type NestedCall } from "./references.ts";

/** Features of later stages; calling one must never look as if it had worked. */
const UNSUPPORTED: Record<string, string> = {
  "1.0/storageStore": "Storing files outside actions",
  "1.0/storageGet": "Reading files outside actions",
  "1.0/signJwt": "Signing JWTs",
  "1.0/auditLog": "The audit log",
  "1.0/createServiceToken": "Convex's managed services",
  "1.0/getServiceUrl": "Convex's managed services",
};

export function unsupported(operation: string): Error {
  const feature = UNSUPPORTED[operation];
  // The words "Unknown async operation" are what npm convex itself looks for.
  if (feature === undefined)
    return new Error(`Unknown async operation ${operation} (not known to the local deployment)`);
  return new Error(`${feature} is not supported by the local deployment yet.`);
}

/** What actions may ask as well. */
export function commonMetadata(
  operation: string,
  args: NestedCall,
  { path, requestId }: { path: string; requestId: string },
): string {
  switch (operation) {
    case "1.0/createFunctionHandle":
      return JSON.stringify(`function://;${calledFunction(args)}`);
    case "1.0/getFunctionMetadata":
      return JSON.stringify({ name: path, componentPath: "" });
    case "1.0/getDeploymentMetadata":
      return JSON.stringify({ name: "local", region: null, class: "local" });
    case "1.0/getRequestMetadata":
      return JSON.stringify({
        ip: null,
        userAgent: null,
        requestId,
        scheduledFunctionId: null,
        authToken: null,
      });
    default:
      throw unsupported(operation);
  }
}

export function newRequestId(): string {
  return randomBytes(8).toString("hex");
}
