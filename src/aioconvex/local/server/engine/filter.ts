// `.filter(q => …)` expressions, evaluated on documents as tagged JSON.
import { spell } from "./validate.ts";
import {
  asFloat64,
  float64,
  int64,
  isObject,
  type Json,
  type JsonObject,
  readInt64,
  tagged,
  tagOf,
} from "../values/json.ts";
import { compareValues, fieldAt } from "../values/keys.ts";

type Value = Json | undefined;

const COMPARISONS: Record<string, (order: number) => boolean> = {
  $eq: (order) => order === 0,
  $neq: (order) => order !== 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
};
/** Of floats and of integers alike, though TypeScript knows these operators of numbers only. */
const ARITHMETIC: Record<string, [verb: string, calculate: (left: number, right: number) => number]> = {
  $add: ["add", (left, right) => left + right],
  $sub: ["subtract", (left, right) => left - right],
  $mul: ["multiply", (left, right) => left * right],
  $div: ["divide", (left, right) => left / right],
  $mod: ["take the modulus of", (left, right) => left % right],
};

/** A condition's value; unlike JavaScript, Convex has no truthy values. */
export function passes(expression: Json, document: JsonObject): boolean {
  const value = evaluate(expression, document);
  if (typeof value === "boolean") return value;
  const [text, type] = value === undefined ? ["undefined", "undefined"] : [spell(value), typeName(value)];
  throw new Error(`Cannot use value ${text} (type ${type}) as a Boolean`);
}

function typeName(value: Json): string {
  if (value === null) return "Null";
  if (Array.isArray(value)) return "Array";
  if (!isObject(value))
    return { number: "Float64", string: "String", boolean: "Boolean" }[typeof value as "string"];
  const tag = tagOf(value);
  return tag === undefined ? "Object" : tag === "$integer" ? "Int64" : tag === "$bytes" ? "Bytes" : "Float64";
}

export function evaluate(expression: Json, document: JsonObject): Value {
  const [operator, operand] = parts(expression);
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) {
    const [left, right] = operand as [Json, Json];
    return comparison(compareValues(evaluate(left, document), evaluate(right, document)));
  }
  if (Object.hasOwn(ARITHMETIC, operator)) {
    const [left, right] = operand as [Json, Json];
    return calculate(operator, evaluate(left, document), evaluate(right, document));
  }
  return evaluateOther(operator, operand, document);
}

function evaluateOther(operator: string, operand: Json, document: JsonObject): Value {
  switch (operator) {
    case "$literal":
      return untagUndefined(operand);
    case "$field":
      return fieldAt(document, String(operand).split("."));
    case "$and":
      return (operand as Json[]).every((part) => passes(part, document));
    case "$or":
      return (operand as Json[]).some((part) => passes(part, document));
    case "$not":
      return !passes(operand, document);
    case "$neg": {
      const value = evaluate(operand, document);
      return calculate("$sub", zeroLike(value), value);
    }
    default:
      throw new Error(`Unknown filter operator ${operator}`);
  }
}

function parts(expression: Json): [string, Json] {
  const entry = isObject(expression) ? Object.entries(expression)[0] : undefined;
  if (entry === undefined) throw new Error(`Invalid filter expression ${JSON.stringify(expression)}`);
  return entry;
}

/** Missing fields are `undefined` in expressions; on the way here they travel as a tag. */
export function untagUndefined(value: Json): Value {
  return isObject(value) && "$undefined" in value ? undefined : value;
}

function zeroLike(value: Value): Json {
  // -0.0 and not 0.0, so that the negation of 0.0 is -0.0.
  return tagged(value, "$integer") === undefined ? float64(-0) : int64(0n);
}

function calculate(operator: string, left: Value, right: Value): Json {
  const [verb, calculation] = ARITHMETIC[operator]!;
  const [a, b] = [numeric(left), numeric(right)];
  if (a === undefined || typeof a !== typeof b) {
    throw new Error(`Cannot ${verb} ${JSON.stringify(left)} and ${JSON.stringify(right)} in a filter`);
  }
  const result = calculation(a as number, b as number) as number | bigint;
  return typeof result === "number" ? float64(result) : int64(BigInt.asIntN(64, result));
}

function numeric(value: Value): number | bigint | undefined {
  const integer = tagged(value, "$integer");
  return integer === undefined ? asFloat64(value) : readInt64(integer);
}
