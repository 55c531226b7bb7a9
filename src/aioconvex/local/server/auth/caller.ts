// Who is calling: nobody in particular, the deployment's admin, or the admin acting as a user.
import { createHash, timingSafeEqual } from "node:crypto";
import { HttpError } from "../http/reply.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

export interface Caller {
  isAdmin: boolean;
  /** What `ctx.auth.getUserIdentity()` returns. */
  identity: JsonObject | null;
}

export const NOBODY: Caller = { isAdmin: false, identity: null };

const SHORTEST_HEADER = 7;

/** Reads the `Authorization` header or, only without one, the `adminKey` query parameter. */
export function authenticate(header: string | undefined, parameter: string | null, adminKey: string): Caller {
  if (header === undefined) {
    return parameter === null ? NOBODY : headerAdmin(parameter, adminKey);
  }
  if (header.length < SHORTEST_HEADER) {
    throw new HttpError(400, "InvalidHeaderFailure", "The Authorization header is too short.");
  }
  const [, scheme = "", credentials = ""] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case "convex":
      return headerAdmin(credentials.trim(), adminKey);
    case "bearer":
      return userCaller();
    default:
      throw new HttpError(
        400,
        "InvalidAdminKey",
        "The Authorization header must use the scheme Convex or Bearer.",
      );
  }
}

export function userCaller(): never {
  throw new HttpError(
    401,
    "NoAuthProvider",
    "No auth provider found matching the given token: user tokens are not supported by the local deployment yet.",
  );
}

/** `actingAs` is the user whom the admin stands in for; null for none. */
export function adminCaller(key: string, adminKey: string, actingAs: Json): Caller {
  if (!sameKey(key, adminKey)) {
    throw new HttpError(401, "BadAdminKey", "The provided admin key was invalid for this instance.");
  }
  return { isAdmin: true, identity: actingAs === null ? null : userIdentity(actingAs) };
}

function headerAdmin(credentials: string, adminKey: string): Caller {
  // Keys may carry a `type:` prefix up to their bar; only a colon after it starts an acting-as part.
  const colon = credentials.indexOf(":", credentials.indexOf("|") + 1);
  if (colon < 0) return adminCaller(credentials, adminKey, null);
  return adminCaller(credentials.slice(0, colon), adminKey, decode(credentials.slice(colon + 1)));
}

/** Compares digests, so that neither length nor content shows in the time taken. */
function sameKey(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** What is no JSON is no identity either. */
function decode(encoded: string): Json {
  try {
    return (JSON.parse(Buffer.from(encoded, "base64").toString()) as Json) ?? false;
  } catch {
    return false;
  }
}

function userIdentity(identity: Json): JsonObject {
  const text = (name: string) => isObject(identity) && typeof identity[name] === "string" && identity[name];
  if (!isObject(identity) || !(text("tokenIdentifier") || (text("issuer") && text("subject")))) {
    throw new HttpError(
      400,
      "HeaderParseFailure",
      "The acting-as part of the credentials is not a user identity.",
    );
  }
  return { tokenIdentifier: `${text("issuer")}|${text("subject")}`, ...identity };
}
