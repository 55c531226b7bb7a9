// Failures of the deployment itself (not of a user's function), as reported on the ready line and by /_local/push.

export type FailureCode =
  | "NodeTooOld"
  | "BadOption"
  | "NoProject"
  | "NoConvexPackage"
  | "BundleFailed"
  | "AnalyzeFailed"
  | "SchemaInvalid"
  | "AuthConfigInvalid"
  | "SchemaMismatch"
  | "ComponentsUnsupported"
  | "DataLocked"
  | "DataNewer"
  | "DataCorrupt"
  | "DiskFull"
  | "FileRemoved"
  | "PortInUse"
  | "Internal";

export class Failure extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The plain form in which a failure crosses threads and reaches the parent process. */
export interface FailureReport {
  code: FailureCode;
  message: string;
}

export function reportOf(error: unknown): FailureReport {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  return { code: "Internal", message: spellError(error) };
}

/** For whoever looks for its cause. */
export function spellError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
