// An identity provider of the deployment's own, for tests that need signed-in users.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { jose } from "./token.ts";
import type { OidcProvider } from "../project/authConfig.ts";
import type { JsonObject } from "../values/json.ts";

const ISSUER = "https://local-issuer.invalid";
const AUDIENCE = "local";
/** Claims that are the issuer's own. */
export const ISSUED = ["iss", "aud", "sub", "iat", "exp"];

export class LocalIssuer {
  private readonly now: () => number;
  private readonly kid = randomUUID();
  private readonly keys = generateKeyPairSync("ed25519");

  /** `now` gives the time in milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** To be accepted beside the project's own providers; its keys travel with it. */
  get provider(): OidcProvider {
    const key = { ...this.keys.publicKey.export({ format: "jwk" }), kid: this.kid, alg: "EdDSA", use: "sig" };
    const jwks = `data:application/json,${encodeURIComponent(JSON.stringify({ keys: [key] }))}`;
    return { type: "oidc", issuer: ISSUER, applicationID: AUDIENCE, jwks };
  }

  /** A token that is valid for so many seconds; one of none or fewer has expired already. */
  mint(subject: string, expiresInSeconds: number, claims: JsonObject): Promise<string> {
    const { SignJWT } = jose();
    const iat = this.now() / 1000;
    const exp = iat + expiresInSeconds;
    return new SignJWT({ ...claims, iss: ISSUER, aud: AUDIENCE, sub: subject, iat, exp })
      .setProtectedHeader({ alg: "EdDSA", typ: "JWT", kid: this.kid })
      .sign(this.keys.privateKey);
  }
}
