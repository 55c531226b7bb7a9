// Which endpoint answers which request.
import { AdminEndpoints } from "./admin.ts";
import { PREFIX, siteHandler } from "./httpActions.ts";
import { FileEndpoints } from "./files.ts";
import { forbidden, FunctionEndpoints } from "./functions.ts";
import { HttpError, type Reply, text } from "./reply.ts";
import type { Handler, HttpRequest } from "./server.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Caller } from "../auth/caller.ts";
import type { Deployment } from "../deployment.ts";

type Endpoint = (request: HttpRequest, caller: Caller) => Reply | Promise<Reply>;

const VERSION = "aioconvex-local";
const INSTANCE_NAME = "local";

/** The handler of the API port. */
export function apiHandler(deployment: Deployment, authenticator: Authenticator): Handler {
  const functions = new FunctionEndpoints(deployment);
  const files = new FileEndpoints(deployment);
  const site = siteHandler(deployment, authenticator);
  const routes = { ...publicRoutes(functions), ...adminRoutes(new AdminEndpoints(deployment)) };
  return async (request) => {
    const { method, url, headers } = request;
    const { pathname } = url;
    if (pathname.startsWith(`${PREFIX}/`)) return site(request);
    const file = files.answer(request);
    if (file !== undefined) return file;
    const endpoint = Object.hasOwn(routes, `${method} ${pathname}`)
      ? routes[`${method} ${pathname}`]
      : undefined;
    const run = method === "POST" && pathname.startsWith("/api/run/");
    if (endpoint === undefined && !run) throw unknownPath(pathname);
    const caller = await authenticator.ofRequest(headers.authorization, url.searchParams.get("adminKey"));
    return endpoint === undefined
      ? functions.run(request, caller, runSegments(pathname))
      : endpoint(request, caller);
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

function adminRoutes(admin: AdminEndpoints): Record<string, Endpoint> {
  const routes: Record<string, Endpoint> = {
    "GET /api/check_admin_key": () => admin.checkAdminKey(),
    "GET /api/get_indexes": () => admin.indexes(),
    "GET /api/list_environment_variables": () => admin.environment(),
    "GET /api/v1/list_environment_variables": () => admin.environment(),
    "POST /api/update_environment_variables": (request) => admin.changeEnvironment(request),
    "POST /api/v1/update_environment_variables": (request) => admin.changeEnvironment(request),
    "POST /_local/env": (request) => admin.changeEnvironment(request),
    "POST /_local/reset": () => admin.reset(),
    "POST /_local/snapshot": () => admin.snapshot(),
    "POST /_local/restore": (request) => admin.restore(request),
    "POST /_local/faults": (request) => admin.fault(request),
    "POST /_local/logs": (request) => admin.logs(request),
    "POST /_local/calls": () => admin.recentCalls(),
    "POST /_local/clock": (request) => admin.advanceClock(request),
    "POST /_local/idle": () => admin.waitIdle(),
    "POST /_local/push": () => admin.push(),
    "POST /_local/token": (request) => admin.mintToken(request),
    "GET /_local/status": () => admin.status(),
  };
  return Object.fromEntries(Object.entries(routes).map(([route, endpoint]) => [route, adminOnly(endpoint)]));
}

function adminOnly(endpoint: Endpoint): Endpoint {
  return (request, caller) => {
    if (!caller.isAdmin) throw forbidden();
    return endpoint(request, caller);
  };
}

function runSegments(pathname: string): string[] {
  try {
    // Twice, as on the server: once by its router, once by its handler.
    const segments = pathname.slice("/api/run/".length).split("/");
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
