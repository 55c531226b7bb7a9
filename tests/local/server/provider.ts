// An identity provider on this machine whose tokens and documents a test may spoil as it likes.
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

export type Algorithm = "RS256" | "ES256" | "EdDSA";
type Claims = Record<string, unknown>;

const PAIRS = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
};

export class Provider {
  /** Paths that were asked for, in order. */
  readonly requests: string[] = [];
  readonly url: string;
  keys: object[] = (["RS256", "ES256", "EdDSA"] as const).map((algorithm) => publicKey(algorithm));
  /** Answers instead of the real documents. */
  answer: ((path: string, response: ServerResponse) => boolean) | null = null;

  private constructor(url: string) {
    this.url = url;
  }

  static async start(): Promise<Provider> {
    let provider: Provider | undefined;
    const server = createServer(({ url }, response) => provider!.respond(url!, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    provider = new Provider(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return provider;
  }

  get keyDocument(): string {
    return JSON.stringify({ keys: this.keys });
  }

  /** Claims of a valid token for the application `app`. */
  claims(more: Claims = {}): Claims {
    const now = Date.now() / 1000;
    return { iss: this.url, sub: "u1", aud: "app", iat: now, exp: now + 60, ...more };
  }

  token(algorithm: Algorithm, more: Claims = {}, header: Claims = {}): string {
    return signed({ alg: algorithm, kid: algorithm, ...header }, this.claims(more), algorithm);
  }

  private respond(path: string, response: ServerResponse): void {
    this.requests.push(path);
    if (this.answer?.(path, response)) return;
    const documents: Record<string, string> = {
      "/.well-known/openid-configuration": JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/keys` }),
      "/keys": this.keyDocument,
    };
    const text = documents[path];
    response.writeHead(text === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(text);
  }
}

export function publicKey(algorithm: Algorithm, kid: string = algorithm): object {
  return { ...PAIRS[algorithm].publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" };
}

export function publicPem(algorithm: Algorithm): string {
  return PAIRS[algorithm].publicKey.export({ format: "pem", type: "spki" }) as string;
}

export function signed(header: Claims, claims: Claims, algorithm: Algorithm): string {
  const text = unsigned(header, claims);
  const key = PAIRS[algorithm].privateKey as KeyObject;
  const digest = algorithm === "EdDSA" ? null : "sha256";
  return `${text}.${sign(digest, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

export function signedWithSecret(header: Claims, claims: Claims, secret: string): string {
  const text = unsigned(header, claims);
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

export function unsigned(header: Claims, claims: Claims): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
}
