// The identity providers that `auth.config.ts` names, checked before any token is.
import { Failure } from "../failure.ts";
import { LOOPBACK_NAMES } from "../loopback.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

export interface OidcProvider {
  type: "oidc";
  issuer: string;
  applicationID: string;
  /** Where the keys are; null for wherever the issuer's discovery document says. */
  jwks: string | null;
}
export interface CustomJwtProvider {
  type: "customJwt";
  issuer: string;
  applicationID: string | null;
  jwks: string;
  algorithm: "RS256" | "ES256";
}
export type AuthProvider = OidcProvider | CustomJwtProvider;

/** Reads the default export of `auth.config.ts`, as JSON would carry it. */
export function parseAuthConfig(config: Json | undefined): AuthProvider[] {
  const providers = isObject(config) ? config["providers"] : undefined;
  if (!Array.isArray(providers)) throw invalid("the default export must be { providers: [...] }");
  return providers.map((provider, i) => parseProvider(provider, `provider ${i + 1}`));
}

/** Keys that arrive over an open network could be anybody's. */
export function isTrustworthy(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return (
    protocol === "https:" || protocol === "data:" || (protocol === "http:" && LOOPBACK_NAMES.has(hostname))
  );
}

/** An issuer with its scheme and without a slash at its end, for comparing. */
export function canonicalIssuer(issuer: string): string {
  const address = /^https?:\/\//.test(issuer) ? issuer : `https://${issuer}`;
  return address.replace(/\/$/, "");
}

function parseProvider(provider: Json, label: string): AuthProvider {
  if (!isObject(provider)) throw invalid(`${label} must be an object`);
  if (provider["type"] === "customJwt") return parseCustomJwt(provider, label);
  const type = provider["type"];
  if (type !== undefined && type !== "oidc")
    throw invalid(`${label} has the unknown type ${JSON.stringify(type)}`);
  const issuer = text(provider, "domain", label);
  if (!isTrustworthy(canonicalIssuer(issuer))) throw untrustworthy(`${label}: \`domain\``);
  return { type: "oidc", issuer, applicationID: text(provider, "applicationID", label), jwks: null };
}

function parseCustomJwt(provider: JsonObject, label: string): CustomJwtProvider {
  const { applicationID = null, algorithm } = provider;
  if (algorithm !== "RS256" && algorithm !== "ES256") {
    throw invalid(`${label}: \`algorithm\` must be RS256 or ES256`);
  }
  if (applicationID !== null && typeof applicationID !== "string") {
    throw invalid(`${label}: \`applicationID\` must be a string`);
  }
  const jwks = text(provider, "jwks", label);
  if (!isTrustworthy(jwks)) throw untrustworthy(`${label}: \`jwks\``);
  return { type: "customJwt", issuer: text(provider, "issuer", label), applicationID, jwks, algorithm };
}

function text(provider: JsonObject, name: string, label: string): string {
  const value = provider[name];
  if (typeof value === "string" && value !== "") return value;
  const help =
    "LocalDeployment(env=...), `aioconvex dev --env` and pytest's convex_env set environment variables";
  throw invalid(`${label}: \`${name}\` must be a string; ${help}`);
}

function untrustworthy(what: string): Failure {
  return invalid(`${what} must be an https: or data: address, or an http: one on this machine`);
}

function invalid(reason: string): Failure {
  return new Failure("AuthConfigInvalid", `auth.config: ${reason}.`);
}
