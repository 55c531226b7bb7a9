// Checks tagged JSON against validators in their exported JSON form; failure texts as the server's.
import { type DecodedId, decodeId } from "../values/ids.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  readFloat64,
  readInt64,
  spellFloat,
  tagged,
  tagOf,
} from "../values/json.ts";
import { compareValues } from "../values/keys.ts";

export interface ObjectField {
  fieldType: Validator;
  optional: boolean;
}
export type Validator =
  | { type: "any" | "null" | "number" | "bigint" | "boolean" | "string" | "bytes" | "commitTs" }
  | { type: "id"; tableName: string }
  | { type: "literal"; value: Json }
  | { type: "array"; value: Validator }
  | { type: "object"; value: Record<string, ObjectField> }
  | { type: "record"; keys: Validator; values: ObjectField }
  | { type: "union"; value: Validator[] };

/** Tells table numbers in ids from table names in validators. */
export interface TableNames {
  table(name: string): { number: number } | undefined;
  numbered(number: number): { name: string } | undefined;
}

/** What is wrong with the value at a path: as a text of its own, and as lines in a list of several. */
type Problem = (path: string) => { text: string; reasons: string[] };

/** How the value deviates, as the server words it, or null when it fits. */
export function mismatch(value: Json, validator: Validator, tables: TableNames): string | null {
  return problem(value, validator, tables)?.("").text ?? null;
}

/** Builds no text: most values fit, and those that do not fit one part of a union often fit another. */
function problem(value: Json, validator: Validator, tables: TableNames): Problem | null {
  switch (validator.type) {
    case "array":
      return arrayProblem(value, validator, tables);
    case "object":
      if (!isPlain(value)) return noMatch(value, validator);
      return fitsObject(value, validator, tables) ? null : objectProblem(value, validator, tables);
    case "record":
      return recordProblem(value, validator, tables);
    case "union":
      return validator.value.some((option) => problem(value, option, tables) === null)
        ? null
        : noMatch(value, validator);
    case "id":
      return idProblem(value, validator, tables);
    case "literal":
      return literalProblem(value, validator);
    default:
      return fits(value, validator.type) ? null : noMatch(value, validator);
  }
}

function fitsObject(value: JsonObject, validator: Of<"object">, tables: TableNames): boolean {
  for (const name in validator.value) {
    const { fieldType, optional } = validator.value[name]!;
    if (Object.hasOwn(value, name) ? problem(value[name]!, fieldType, tables) !== null : !optional)
      return false;
  }
  return Object.keys(value).every((name) => Object.hasOwn(validator.value, name));
}

function fits(value: Json, type: string): boolean {
  switch (type) {
    case "any":
      return true;
    case "null":
      return value === null;
    case "number":
      return typeof value === "number" || tagged(value, "$float") !== undefined;
    case "bigint":
    case "commitTs":
      return tagged(value, "$integer") !== undefined;
    case "bytes":
      return tagged(value, "$bytes") !== undefined;
    default:
      return typeof value === type;
  }
}

function isPlain(value: Json): value is JsonObject {
  return isObject(value) && tagOf(value) === undefined;
}

type Of<T extends Validator["type"]> = Extract<Validator, { type: T }>;

function under(segment: string, found: Problem | null): Problem | null {
  return found && ((path) => found(path + segment));
}

function arrayProblem(value: Json, validator: Of<"array">, tables: TableNames): Problem | null {
  if (!Array.isArray(value)) return noMatch(value, validator);
  for (const [i, item] of value.entries()) {
    const found = problem(item, validator.value, tables);
    if (found !== null) return under(`[${i}]`, found);
  }
  return null;
}

/** An object's problems are listed together; a single one keeps its own text. */
function objectProblem(value: JsonObject, validator: Of<"object">, tables: TableNames): Problem {
  return (path) => {
    const problems = [
      ...Object.keys(validator.value)
        .sort()
        .map((name) => fieldProblem(value, name, validator, tables)),
      ...Object.keys(value)
        .sort()
        .map((name) => extraProblem(value, name, validator)),
    ].flatMap((found) => found?.(path) ?? []);
    if (problems.length === 1) return problems[0]!;
    const reasons = problems.flatMap((found) => found.reasons);
    const list = reasons.map((reason) => `- ${reason}\n`).join("");
    return { text: `Object has multiple validation errors:\n${list}${spellBoth(value, validator)}`, reasons };
  };
}

function fieldProblem(
  value: JsonObject,
  name: string,
  validator: Of<"object">,
  tables: TableNames,
): Problem | null {
  const { fieldType, optional } = validator.value[name]!;
  if (Object.hasOwn(value, name)) return under(`.${name}`, problem(value[name]!, fieldType, tables));
  if (optional) return null;
  return (path) => ({
    text: `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.\n${spellPath(path)}\n${spellBoth(value, validator)}`,
    reasons: [reasonAt(path, `missing required field \`${name}\``)],
  });
}

function extraProblem(value: JsonObject, name: string, validator: Of<"object">): Problem | null {
  if (Object.hasOwn(validator.value, name)) return null;
  const text = `extra field \`${name}\` that is not in the validator`;
  return (path) => ({
    text: `Object contains ${text}.\n${spellPath(path)}\n${spellBoth(value, validator)}`,
    reasons: [reasonAt(path, text)],
  });
}

function spellBoth(value: JsonObject, validator: Validator): string {
  return `Object: ${spell(value)}\nValidator: ${spellValidator(validator)}`;
}

function recordProblem(value: Json, validator: Of<"record">, tables: TableNames): Problem | null {
  if (!isPlain(value)) return noMatch(value, validator);
  for (const [key, item] of Object.entries(value)) {
    const found =
      under(".keys()", problem(key, validator.keys, tables)) ??
      under(".values()", problem(item, validator.values.fieldType, tables));
    if (found !== null) return found;
  }
  return null;
}

function idProblem(value: Json, validator: Of<"id">, tables: TableNames): Problem | null {
  const id: DecodedId | null = typeof value === "string" ? decodeId(value) : null;
  const found = id === null ? undefined : tables.numbered(id.table);
  if (found === undefined) return noMatch(value, validator);
  if (found.name === validator.tableName) return null;
  const origin = found.name.startsWith("_") ? "a system table" : `table \`${found.name}\``;
  return runOn(
    () =>
      `Found ID "${value}" from ${origin}, which does not match the table name in validator \`${spellValidator(validator)}\`.`,
  );
}

function literalProblem(value: Json, validator: Of<"literal">): Problem | null {
  if (compareValues(value, validator.value) === 0) return null;
  return runOn(
    () => `\`${spell(value)}\` does not match literal validator \`${spellValidator(validator)}\`.`,
  );
}

/** No space or line break before the path: so the server's text is. */
function runOn(text: () => string): Problem {
  return (path) => ({ text: text() + spellPath(path), reasons: [reasonAt(path, text())] });
}

function noMatch(value: Json, validator: Validator): Problem {
  return (path) => {
    const [given, wanted] = [spell(value), spellValidator(validator)];
    return {
      text: `Value does not match validator.\n${spellPath(path)}\nValue: ${given}\nValidator: ${wanted}`,
      reasons: [reasonAt(path, `\`${given}\` does not match validator \`${wanted}\``)],
    };
  };
}

function reasonAt(path: string, reason: string): string {
  return path === "" ? reason : `${reason} ${spellPath(path)}`;
}

function spellPath(path: string): string {
  return path === "" ? "" : `Path: ${path}`;
}

export function spell(value: Json): string {
  if (typeof value === "number") return spellFloat(value);
  if (Array.isArray(value)) return `[${value.map(spell).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const integer = tagged(value, "$integer");
  if (integer !== undefined) return `${readInt64(integer)}n`;
  const float = tagged(value, "$float");
  if (float !== undefined) return spellSpecialFloat(readFloat64(float));
  const bytes = tagged(value, "$bytes");
  if (bytes !== undefined) return `Bytes("${bytes}")`;
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${spellKey(key)}: ${spell(value[key]!)}`);
  return `{${fields.join(", ")}}`;
}

function spellSpecialFloat(value: number): string {
  return Number.isNaN(value)
    ? "NaN"
    : Number.isFinite(value)
      ? spellFloat(value)
      : value > 0
        ? "inf"
        : "-inf";
}

function spellKey(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key);
}

export function spellValidator(validator: Validator): string {
  switch (validator.type) {
    case "number":
      return "v.float64()";
    case "bigint":
      return "v.int64()";
    case "id":
      return `v.id(${JSON.stringify(validator.tableName)})`;
    case "literal":
      return `v.literal(${spell(validator.value)})`;
    case "array":
      return `v.array(${spellValidator(validator.value)})`;
    case "record":
      return `v.record(${spellValidator(validator.keys)}, ${spellValidator(validator.values.fieldType)})`;
    case "union":
      return `v.union(${validator.value.map(spellValidator).join(", ")})`;
    case "object":
      return `v.object({${Object.keys(validator.value)
        .sort()
        .map((name) => spellField(name, validator.value[name]!))
        .join(", ")}})`;
    default:
      return `v.${validator.type}()`;
  }
}

function spellField(name: string, { fieldType, optional }: ObjectField): string {
  const type = spellValidator(fieldType);
  return `${spellKey(name)}: ${optional ? `v.optional(${type})` : type}`;
}
