// HTTP actions inside the action worker: from a request's parts to a response's parts.
import type { HttpActionRequest, HttpActionResponse } from "./messages.ts";
import type { HttpRouter } from "../project/program.ts";

const LARGEST_BODY = 20 << 20;
const BODILESS_METHODS = new Set(["GET", "HEAD"]);

/** What an HTTP action's router says of a request without running anything. */
export function unrouted(router: HttpRouter | null, { method, url }: HttpActionRequest): string | null {
  if (router === null) return "This Convex deployment does not have HTTP actions enabled.";
  const { pathname } = new URL(url);
  return router.lookup(pathname, method) === null ? `No HttpAction routed for ${pathname}` : null;
}

/** Runs the routed function; `ended` is called when the last of its body has gone. */
export async function respond(
  router: HttpRouter,
  { method, url, headers, body }: HttpActionRequest,
  ended: () => void,
): Promise<HttpActionResponse> {
  const [endpoint] = router.lookup(new URL(url).pathname, method)!;
  const withBody = body !== null && !BODILESS_METHODS.has(method);
  const request = new Request(url, { method, headers, ...(withBody ? { body, duplex: "half" } : {}) });
  const response: unknown = await endpoint.invokeHttpAction(request);
  if (!(response instanceof Response) || response.type === "error") {
    throw new TypeError("An HTTP action must return a Response.");
  }
  if (response.body === null) ended();
  return {
    status: response.status,
    headers: [...response.headers],
    body: response.body && response.body.pipeThrough(counted(ended)),
  };
}

/** Passes bytes on up to the limit. */
function counted(ended: () => void): TransformStream<Uint8Array, Uint8Array> {
  let length = 0;
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      length += chunk.length;
      if (length <= LARGEST_BODY) return controller.enqueue(chunk);
      ended();
      throw new Error(`The body of an HTTP action's response is limited to ${LARGEST_BODY} bytes.`);
    },
    flush: ended,
    cancel: ended,
  });
}
