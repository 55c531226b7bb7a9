// The public keys of identity providers: fetched when a token needs them, and kept for a while.
import type { createRemoteJWKSet, CryptoKey, JWSHeaderParameters } from "jose";
import { jose } from "./token.ts";
import { HttpError, JSON_TYPE } from "../http/reply.ts";
import { type AuthProvider, canonicalIssuer, isTrustworthy } from "../project/authConfig.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

const FETCH_MS = 5_000;
const LARGEST_DOCUMENT = 1 << 20;
const MOST_KEYS = 100;

export class KeySet {
  /** The issuer's own spelling of its name, once a key has been found; null when it has published none. */
  issuer: string | null = null;
  private readonly provider: AuthProvider;
  private finder: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor(provider: AuthProvider) {
    this.provider = provider;
  }

  /** The key a token's header asks for. A set is kept for ten minutes, and half a minute if a key is not in it. */
  find(header: JWSHeaderParameters): Promise<CryptoKey> {
    this.finder ??= this.createFinder();
    return this.finder(header);
  }

  private createFinder(): ReturnType<typeof createRemoteJWKSet> {
    const { createRemoteJWKSet, customFetch } = jose();
    const { jwks, issuer } = this.provider;
    const fetchSet = async () => Response.json({ keys: await this.fetchKeys() });
    return createRemoteJWKSet(new URL(jwks ?? discoveryOf(issuer)), { [customFetch]: fetchSet });
  }

  private async fetchKeys(): Promise<JsonObject[]> {
    const address = this.provider.jwks ?? (await this.discover());
    const { keys } = await fetchObject(address);
    if (!Array.isArray(keys)) throw discoveryFailed(400, `${spell(address)} is no key set`);
    return keys.slice(0, MOST_KEYS).filter(isObject);
  }

  /** Where the issuer says that its keys are. */
  private async discover(): Promise<string> {
    const discovery = discoveryOf(this.provider.issuer);
    const { issuer, jwks_uri } = await fetchObject(discovery);
    if (typeof issuer !== "string" || typeof jwks_uri !== "string" || !isTrustworthy(jwks_uri)) {
      throw discoveryFailed(400, `${discovery} names no issuer or no keys that can be used`);
    }
    this.issuer = issuer;
    return jwks_uri;
  }
}

function discoveryOf(issuer: string): string {
  return `${canonicalIssuer(issuer)}/.well-known/openid-configuration`;
}

async function fetchObject(address: string): Promise<JsonObject> {
  let response: Response;
  let text: string;
  try {
    // A redirect could lead to an address that would have been refused.
    response = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(FETCH_MS) });
    text = await readText(response);
  } catch (error) {
    const reason =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : error;
    throw discoveryFailed(400, `${spell(address)} could not be fetched: ${reason}`);
  }
  if (!response.ok)
    throw discoveryFailed(response.status, `${spell(address)} answered HTTP ${response.status}`);
  const type = response.headers.get("content-type") ?? "";
  if (!JSON_TYPE.test(type) && !address.startsWith("data:")) {
    throw discoveryFailed(400, `${spell(address)} has the content type ${JSON.stringify(type)}, not JSON`);
  }
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // Said below, as for JSON that is no object.
  }
  throw discoveryFailed(400, `${spell(address)} is no JSON object`);
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LARGEST_DOCUMENT) throw new Error(`it is larger than ${LARGEST_DOCUMENT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function spell(address: string): string {
  return address.startsWith("data:") ? "the data: address of the keys" : address;
}

function discoveryFailed(status: number, reason: string): HttpError {
  return new HttpError(status, "AuthProviderDiscoveryFailed", `Auth provider discovery failed: ${reason}.`);
}
