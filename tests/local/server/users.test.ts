// Which tokens are a user's, which are refused and how, and what is asked of identity providers.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { HttpError } from "../../../src/aioconvex/local/server/http/reply.ts";
import { LocalIssuer } from "../../../src/aioconvex/local/server/auth/issuer.ts";
import { Users } from "../../../src/aioconvex/local/server/auth/users.ts";
import {
  type AuthProvider,
  parseAuthConfig,
} from "../../../src/aioconvex/local/server/project/authConfig.ts";
import {
  type Algorithm,
  Provider,
  publicKey,
  publicPem,
  signed,
  signedWithSecret,
  unsigned,
} from "./provider.ts";

const provider = await Provider.start();
const oidc: AuthProvider = { type: "oidc", issuer: provider.url, applicationID: "app", jwks: null };
const custom = (algorithm: "RS256" | "ES256", jwks = `${provider.url}/keys`): AuthProvider => {
  return { type: "customJwt", issuer: provider.url, applicationID: "app", jwks, algorithm };
};

function users(...providers: AuthProvider[]): Users {
  const made = new Users(Date.now);
  made.setProviders(providers);
  return made;
}

async function refusal(made: Users, token: string): Promise<string> {
  try {
    await made.authenticate(token);
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    return `${error.status} ${error.code}`;
  }
  return "accepted";
}

test("OIDC: tokens signed with RS256 and EdDSA, keys found by discovery", async () => {
  for (const algorithm of ["RS256", "EdDSA"] as const) {
    const { identity, isAdmin } = await users(oidc).authenticate(provider.token(algorithm));
    assert.deepEqual(identity, {
      tokenIdentifier: `${provider.url}|u1`,
      issuer: provider.url,
      subject: "u1",
    });
    assert.equal(isAdmin, false);
  }
  assert.equal(await refusal(users(oidc), provider.token("ES256")), "401 Unauthenticated");
});

test("custom JWT: exactly the configured algorithm, keys from an address or from a data: URI", async () => {
  const data = `data:text/plain;charset=utf-8;base64,${Buffer.from(provider.keyDocument).toString("base64")}`;
  for (const [algorithm, other] of [
    ["RS256", "ES256"],
    ["ES256", "RS256"],
  ] as const) {
    for (const jwks of [`${provider.url}/keys`, data]) {
      const made = users(custom(algorithm, jwks));
      assert.equal((await made.authenticate(provider.token(algorithm))).identity!["subject"], "u1");
      assert.equal(await refusal(made, provider.token(other)), "401 InvalidAuthHeader");
      assert.equal(await refusal(made, provider.token("EdDSA")), "401 InvalidAuthHeader");
    }
  }
});

test("OIDC: standard claims under Convex's names, others under their own, the token's own left out", async () => {
  const token = provider.token("RS256", {
    given_name: "Ann",
    email_verified: true,
    updated_at: 1_700_000_000,
    address: { formatted: "1 Road" },
    zoneinfo: "UTC",
    locale: "en",
    "https://x.dev/role": ["admin"],
    nonce: "n",
    jti: "j",
    nbf: 1,
    fva: [1, 2],
    emailVerified: false,
    tokenIdentifier: "somebody else",
    subject: "somebody else",
  });
  const { identity } = await users(oidc).authenticate(token);
  assert.deepEqual(identity, {
    givenName: "Ann",
    emailVerified: true,
    updatedAt: "2023-11-14T22:13:20.000Z",
    address: "1 Road",
    timezone: "UTC",
    language: "en",
    "https://x.dev/role": ["admin"],
    tokenIdentifier: `${provider.url}|u1`,
    issuer: provider.url,
    subject: "u1",
  });
});

test("custom JWT: claims under their raw names, objects flattened, and none stands in for the user", async () => {
  const token = provider.token("ES256", {
    given_name: "Ann",
    a: { b: 1, c: { d: [{ e: 2 }] } },
    fva: [1],
    subject: "somebody else",
    tokenIdentifier: "somebody else",
  });
  const { identity } = await users(custom("ES256")).authenticate(token);
  assert.deepEqual(identity, {
    given_name: "Ann",
    "a.b": 1,
    "a.c.d": [{ e: 2 }],
    tokenIdentifier: `${provider.url}|u1`,
    issuer: provider.url,
    subject: "u1",
  });
});

test("a claim named __proto__ is a claim like any other", async () => {
  const body = JSON.stringify(provider.claims()).replace("{", '{"__proto__":{"isAdmin":true},');
  const claims = JSON.parse(body);
  const { identity } = await users(oidc).authenticate(
    signed({ alg: "RS256", kid: "RS256" }, claims, "RS256"),
  );
  assert.equal(Object.getPrototypeOf(identity), Object.prototype);
  assert.ok(Object.hasOwn(identity!, "__proto__"));
});

test("the first provider with the token's issuer and audience is the one that decides", async () => {
  const elsewhere: AuthProvider = { ...custom("ES256"), applicationID: "elsewhere" } as AuthProvider;
  const identity = async (...providers: AuthProvider[]) =>
    (await users(...providers).authenticate(provider.token("RS256", { role: { a: 1 } }))).identity!;
  assert.deepEqual((await identity(elsewhere, oidc, custom("RS256")))["role"], { a: 1 });
  assert.equal((await identity(elsewhere, custom("RS256"), oidc))["role.a"], 1);
  assert.equal(await refusal(users(elsewhere), provider.token("RS256")), "401 NoAuthProvider");
});

test("a provider is found whether or not issuers end with a slash or begin with https", async () => {
  const jwks = `${provider.url}/keys`;
  const at = (issuer: string): AuthProvider => ({ type: "oidc", issuer, applicationID: "app", jwks });
  const slash = users({ ...at(`${provider.url}/`) });
  // Found, and then refused because an OIDC issuer must be spelled exactly.
  assert.equal(await refusal(slash, provider.token("RS256")), "401 Unauthenticated");
  const without = users({ ...custom("RS256"), issuer: "https://id.example.com/" } as AuthProvider);
  const token = provider.token("RS256", { iss: "id.example.com" });
  assert.equal((await without.authenticate(token)).identity!["issuer"], "id.example.com");
});

test("without an applicationID a custom JWT may be for anybody, with one its audience must be among several", async () => {
  const anybody = users({ ...custom("ES256"), applicationID: null } as AuthProvider);
  assert.equal(await refusal(anybody, provider.token("ES256", { aud: "whoever" })), "accepted");
  assert.equal(await refusal(anybody, provider.token("ES256", { aud: undefined })), "accepted");
  const several = provider.token("ES256", { aud: ["other", "app"] });
  assert.equal(await refusal(users(custom("ES256")), several), "accepted");
  assert.equal(
    await refusal(users(oidc), provider.token("RS256", { aud: ["other", "app"] })),
    "401 Unauthenticated",
  );
});

test("hostile tokens are refused, each with Convex's code", async () => {
  const now = Date.now() / 1000;
  const good = (algorithm: Algorithm) => provider.token(algorithm);
  const cases = (algorithm: "RS256" | "ES256", bad: string): [string, string, string][] => [
    ["empty", "", "InvalidAuthHeader"],
    ["not a token", "e30", "InvalidAuthHeader"],
    ["four parts", `${good(algorithm)}.x`, "InvalidAuthHeader"],
    ["signature cut off", good(algorithm).replace(/\.[^.]*$/, "."), "InvalidAuthHeader"],
    ["two parts", good(algorithm).replace(/\.[^.]*$/, ""), "InvalidAuthHeader"],
    ["truncated by a letter", good(algorithm).slice(0, -1), "InvalidAuthHeader"],
    ["truncated by some bytes", good(algorithm).slice(0, -6), bad],
    ["padded", `${good(algorithm)}==`, "InvalidAuthHeader"],
    ["with a space in its signature", good(algorithm).replace(/..$/, " $&"), "InvalidAuthHeader"],
    ["spelled in another way", respelled(good(algorithm)), "InvalidAuthHeader"],
    ["header no JSON", `e.${good(algorithm).split(".").slice(1).join(".")}`, "InvalidAuthHeader"],
    ["oversized", provider.token(algorithm, { x: "x".repeat(70_000) }), "InvalidAuthHeader"],
    ["unsigned", unsigned({ alg: "none", kid: algorithm }, provider.claims()) + ".", "InvalidAuthHeader"],
    ["no algorithm", provider.token(algorithm, {}, { alg: undefined }), "InvalidAuthHeader"],
    ["alg none with a signature", provider.token(algorithm, {}, { alg: "none" }), bad],
    ["HS256 with the public key", confused(algorithm, publicPem(algorithm)), bad],
    ["HS256 with the published key", confused(algorithm, JSON.stringify(publicKey(algorithm))), bad],
    ["HS256 with nothing", confused(algorithm, ""), bad],
    ["other algorithm in the header", provider.token(algorithm, {}, { alg: "RS512" }), bad],
    ["another's key", signed({ alg: algorithm, kid: algorithm }, provider.claims(), other(algorithm)), bad],
    ["other claims under the signature", spliced(algorithm), bad],
    ["unknown key", provider.token(algorithm, {}, { kid: "unknown" }), "InvalidAuthHeader"],
    ["key id no text", provider.token(algorithm, {}, { kid: 5 }), "InvalidAuthHeader"],
    ["critical extension", provider.token(algorithm, {}, { crit: ["b64"], b64: false }), "InvalidAuthHeader"],
    ["expired", provider.token(algorithm, { exp: now - 6 }), bad],
    ["never expires", provider.token(algorithm, { exp: undefined }), bad],
    ["expiry as text", provider.token(algorithm, { exp: String(now + 60) }), bad],
    ["not valid yet", provider.token(algorithm, { nbf: now + 60 }), bad],
    ["no subject", provider.token(algorithm, { sub: undefined }), bad],
    ["no issuer", provider.token(algorithm, { iss: undefined }), "InvalidAuthHeader"],
    ["wrong issuer", provider.token(algorithm, { iss: "https://evil.example" }), "NoAuthProvider"],
    [
      "issuer with more behind it",
      provider.token(algorithm, { iss: `${provider.url}.evil` }),
      "NoAuthProvider",
    ],
    ["wrong audience", provider.token(algorithm, { aud: "other" }), "NoAuthProvider"],
    ["no audience", provider.token(algorithm, { aud: undefined }), "NoAuthProvider"],
  ];
  for (const [made, algorithm, bad] of [
    [users(oidc), "RS256", "Unauthenticated"],
    [users(custom("ES256")), "ES256", "InvalidAuthHeader"],
  ] as const) {
    for (const [name, token, code] of cases(algorithm, bad)) {
      assert.equal(await refusal(made, token), `401 ${code}`, name);
    }
    assert.equal(await refusal(made, good(algorithm)), "accepted");
  }
});

function confused(algorithm: Algorithm, secret: string): string {
  return signedWithSecret({ alg: "HS256", kid: algorithm }, provider.claims(), secret);
}

function other(algorithm: Algorithm): Algorithm {
  return algorithm === "RS256" ? "ES256" : "RS256";
}

/** The same bytes: of the last letter only some bits count. */
function respelled(token: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + letters[letters.indexOf(token.at(-1)!) + 1];
}

function spliced(algorithm: Algorithm): string {
  const [head, , tail] = provider.token(algorithm).split(".");
  const [, body] = provider.token(algorithm, { sub: "admin" }).split(".");
  return [head, body, tail].join(".");
}

test("five seconds of grace for a custom JWT, none for OIDC; the identity lasts as long", async () => {
  const exp = Math.ceil(Date.now() / 1000) - 2;
  assert.equal(await refusal(users(oidc), provider.token("RS256", { exp })), "401 Unauthenticated");
  const late = await users(custom("ES256")).authenticate(provider.token("ES256", { exp }));
  assert.equal(late.expires, (exp + 5) * 1000);
  assert.equal(users().hasExpired(late), false);
  assert.equal(new Users(() => late.expires!).hasExpired(late), true);
});

test("keys that are weak, symmetric, for encryption or for another algorithm are no keys", async () => {
  const whole = provider.keys;
  const strong = publicKey("RS256") as Record<string, unknown>;
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const unusable = [
    { ...strong, use: "enc" },
    { ...strong, alg: "RS512" },
    { ...strong, kty: "oct", k: "AAAA" },
    { ...strong, n: "AAAA" },
    { ...weak.publicKey.export({ format: "jwk" }), kid: "RS256" },
    { ...publicKey("ES256"), kid: "RS256" },
    { kid: "RS256" },
  ];
  for (const key of unusable) {
    provider.keys = [key];
    assert.equal(
      await refusal(users(oidc), provider.token("RS256")),
      "401 InvalidAuthHeader",
      JSON.stringify(key),
    );
  }
  provider.keys = whole;
});

test("of two keys with the token's key id neither is used", async () => {
  const whole = provider.keys;
  provider.keys = [...whole, publicKey("RS256")];
  assert.equal(await refusal(users(oidc), provider.token("RS256")), "401 InvalidAuthHeader");
  assert.equal(await refusal(users(oidc), provider.token("EdDSA")), "accepted");
  provider.keys = whole;
});

test("without a key id an OIDC token is matched to the only key that fits, a custom JWT to none", async () => {
  const token = (algorithm: Algorithm) => provider.token(algorithm, {}, { kid: undefined });
  assert.equal(await refusal(users(oidc), token("RS256")), "accepted");
  assert.equal(await refusal(users(custom("RS256")), token("RS256")), "401 InvalidAuthHeader");
});

test("key sets are fetched once for many tokens, again when old, and for unknown keys not too often", async ({
  mock: { timers },
}) => {
  timers.enable({ apis: ["Date"], now: Date.now() });
  const made = users(oidc);
  const claims = { exp: Date.now() / 1000 + 1e6 };
  const token = provider.token("RS256", claims);
  provider.requests.length = 0;
  const fetches = () => provider.requests.splice(0).length;
  await Promise.all(Array.from({ length: 20 }, () => made.authenticate(token)));
  assert.equal(fetches(), 2);
  const rotated = provider.token("RS256", claims, { kid: "new" });
  for (let i = 0; i < 3; i++) assert.equal(await refusal(made, rotated), "401 InvalidAuthHeader");
  assert.equal(fetches(), 0);
  timers.tick(31_000);
  provider.keys = [...provider.keys, publicKey("RS256", "new")];
  assert.equal(await refusal(made, rotated), "accepted");
  assert.equal(fetches(), 2);
  timers.tick(11 * 60_000);
  await made.authenticate(token);
  assert.equal(fetches(), 2);
});

test("a provider that cannot be asked is its fault, said with its own status", async () => {
  const made = () => users(oidc, { ...custom("ES256"), applicationID: null } as AuthProvider);
  const answers: [string, (path: string) => [number, string, string], string][] = [
    ["not found", () => [404, "", "text/plain"], "404"],
    ["failing", () => [503, "", "text/plain"], "503"],
    ["page", () => [200, "<html>", "text/html"], "400"],
    ["no JSON", () => [200, "{", "application/json"], "400"],
    ["no object", () => [200, "[]", "application/json"], "400"],
    ["names nothing", () => [200, "{}", "application/json"], "400"],
    ["too large", () => [200, JSON.stringify({ x: "x".repeat(2 << 20) }), "application/json"], "400"],
    ["keys over an open network", openNetwork, "400"],
  ];
  for (const [name, answer, status] of answers) {
    provider.answer = (path, response) => {
      const [code, text, type] = answer(path);
      response.writeHead(code, { "content-type": type }).end(text);
      return true;
    };
    assert.equal(
      await refusal(made(), provider.token("RS256")),
      `${status} AuthProviderDiscoveryFailed`,
      name,
    );
  }
  provider.answer = (_, response) => !!response.writeHead(302, { location: "/keys" }).end();
  assert.equal(await refusal(made(), provider.token("RS256")), "400 AuthProviderDiscoveryFailed");
  provider.answer = null;
  assert.equal(await refusal(made(), provider.token("RS256")), "accepted");
});

function openNetwork(): [number, string, string] {
  const text = JSON.stringify({ issuer: provider.url, jwks_uri: "http://id.example.com/keys" });
  return [200, text, "application/json"];
}

test("a provider that never answers is given up, and the next token tries again", async () => {
  const made = users(oidc);
  provider.answer = () => true;
  const started = performance.now();
  assert.equal(await refusal(made, provider.token("RS256")), "400 AuthProviderDiscoveryFailed");
  assert.ok(performance.now() - started < 8_000);
  provider.answer = null;
  assert.equal(await refusal(made, provider.token("RS256")), "accepted");
});

test("minted tokens are a provider's like any other's, and only their own issuer's", async () => {
  const issuer = new LocalIssuer(Date.now);
  const made = users(oidc, issuer.provider);
  const { identity, expires } = await made.authenticate(await issuer.mint("u1", 60, { family_name: "Lee" }));
  assert.deepEqual([identity!["subject"], identity!["familyName"]], ["u1", "Lee"]);
  assert.ok(Math.abs(expires! - Date.now() - 60_000) < 5_000);
  assert.equal(await refusal(made, await issuer.mint("u1", 0, {})), "401 Unauthenticated");
  assert.equal(
    await refusal(made, await new LocalIssuer(Date.now).mint("u1", 60, {})),
    "401 InvalidAuthHeader",
  );
});

test("what auth.config gets wrong is said with the provider's number", () => {
  const good = { domain: "https://id.example.com", applicationID: "app" };
  const jwt = { type: "customJwt", issuer: "i", jwks: "https://x.dev/k", algorithm: "ES256" };
  assert.equal(parseAuthConfig({ providers: [good, jwt, { ...good, domain: "id.example.com" }] }).length, 3);
  const wrong: [unknown, RegExp][] = [
    [null, /default export must be \{ providers/],
    [{ providers: {} }, /default export/],
    [{ providers: [good, null] }, /provider 2 must be an object/],
    [{ providers: [{ applicationID: "app" }] }, /provider 1: `domain` must be a string; .*dev --env/],
    [{ providers: [{ domain: "https://id.example.com" }] }, /`applicationID` must be a string/],
    [{ providers: [{ ...good, domain: "http://id.example.com" }] }, /`domain` must be an https: or data:/],
    [{ providers: [{ ...jwt, jwks: "http://id.example.com" }] }, /`jwks` must be an https: or data:/],
    [{ providers: [{ ...jwt, jwks: "file:///etc/passwd" }] }, /`jwks` must be an https: or data:/],
    [{ providers: [{ ...jwt, algorithm: "HS256" }] }, /`algorithm` must be RS256 or ES256/],
    [{ providers: [{ ...jwt, applicationID: 5 }] }, /`applicationID` must be a string/],
    [{ providers: [{ type: "saml" }] }, /unknown type "saml"/],
  ];
  for (const [config, message] of wrong) {
    assert.throws(() => parseAuthConfig(config as never), { code: "AuthConfigInvalid", message });
  }
});
