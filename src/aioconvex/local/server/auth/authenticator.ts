// Who a request or a socket's message comes from, by the credentials it shows.
import { adminCaller, type Caller, NOBODY } from "./caller.ts";
import type { Users } from "./users.ts";
import { HttpError } from "../http/reply.ts";
import type { Json, JsonObject } from "../values/json.ts";

export type Credentials =
  | { tokenType: "None" }
  | { tokenType: "User"; value: string }
  | { tokenType: "Admin"; value: string; impersonating: JsonObject | null };

const SHORTEST_HEADER = 7;

export class Authenticator {
  private readonly adminKey: string;
  private readonly users: Users;

  constructor(adminKey: string, users: Users) {
    this.adminKey = adminKey;
    this.users = users;
  }

  /** Reads the `Authorization` header or, only without one, the `adminKey` query parameter. */
  async ofRequest(header: string | undefined, parameter: string | null): Promise<Caller> {
    if (header === undefined) return parameter === null ? NOBODY : this.admin(parameter);
    if (header.length < SHORTEST_HEADER) {
      throw new HttpError(400, "InvalidHeaderFailure", "The Authorization header is too short.");
    }
    const [, scheme = "", credentials = ""] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
    switch (scheme.toLowerCase()) {
      case "convex":
        return this.admin(credentials.trim());
      case "bearer":
        return this.users.authenticate(credentials.trim());
      default:
        throw new HttpError(
          400,
          "InvalidAdminKey",
          "The Authorization header must use the scheme Convex or Bearer.",
        );
    }
  }

  async of(credentials: Credentials): Promise<Caller> {
    switch (credentials.tokenType) {
      case "None":
        return NOBODY;
      case "User":
        return this.users.authenticate(credentials.value);
      case "Admin":
        return adminCaller(credentials.value, this.adminKey, credentials.impersonating);
    }
  }

  private admin(credentials: string): Caller {
    // Keys may carry a `type:` prefix up to their bar; only a colon after it starts an acting-as part.
    const colon = credentials.indexOf(":", credentials.indexOf("|") + 1);
    if (colon < 0) return adminCaller(credentials, this.adminKey, null);
    return adminCaller(credentials.slice(0, colon), this.adminKey, decode(credentials.slice(colon + 1)));
  }
}

/** What is no JSON is no identity either. */
function decode(encoded: string): Json {
  try {
    return (JSON.parse(Buffer.from(encoded, "base64").toString()) as Json) ?? false;
  } catch {
    return false;
  }
}
