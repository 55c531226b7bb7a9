// Arguments and results against the validators that their function declares.
import { LIMITS } from "./limits.ts";
import { FunctionFailure } from "./outcome.ts";
import { mismatch, type TableNames } from "./validate.ts";
import { displayPath } from "../project/functions.ts";
import type { UserFunction } from "../project/program.ts";
import { DEEPEST_VALUE, InvalidValue, isObject, type Json } from "../values/json.ts";
import { checkMeasure } from "../values/size.ts";

const VALUE_LIMIT = { size: LIMITS.valueSize, depth: DEEPEST_VALUE };

export function checkArguments(called: UserFunction, args: string, tables: TableNames): void {
  if (called.argsValidator === null) return;
  const list = JSON.parse(args) as Json[];
  const value = list[0] ?? {};
  if (list.length > 1 || !isObject(value)) {
    throw new FunctionFailure({
      message: `ArgumentValidationError: Expected the arguments of ${displayPath(called.path)} to be one object.`,
    });
  }
  const found = mismatch(value, called.argsValidator, tables);
  if (found !== null) throw new FunctionFailure({ message: `ArgumentValidationError: ${found}` });
}

export function checkReturns(called: UserFunction, text: string, tables: TableNames): void {
  const value = JSON.parse(text) as Json;
  try {
    checkMeasure(value, VALUE_LIMIT);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new FunctionFailure({
      message: `Function ${displayPath(called.path)} return value is invalid: ${error.message}`,
    });
  }
  const found = called.returnsValidator === null ? null : mismatch(value, called.returnsValidator, tables);
  if (found !== null) throw new FunctionFailure({ message: `ReturnsValidationError: ${found}` });
}
