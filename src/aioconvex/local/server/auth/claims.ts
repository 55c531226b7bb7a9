// From a verified token's claims to what `ctx.auth.getUserIdentity()` returns.
import { isObject, type Json, type JsonObject } from "../values/json.ts";

/** Standard claims of OpenID Connect under the names Convex gives them. */
const STANDARD_CLAIMS: Readonly<Record<string, string>> = {
  name: "name",
  given_name: "givenName",
  family_name: "familyName",
  nickname: "nickname",
  preferred_username: "preferredUsername",
  profile: "profileUrl",
  picture: "pictureUrl",
  website: "websiteUrl",
  email: "email",
  email_verified: "emailVerified",
  gender: "gender",
  birthdate: "birthday",
  zoneinfo: "timezone",
  locale: "language",
  phone_number: "phoneNumber",
  phone_number_verified: "phoneNumberVerified",
  address: "address",
  updated_at: "updatedAt",
};
/** Claims about the token, not about its user. */
const REGISTERED = new Set(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "fva"]);
const OIDC_REGISTERED = new Set([
  ...REGISTERED,
  ...["auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash"],
]);

export function oidcIdentity(claims: JsonObject): JsonObject {
  const own: [string, Json][] = [];
  const standard: [string, Json][] = [];
  for (const [name, value] of Object.entries(claims)) {
    if (OIDC_REGISTERED.has(name)) continue;
    if (!Object.hasOwn(STANDARD_CLAIMS, name)) own.push([name, value]);
    else standard.push([STANDARD_CLAIMS[name]!, standardValue(name, value)]);
  }
  return identity(claims, [...own, ...standard]);
}

export function customIdentity(claims: JsonObject): JsonObject {
  const own = Object.entries(claims).filter(([name]) => !REGISTERED.has(name));
  return identity(
    claims,
    own.flatMap(([name, value]) => flatten(name, value)),
  );
}

/** The names that say who it is come last, so that no other claim can stand in for them. */
function identity(claims: JsonObject, others: [string, Json][]): JsonObject {
  const [issuer, subject] = [claims["iss"] as string, claims["sub"] as string];
  return Object.fromEntries([
    ...others,
    ["tokenIdentifier", `${issuer}|${subject}`],
    ["issuer", issuer],
    ["subject", subject],
  ]) as JsonObject;
}

function standardValue(name: string, value: Json): Json {
  if (name === "address" && isObject(value)) return value["formatted"] ?? null;
  if (name !== "updated_at" || typeof value !== "number") return value;
  const time = new Date(value * 1000);
  return Number.isNaN(time.getTime()) ? value : time.toISOString();
}

function flatten(name: string, value: Json): [string, Json][] {
  if (!isObject(value)) return [[name, value]];
  return Object.entries(value).flatMap(([key, field]) => flatten(`${name}.${key}`, field));
}
