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

/** The first mismatch as the server words it, or null when the value fits. */
export function mismatch(value: Json, validator: Validator, tables: TableNames, path = ""): string | null {
  switch (validator.type) {
    case "array":
      return arrayMismatch(value, validator, tables, path);
    case "object":
      return isPlain(value)
        ? objectMismatch(value, validator, tables, path)
        : noMatch(value, validator, path);
    case "record":
      return recordMismatch(value, validator, tables, path);
    case "union":
      return unionMismatch(value, validator, tables, path);
    case "id":
      return idMismatch(value, validator, tables, path);
    case "literal":
      return literalMismatch(value, validator, path);
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

function arrayMismatch(value: Json, validator: Of<"array">, tables: TableNames, path: string): string | null {
  if (!Array.isArray(value)) return noMatch(value, validator, path);
  for (const [index, item] of value.entries()) {
    // Long vectors of numbers are common; their paths need not be built one by one.
    if (typeof item === "number" && validator.value.type === "number") continue;
    const found = mismatch(item, validator.value, tables, `${path}[${index}]`);
    if (found !== null) return found;
  }
  return null;
}

function objectMismatch(
  value: JsonObject,
  validator: Of<"object">,
  tables: TableNames,
  path: string,
): string | null {
  const about = () =>
    `${spellPath(path)}\n\nObject: ${spell(value)}\nValidator: ${spellValidator(validator)}`;
  for (const [name, { fieldType, optional }] of Object.entries(validator.value)) {
    if (Object.hasOwn(value, name)) {
      const found = mismatch(value[name]!, fieldType, tables, `${path}.${name}`);
      if (found !== null) return found;
    } else if (!optional) {
      return `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.${about()}`;
    }
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(validator.value, name)) {
      return `Object contains extra field \`${name}\` that is not in the validator.${about()}`;
    }
  }
  return null;
}

function recordMismatch(
  value: Json,
  validator: Of<"record">,
  tables: TableNames,
  path: string,
): string | null {
  if (!isPlain(value)) return noMatch(value, validator, path);
  for (const [key, item] of Object.entries(value)) {
    const found =
      mismatch(key, validator.keys, tables, `${path}.keys()`) ??
      mismatch(item, validator.values.fieldType, tables, `${path}.values()`);
    if (found !== null) return found;
  }
  return null;
}

function unionMismatch(value: Json, validator: Of<"union">, tables: TableNames, path: string): string | null {
  const fitting = validator.value.some((option) => mismatch(value, option, tables, path) === null);
  return fitting ? null : noMatch(value, validator, path);
}

function idMismatch(value: Json, validator: Of<"id">, tables: TableNames, path: string): string | null {
  const id: DecodedId | null = typeof value === "string" ? decodeId(value) : null;
  if (id === null) return noMatch(value, validator, path);
  const found = tables.numbered(id.table);
  if (found === undefined) return noMatch(value, validator, path);
  if (found.name === validator.tableName) return null;
  return `Found ID "${value}" from table \`${found.name}\`, which does not match the table name in validator \`${spellValidator(validator)}\`.${spellPath(path)}`;
}

function literalMismatch(value: Json, validator: Of<"literal">, path: string): string | null {
  if (compareValues(value, validator.value) === 0) return null;
  return `\`${spell(value)}\` does not match literal validator \`${spellValidator(validator)}\`.${spellPath(path)}`;
}

function noMatch(value: Json, validator: Validator, path: string): string {
  return `Value does not match validator.${spellPath(path)}\nValue: ${spell(value)}\nValidator: ${spellValidator(validator)}`;
}

function spellPath(path: string): string {
  return path === "" ? "" : `\nPath: ${path}`;
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
