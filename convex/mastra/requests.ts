/**
 * Reading a storage request: which fields it must have, and of what kind. The
 * envelope is open, since each operation has fields of its own.
 */
import { refusal } from "./errors";

/** A JSON object whose fields are still unchecked. */
export type Fields = Record<string, unknown>;

/** A storage request whose operation and table are known. */
export type Request = Fields & { op: string; tableName: string };

/** An equality that rows must satisfy. */
export interface Filter {
  field: string;
  value: unknown;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws ConvexError `InvalidRequest` unless it names an operation and a table. */
export function parseRequest(value: unknown): Request {
  const request = isObject(value) ? value : {};
  return {
    ...request,
    op: text(request, "op"),
    tableName: text(request, "tableName"),
  };
}

export function text(request: Fields, field: string): string {
  const value = request[field];
  if (typeof value !== "string") throw invalid(`${field} must be a string`);
  return value;
}

export function optionalText(
  request: Fields,
  field: string,
): string | undefined {
  return request[field] === undefined ? undefined : text(request, field);
}

/** A text, or undefined when it is absent or null. */
export function nullableText(
  request: Fields,
  field: string,
): string | undefined {
  return request[field] === null ? undefined : optionalText(request, field);
}

export function object(request: Fields, field: string): Fields {
  const value = request[field];
  if (!isObject(value)) throw invalid(`${field} must be an object`);
  return value;
}

export function optionalObject(
  request: Fields,
  field: string,
): Fields | undefined {
  return request[field] === undefined ? undefined : object(request, field);
}

export function objects(request: Fields, field: string): Fields[] {
  const value = request[field];
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw invalid(`${field} must be a list of objects`);
  }
  return value;
}

export function texts(request: Fields, field: string): string[] {
  const value = request[field];
  if (
    !Array.isArray(value) ||
    !value.every((item) => typeof item === "string")
  ) {
    throw invalid(`${field} must be a list of strings`);
  }
  return value;
}

/** A whole number of at least `least`, or undefined when absent. */
export function optionalCount(
  request: Fields,
  field: string,
  least: number,
): number | undefined {
  const value = request[field];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least) {
    throw invalid(`${field} must be an integer of at least ${least}`);
  }
  return value;
}

export function number(request: Fields, field: string): number {
  const value = request[field];
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw invalid(`${field} must be a finite number`);
  }
  return value;
}

/** A number, or undefined when it is absent or null. */
export function optionalNumber(
  request: Fields,
  field: string,
): number | undefined {
  const value = request[field];
  return value === undefined || value === null
    ? undefined
    : number(request, field);
}

/** A value that travels as JSON text, which Convex's rules for keys do not bind. */
export function json(request: Fields, field: string): unknown {
  const source = text(request, field);
  try {
    return JSON.parse(source);
  } catch {
    throw invalid(`${field} must be JSON text`);
  }
}

export function invalid(problem: string) {
  return refusal("InvalidRequest", `${problem}.`);
}
