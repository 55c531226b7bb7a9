// Which functions are the system's, and of which kind; apart from their code, which the HTTP front does not need.
import type { FunctionKind } from "../project/functions.ts";

export const CLEAR_TABLE_PAGE = "_system/frontend/clearTablePage:default";

export function isSystem(path: string): boolean {
  return path.startsWith("_system/");
}

export function systemKind(name: string): FunctionKind {
  return name === CLEAR_TABLE_PAGE ? "Mutation" : "Query";
}
