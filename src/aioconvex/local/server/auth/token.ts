// JSON Web Tokens: taken apart strictly, and verified with one key and one algorithm that the caller chose.
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

export type Algorithm = "RS256" | "ES256" | "EdDSA";

export interface Token {
  algorithm: string;
  kid: string | null;
  claims: JsonObject;
  /** What the signature covers. */
  signed: Buffer;
  signature: Buffer;
}

const LONGEST_TOKEN = 64 * 1024;
const SHORTEST_RSA_BITS = 2048;
const KEY_TYPES: Record<Algorithm, { kty: string; crv?: string }> = {
  RS256: { kty: "RSA" },
  ES256: { kty: "EC", crv: "P-256" },
  EdDSA: { kty: "OKP", crv: "Ed25519" },
};

/** The parts of a signed token; null for what is none. Nothing in it is true until `verifies` says so. */
export function parseToken(text: string): Token | null {
  if (text.length > LONGEST_TOKEN) return null;
  const [head = "", body = "", tail = "", ...rest] = text.split(".");
  const [header, claims, signature] = [decodeObject(head), decodeObject(body), decode(tail)];
  if (rest.length > 0 || header === null || claims === null || signature === null) return null;
  const { alg, kid = null, crit } = header;
  // `crit` names extensions that must be understood; none is.
  if (typeof alg !== "string" || crit !== undefined || (kid !== null && typeof kid !== "string")) return null;
  return { algorithm: alg, kid, claims, signed: Buffer.from(`${head}.${body}`), signature };
}

export function verifies({ signed, signature }: Token, key: KeyObject, algorithm: Algorithm): boolean {
  const digest = algorithm === "EdDSA" ? null : "sha256";
  return verify(digest, signed, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** A published key as one for `algorithm`; null when it is meant for anything else, or is none. */
export function keyFor(algorithm: Algorithm, jwk: JsonObject): KeyObject | null {
  const { kty, crv } = KEY_TYPES[algorithm];
  if (jwk["kty"] !== kty || (crv !== undefined && jwk["crv"] !== crv)) return null;
  if ((jwk["alg"] ?? algorithm) !== algorithm || (jwk["use"] ?? "sig") !== "sig") return null;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? SHORTEST_RSA_BITS;
    return bits < SHORTEST_RSA_BITS ? null : key;
  } catch {
    return null;
  }
}

function decodeObject(part: string): JsonObject | null {
  const bytes = decode(part);
  if (bytes === null) return null;
  try {
    const value = JSON.parse(bytes.toString()) as Json;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Base64url in its one spelling, and not empty. */
function decode(part: string): Buffer | null {
  const bytes = Buffer.from(part, "base64url");
  return part !== "" && bytes.toString("base64url") === part ? bytes : null;
}
