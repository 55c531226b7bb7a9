// Which `_system/…` functions are mutations; apart from their code, which the HTTP front does not need.
import type { FunctionKind } from "../project/functions.ts";

export const CLEAR_TABLE_PAGE = "_system/frontend/clearTablePage:default";

export function systemKind(name: string): FunctionKind {
  return name === CLEAR_TABLE_PAGE ? "Mutation" : "Query";
}
