// The public keys of identity providers: fetched when a token needs them, and kept for a while.
import type { KeyObject } from "node:crypto";
import { type Algorithm, keyFor } from "./token.ts";
import { HttpError, JSON_TYPE } from "../http/reply.ts";
import { canonicalIssuer, isTrustworthy } from "../project/authConfig.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

const FETCH_MS = 5_000;
const LARGEST_DOCUMENT = 1 << 20;
const MOST_KEYS = 100;
const FRESH_MS = 10 * 60 * 1000;
/** A key that is not there may be new; whoever invents key ids must not make us ask all the time. */
const RETRY_MS = 30_000;

interface Published {
  keys: JsonObject[];
  /** As the discovery document spells it; null without one. */
  issuer: string | null;
  fetchedAt: number;
}

/** Where a provider publishes its keys: at an address, or where its discovery document says. */
export type KeySource = { jwks: string } | { issuer: string };

export class KeySet {
  private readonly source: KeySource;
  private readonly now: () => number;
  private published: Published | null = null;
  private fetching: Promise<Published> | null = null;

  /** `now` gives the time in milliseconds. */
  constructor(source: KeySource, now: () => number) {
    this.source = source;
    this.now = now;
  }

  /** The key a token names; without a name the only fitting one. Null when there is none. */
  async find(kid: string | null, algorithm: Algorithm): Promise<KeyObject | null> {
    const published = await this.latest(FRESH_MS);
    const found = choose(published, kid, algorithm);
    if (found !== null) return found;
    const again = await this.latest(RETRY_MS);
    return again === published ? null : choose(again, kid, algorithm);
  }

  /** The issuer's own spelling of its name; null when it has published none. */
  async issuer(): Promise<string | null> {
    return (await this.latest(FRESH_MS)).issuer;
  }

  private async latest(maxAge: number): Promise<Published> {
    if (this.published !== null && this.now() - this.published.fetchedAt < maxAge) return this.published;
    this.fetching ??= fetchKeys(this.source, this.now()).finally(() => (this.fetching = null));
    this.published = await this.fetching;
    return this.published;
  }
}

function choose({ keys }: Published, kid: string | null, algorithm: Algorithm): KeyObject | null {
  const named = kid === null ? keys : keys.filter((key) => key["kid"] === kid);
  const fitting = named.map((key) => keyFor(algorithm, key)).filter((key) => key !== null);
  return fitting.length === 1 ? fitting[0]! : null;
}

async function fetchKeys(source: KeySource, fetchedAt: number): Promise<Published> {
  let issuer: string | null = null;
  let address: string;
  if ("jwks" in source) {
    address = source.jwks;
  } else {
    const discovery = `${canonicalIssuer(source.issuer)}/.well-known/openid-configuration`;
    const { issuer: named, jwks_uri } = await fetchObject(discovery);
    if (typeof named !== "string" || typeof jwks_uri !== "string" || !isTrustworthy(jwks_uri)) {
      throw discoveryFailed(400, `${discovery} names no issuer or no keys that can be used`);
    }
    [issuer, address] = [named, jwks_uri];
  }
  const { keys } = await fetchObject(address);
  if (!Array.isArray(keys)) throw discoveryFailed(400, `${spell(address)} is no key set`);
  return { keys: keys.slice(0, MOST_KEYS).filter(isObject), issuer, fetchedAt };
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
