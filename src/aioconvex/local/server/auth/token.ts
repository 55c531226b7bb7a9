// JSON Web Tokens: read strictly, and verified by npm `jose`.
import { vendored } from "../bundler/vendored.ts";
import type { JsonObject } from "../values/json.ts";

/** The few names of jose that are used, and so come with us. */
type Jose = Pick<
  typeof import("jose"),
  "compactVerify" | "createRemoteJWKSet" | "customFetch" | "decodeJwt" | "decodeProtectedHeader" | "SignJWT"
>;

export interface Token {
  text: string;
  algorithm: string;
  /** Names the key; undefined when nothing does. */
  kid: string | undefined;
  claims: JsonObject;
}

const LONGEST_TOKEN = 64 * 1024;

/** Loaded with the first token, as many projects have none. */
export function jose(): Jose {
  return vendored("jose") as Jose;
}

/** What a token says; null for what is none. Nothing in it is true before its signature has been checked. */
export function readToken(text: string): Token | null {
  if (text.length > LONGEST_TOKEN || !text.split(".").every(isEncoded)) return null;
  const { decodeJwt, decodeProtectedHeader } = jose();
  try {
    const { alg, kid, crit } = decodeProtectedHeader(text);
    const claims = decodeJwt(text) as JsonObject;
    if (typeof alg !== "string" || (kid !== undefined && typeof kid !== "string")) return null;
    // `crit` names extensions that must be understood; none is.
    return crit === undefined ? { text, algorithm: alg, kid, claims } : null;
  } catch {
    return null;
  }
}

/** Base64url in its one spelling, and not empty; jose takes others too. */
function isEncoded(part: string): boolean {
  return part !== "" && Buffer.from(part, "base64url").toString("base64url") === part;
}
