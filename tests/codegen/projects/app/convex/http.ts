import { httpRouter } from "convex/server";
import { httpAction, query } from "./_generated/server";
import { v } from "convex/values";

const http = httpRouter();
http.route({ path: "/health", method: "GET", handler: httpAction(async () => new Response("ok")) });
http.route({ pathPrefix: "/files/", method: "POST", handler: httpAction(async () => new Response("ok")) });
export default http;
export const status = query({ args: {}, returns: v.string(), handler: async () => "ok" });
