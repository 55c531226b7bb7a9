// Failures of the deployment itself (not of a user's function), as reported on the ready line and by /_local/push.
import { getSystemErrorMessage } from "node:util";

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
  | "FileUnusable"
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
  if (isFileError(error) && error.path !== undefined) {
    return { code: "FileUnusable", message: `${fileTrouble(error, error.path)}.` };
  }
  return { code: "Internal", message: spellError(error) };
}

/** An error of the file system; not every one says of which file. */
type FileError = Error & { errno: number; code: string; path?: string };

export function isFileError(error: unknown): error is FileError {
  return error instanceof Error && "errno" in error && "code" in error && "syscall" in error;
}

/** A sentence without its stop. */
export function fileTrouble({ errno, code }: FileError, path: string): string {
  return `${path} cannot be used: ${getSystemErrorMessage(errno)} (${code})`;
}

/** For whoever looks for its cause. */
export function spellError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
