// HTTP actions: whatever comes to the site port, or below /http/ of the API port, goes to the project's router.
import type { OutgoingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { HttpError, type Reply, text } from "./reply.ts";
import type { Handler, HttpRequest } from "./server.ts";
import type { HttpActionReply, HttpIdentity } from "../actions/messages.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Deployment } from "../deployment.ts";
import { newRequestId } from "../engine/metadata.ts";

/** Below it the API port serves HTTP actions too. */
export const PREFIX = "/http";
/** Between two neighbours on the way, hence ours to decide. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade"]);

export function siteHandler(deployment: Deployment, authenticator: Authenticator): Handler {
  return async (request) => {
    const { method, url, headers, stream } = request;
    const path = url.pathname.startsWith(`${PREFIX}/`) ? url.pathname.slice(PREFIX.length) : url.pathname;
    const outcome = await deployment.runner.httpAction({
      method,
      url: `${deployment.urls.site}${path}${url.search}`,
      headers: headerPairs(stream.rawHeaders),
      body: hasBody(request) ? (Readable.toWeb(stream) as ReadableStream<Uint8Array>) : null,
      requestId: newRequestId(),
      ...(await identify(authenticator, headers.authorization)),
    });
    return "unrouted" in outcome ? text(outcome.unrouted, 404) : replyOf(outcome);
  };
}

/** A token that is refused fails whoever asks for the user, not the request. */
async function identify(authenticator: Authenticator, header: string | undefined): Promise<HttpIdentity> {
  try {
    const { identity } = await authenticator.ofRequest(header, null);
    return { identity, identityError: null };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { identity: null, identityError: error.message };
  }
}

function hasBody({ headers }: HttpRequest): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Repeated headers stay apart, which they do not in Node's own object of them. */
function headerPairs(raw: string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!HOP_BY_HOP.has(raw[i]!.toLowerCase())) pairs.push([raw[i]!, raw[i + 1]!]);
  }
  return pairs;
}

function replyOf({ status, headers, body }: HttpActionReply): Reply {
  const collected: OutgoingHttpHeaders = {};
  for (const [name, value] of headers) {
    // A body may turn out to have another length than it says.
    if (HOP_BY_HOP.has(name) || name === "content-length") continue;
    const earlier = collected[name];
    collected[name] = earlier === undefined ? value : [earlier, value].flat().map(String);
  }
  return { status, type: null, headers: collected, body: body ?? "" };
}
