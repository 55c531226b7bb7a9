// End users, who show a token that one of the project's identity providers has signed.
import { customIdentity, oidcIdentity } from "./claims.ts";
import type { Caller } from "./caller.ts";
import { KeySet } from "./keySets.ts";
import { type Algorithm, parseToken, type Token, verifies } from "./token.ts";
import { HttpError } from "../http/reply.ts";
import { type AuthProvider, canonicalIssuer } from "../project/authConfig.ts";
import type { JsonObject } from "../values/json.ts";

type Refusal = "NoAuthProvider" | "InvalidAuthHeader" | "Unauthenticated";

/** How Convex treats the tokens of one kind of provider. */
interface Rules {
  algorithms: readonly Algorithm[];
  /** What a bad signature, audience or time is called. */
  refusal: Refusal;
  leewaySeconds: number;
  identity: (claims: JsonObject) => JsonObject;
}

const NOT_BEFORE_LEEWAY_SECONDS = 5;

export class Users {
  private readonly now: () => number;
  private providers: { provider: AuthProvider; keys: KeySet }[] = [];

  /** `now` gives the time in milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  setProviders(providers: AuthProvider[]): void {
    const { now } = this;
    this.providers = providers.map((provider) => {
      const { jwks, issuer } = provider;
      return { provider, keys: new KeySet(jwks === null ? { issuer } : { jwks }, now) };
    });
  }

  /** The user whose token it is. Fails as Convex does, with HTTP 401 unless it is the provider's fault. */
  async authenticate(text: string): Promise<Caller> {
    const token = parseToken(text);
    if (token === null) throw refused("InvalidAuthHeader", "it is not a signed JSON Web Token");
    const issuer = token.claims["iss"];
    if (typeof issuer !== "string" || issuer === "") throw refused("InvalidAuthHeader", "it names no issuer");
    const { provider, keys } = this.providerOf(issuer, token);
    const rules = rulesOf(provider);
    await checkSignature(token, provider, keys, rules);
    checkAudience(token, provider);
    if (provider.type === "oidc") await checkIssuer(issuer, provider.issuer, keys);
    const expires = this.checkTimes(token, rules);
    return { isAdmin: false, identity: rules.identity(token.claims), expires };
  }

  private providerOf(issuer: string, token: Token): { provider: AuthProvider; keys: KeySet } {
    const audiences = audiencesOf(token);
    const found = this.providers.find(({ provider }) => {
      const { applicationID } = provider;
      return (
        canonicalIssuer(provider.issuer) === canonicalIssuer(issuer) &&
        (applicationID === null || audiences.includes(applicationID))
      );
    });
    if (found !== undefined) return found;
    throw refused(
      "NoAuthProvider",
      `no provider in auth.config has the issuer ${JSON.stringify(issuer)} and one of the audiences ${JSON.stringify(audiences)}`,
    );
  }

  hasExpired({ expires }: Caller): boolean {
    return expires !== null && this.now() >= expires;
  }

  /** Returns when the token expires, in milliseconds. */
  private checkTimes({ claims }: Token, { refusal, leewaySeconds }: Rules): number {
    const { exp, nbf, iat, sub } = claims;
    if (typeof sub !== "string" || sub === "") throw refused(refusal, "it names no subject");
    if (typeof exp !== "number") throw refused(refusal, "it has no expiry");
    if (refusal === "Unauthenticated" && typeof iat !== "number")
      throw refused(refusal, "it does not say when it was issued");
    const seconds = this.now() / 1000;
    if (seconds >= exp + leewaySeconds) throw refused(refusal, "it has expired");
    if (nbf !== undefined && !(typeof nbf === "number" && seconds >= nbf - NOT_BEFORE_LEEWAY_SECONDS)) {
      throw refused(refusal, "it is not valid yet");
    }
    return (exp + leewaySeconds) * 1000;
  }
}

function rulesOf(provider: AuthProvider): Rules {
  return provider.type === "oidc"
    ? { algorithms: ["RS256", "EdDSA"], refusal: "Unauthenticated", leewaySeconds: 0, identity: oidcIdentity }
    : {
        algorithms: [provider.algorithm],
        refusal: "InvalidAuthHeader",
        leewaySeconds: 5,
        identity: customIdentity,
      };
}

async function checkSignature(
  token: Token,
  provider: AuthProvider,
  keys: KeySet,
  rules: Rules,
): Promise<void> {
  // The provider decides which algorithms there are, never the token.
  const algorithm = rules.algorithms.find((name) => name === token.algorithm);
  if (algorithm === undefined)
    throw refused(rules.refusal, `it is not signed with ${rules.algorithms.join(" or ")}`);
  if (provider.type === "customJwt" && token.kid === null)
    throw refused("InvalidAuthHeader", "it names no key");
  const key = await keys.find(token.kid, algorithm);
  if (key === null) throw refused("InvalidAuthHeader", "its key is none that the provider publishes");
  if (!verifies(token, key, algorithm)) throw refused(rules.refusal, "its signature is wrong");
}

/** That the audience is among the token's has been checked when the provider was chosen. */
function checkAudience({ claims: { aud } }: Token, { type }: AuthProvider): void {
  if (type === "oidc" && Array.isArray(aud) && aud.length !== 1) {
    throw refused("Unauthenticated", "it has several audiences");
  }
}

async function checkIssuer(issuer: string, configured: string, keys: KeySet): Promise<void> {
  if (issuer !== ((await keys.issuer()) ?? configured)) {
    throw refused("Unauthenticated", "its issuer is not spelled as the provider spells it");
  }
}

function audiencesOf({ claims: { aud } }: Token): string[] {
  const audiences = Array.isArray(aud) ? aud : [aud];
  return audiences.filter((audience) => typeof audience === "string");
}

function refused(code: Refusal, reason: string): HttpError {
  const text =
    code === "NoAuthProvider"
      ? "No auth provider found matching the given token"
      : "Could not verify the token";
  return new HttpError(401, code, `${text}: ${reason}.`);
}
