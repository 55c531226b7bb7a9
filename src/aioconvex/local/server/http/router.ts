// Which endpoint answers which request.
import { type AdminEndpoint, adminRoutes } from "./admin.ts";
import { PREFIX, siteHandler } from "./httpActions.ts";
import { FileEndpoints } from "./files.ts";
import { forbidden, FunctionEndpoints } from "./functions.ts";
import { HttpError, json, type Reply, text } from "./reply.ts";
import type { Handler, HttpRequest } from "./server.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Caller } from "../auth/caller.ts";
import type { Deployment } from "../deployment.ts";

type Endpoint = (request: HttpRequest, caller: Caller) => Reply | Promise<Reply>;

const VERSION = "aioconvex-local";
const INSTANCE_NAME = "local";
const RUN = "/api/run/";

/** The handler of the API port. */
export function apiHandler(deployment: Deployment, authenticator: Authenticator): Handler {
  const functions = new FunctionEndpoints(deployment);
  const files = new FileEndpoints(deployment);
  const site = siteHandler(deployment, authenticator);
  const admins = Object.entries(adminRoutes(deployment));
  const routes = new Map([
    ...Object.entries(publicRoutes(functions)),
    ...admins.map(([route, answer]) => [route, adminOnly(answer)] as const),
  ]);
  return async (request) => {
    const { url, headers } = request;
    const { pathname } = url;
    if (pathname.startsWith(`${PREFIX}/`)) return site(request);
    const file = files.answer(request);
    if (file !== undefined) return file;
    const method = request.method === "HEAD" ? "GET" : request.method;
    const endpoint = routes.get(`${method} ${pathname}`) ?? runRoute(functions, method, pathname);
    if (endpoint === undefined) throw unknownPath(pathname);
    return endpoint(
      request,
      await authenticator.ofRequest(headers.authorization, url.searchParams.get("adminKey")),
    );
  };
}

function publicRoutes(functions: FunctionEndpoints): Record<string, Endpoint> {
  return {
    "GET /": () => text("This is a local Convex deployment run by aioconvex, not for production.\n"),
    "GET /version": () => text(VERSION),
    "GET /instance_version": () => text(VERSION),
    "GET /instance_name": () => text(INSTANCE_NAME),
    "GET /api/query": () => {
      throw new HttpError(400, "BadQueryArgs", "Arguments cannot be read from a query string; use POST.");
    },
    "POST /api/query": (request, caller) => functions.call(request, caller, "Query"),
    "POST /api/mutation": (request, caller) => functions.call(request, caller, "Mutation"),
    "POST /api/action": (request, caller) => functions.call(request, caller, "Action"),
    "POST /api/function": (request, caller) => functions.call(request, caller, null),
    "POST /api/query_ts": () => functions.queryTs(),
    "POST /api/query_at_ts": (request, caller) => functions.queryAtTs(request, caller),
    "POST /api/query_batch": (request, caller) => functions.queryBatch(request, caller),
  };
}

/** For those who show the admin key. */
function adminOnly(answer: AdminEndpoint): Endpoint {
  return async (request, caller) => {
    if (!caller.isAdmin) throw forbidden();
    return json((await answer(request)) ?? {});
  };
}

/** `/api/run/dir/module/function` */
function runRoute(functions: FunctionEndpoints, method: string, pathname: string): Endpoint | undefined {
  if (method !== "POST" || !pathname.startsWith(RUN)) return undefined;
  return (request, caller) => functions.run(request, caller, runSegments(pathname));
}

function runSegments(pathname: string): string[] {
  try {
    // Twice, as on the server: once by its router, once by its handler.
    const segments = pathname.slice(RUN.length).split("/");
    return segments.map((segment) => decodeURIComponent(decodeURIComponent(segment)));
  } catch {
    throw new HttpError(
      400,
      "BadConvexFunctionIdentifier",
      "The path is not a valid path to a Convex function.",
    );
  }
}

function unknownPath(pathname: string): HttpError {
  return new HttpError(404, "NotFound", `${pathname} is not served by the local deployment.`);
}
