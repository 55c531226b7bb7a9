// The npm package's storage, driven from Python: one JSON line a call, one a reply.
import { createInterface } from "node:readline";

import {
  ConvexNativeVector,
  ConvexServerCache,
  ConvexStore,
  ConvexVector,
} from "@mastra/convex";
import { InMemoryServerCache } from "@mastra/core/cache";
import { InMemoryStore } from "@mastra/core/storage";

const stores = new Map();
const caches = new Map();

function storeOf({ url, key, handler }) {
  const name = `${url} ${key} ${handler}`;
  if (!stores.has(name)) {
    const how = {
      deploymentUrl: url,
      adminAuthToken: key,
      storageFunction: handler,
    };
    // Mastra's own storage says what its domains mean.
    const ofMastra = url.startsWith("memory:");
    stores.set(
      name,
      ofMastra ? new InMemoryStore() : new ConvexStore({ id: name, ...how }),
    );
  }
  return stores.get(name);
}

function cacheOf({ url, key }) {
  const name = `${url} ${key}`;
  if (!caches.has(name)) {
    caches.set(
      name,
      url.startsWith("memory:")
        ? new InMemoryServerCache()
        : new ConvexServerCache({ deploymentUrl: url, adminAuthToken: key }),
    );
  }
  return caches.get(name);
}

function nativeVectorsOf({ url, key, native }) {
  const how = { deploymentUrl: url, adminAuthToken: key, ...native };
  return new ConvexNativeVector({ id: "npm", ...how });
}

function vectorsOf({ url, key, handler }) {
  const how = { deploymentUrl: url, adminAuthToken: key };
  return new ConvexVector({ id: "npm", ...how, storageFunction: handler });
}

async function domainOf(deployment, name) {
  switch (name) {
    case "cache":
      return cacheOf(deployment);
    case "vectors":
      return vectorsOf(deployment);
    case "nativeVectors":
      return nativeVectorsOf(deployment);
    default:
      return await storeOf(deployment).getStore(name);
  }
}

// JSON has neither dates nor undefined; replies have dates as text, as JavaScript
// writes them.
function revived(value) {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.$date === "string") return new Date(value.$date);
  if (value.$undefined === true) return undefined;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, revived(field)]),
  );
}

async function answer({ deployment, domain, method, args }) {
  try {
    const called = await domainOf(deployment, domain);
    return { value: (await called[method](...revived(args))) ?? null };
  } catch (error) {
    return { error: `${error}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
