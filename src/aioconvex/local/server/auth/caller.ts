// Who is calling: nobody in particular, the deployment's admin, or the admin acting as a user.
import { createHash, timingSafeEqual } from "node:crypto";
import { HttpError } from "../http/reply.ts";
import { isObject, type Json, type JsonObject } from "../values/json.ts";

export interface Caller {
  isAdmin: boolean;
  /** What `ctx.auth.getUserIdentity()` returns. */
  identity: JsonObject | null;
  /** When the identity ends, in milliseconds; null for never. */
  expires: number | null;
}

export const NOBODY: Caller = { isAdmin: false, identity: null, expires: null };

/** `actingAs` is the user whom the admin stands in for; null for none. */
export function adminCaller(key: string, adminKey: string, actingAs: Json): Caller {
  if (!sameKey(key, adminKey)) {
    throw new HttpError(401, "BadAdminKey", "The provided admin key was invalid for this instance.");
  }
  return { isAdmin: true, identity: actingAs === null ? null : userIdentity(actingAs), expires: null };
}

/** Compares digests, so that neither length nor content shows in the time taken. */
function sameKey(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
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
