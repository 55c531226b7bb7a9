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

/** What is wrong with a value: as a text of its own, and as lines in a list of several. */
interface Problem {
  text: string;
  reasons: string[];
}

/** How the value deviates, as the server words it, or null when it fits. */
export function mismatch(value: Json, validator: Validator, tables: TableNames): string | null {
  return matches(value, validator, tables) ? null : problem(value, validator, tables, "")!.text;
}

/** The common case, without building any text. */
function matches(value: Json, validator: Validator, tables: TableNames): boolean {
  switch (validator.type) {
    case "array":
      return Array.isArray(value) && value.every((item) => matches(item, validator.value, tables));
    case "object":
      return isPlain(value) && matchesObject(value, validator, tables);
    case "record":
      return isPlain(value) && recordProblem(value, validator, tables, "") === null;
    case "union":
      return validator.value.some((option) => matches(value, option, tables));
    case "id":
      return idProblem(value, validator, tables, "") === null;
    case "literal":
      return compareValues(value, validator.value) === 0;
    default:
      return fits(value, validator.type);
  }
}

function matchesObject(value: JsonObject, validator: Of<"object">, tables: TableNames): boolean {
  for (const name in validator.value) {
    const { fieldType, optional } = validator.value[name]!;
    if (Object.hasOwn(value, name) ? !matches(value[name]!, fieldType, tables) : !optional) return false;
  }
  return Object.keys(value).every((name) => Object.hasOwn(validator.value, name));
}

function problem(value: Json, validator: Validator, tables: TableNames, path: string): Problem | null {
  switch (validator.type) {
    case "array":
      return arrayProblem(value, validator, tables, path);
    case "object":
      return isPlain(value) ? objectProblem(value, validator, tables, path) : noMatch(value, validator, path);
    case "record":
      return recordProblem(value, validator, tables, path);
    case "union":
      return unionProblem(value, validator, tables, path);
    case "id":
      return idProblem(value, validator, tables, path);
    case "literal":
      return literalProblem(value, validator, path);
    default:
      return fits(value, validator.type) ? null : noMatch(value, validator, path);
  }
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

function arrayProblem(value: Json, validator: Of<"array">, tables: TableNames, path: string): Problem | null {
  if (!Array.isArray(value)) return noMatch(value, validator, path);
  const index = value.findIndex((item) => !matches(item, validator.value, tables));
  return index < 0 ? null : problem(value[index]!, validator.value, tables, `${path}[${index}]`);
}

/** An object's problems are listed together; a single one keeps its own text. */
function objectProblem(
  value: JsonObject,
  validator: Of<"object">,
  tables: TableNames,
  path: string,
): Problem | null {
  const problems = [
    ...Object.keys(validator.value)
      .sort()
      .map((name) => fieldProblem(value, name, validator, tables, path)),
    ...Object.keys(value)
      .sort()
      .map((name) => extraProblem(value, name, validator, path)),
  ].filter((found) => found !== null);
  if (problems.length < 2) return problems[0] ?? null;
  const reasons = problems.flatMap((found) => found.reasons);
  const list = reasons.map((reason) => `- ${reason}\n`).join("");
  return { text: `Object has multiple validation errors:\n${list}${spellBoth(value, validator)}`, reasons };
}

function fieldProblem(
  value: JsonObject,
  name: string,
  validator: Of<"object">,
  tables: TableNames,
  path: string,
): Problem | null {
  const { fieldType, optional } = validator.value[name]!;
  if (Object.hasOwn(value, name)) return problem(value[name]!, fieldType, tables, `${path}.${name}`);
  if (optional) return null;
  return {
    text: `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.\n${spellPath(path)}\n${spellBoth(value, validator)}`,
    reasons: [reasonAt(path, `missing required field \`${name}\``)],
  };
}

function extraProblem(
  value: JsonObject,
  name: string,
  validator: Of<"object">,
  path: string,
): Problem | null {
  if (Object.hasOwn(validator.value, name)) return null;
  const text = `extra field \`${name}\` that is not in the validator`;
  return {
    text: `Object contains ${text}.\n${spellPath(path)}\n${spellBoth(value, validator)}`,
    reasons: [reasonAt(path, text)],
  };
}

function spellBoth(value: JsonObject, validator: Validator): string {
  return `Object: ${spell(value)}\nValidator: ${spellValidator(validator)}`;
}

function recordProblem(
  value: Json,
  validator: Of<"record">,
  tables: TableNames,
  path: string,
): Problem | null {
  if (!isPlain(value)) return noMatch(value, validator, path);
  for (const [key, item] of Object.entries(value)) {
    const found =
      problem(key, validator.keys, tables, `${path}.keys()`) ??
      problem(item, validator.values.fieldType, tables, `${path}.values()`);
    if (found !== null) return found;
  }
  return null;
}

function unionProblem(value: Json, validator: Of<"union">, tables: TableNames, path: string): Problem | null {
  return matches(value, validator, tables) ? null : noMatch(value, validator, path);
}

function idProblem(value: Json, validator: Of<"id">, tables: TableNames, path: string): Problem | null {
  const id: DecodedId | null = typeof value === "string" ? decodeId(value) : null;
  const found = id === null ? undefined : tables.numbered(id.table);
  if (found === undefined) return noMatch(value, validator, path);
  if (found.name === validator.tableName) return null;
  const origin = found.name.startsWith("_") ? "a system table" : `table \`${found.name}\``;
  const text = `Found ID "${value}" from ${origin}, which does not match the table name in validator \`${spellValidator(validator)}\`.`;
  // No space or line break in between: so the server's text is.
  return { text: text + spellPath(path), reasons: [reasonAt(path, text)] };
}

function literalProblem(value: Json, validator: Of<"literal">, path: string): Problem | null {
  if (compareValues(value, validator.value) === 0) return null;
  const text = `\`${spell(value)}\` does not match literal validator \`${spellValidator(validator)}\`.`;
  return { text: text + spellPath(path), reasons: [reasonAt(path, text)] };
}

function noMatch(value: Json, validator: Validator, path: string): Problem {
  const [given, wanted] = [spell(value), spellValidator(validator)];
  return {
    text: `Value does not match validator.\n${spellPath(path)}\nValue: ${given}\nValidator: ${wanted}`,
    reasons: [reasonAt(path, `\`${given}\` does not match validator \`${wanted}\``)],
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
