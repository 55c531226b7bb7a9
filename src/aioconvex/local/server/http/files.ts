// Uploading and downloading stored files; the URL itself is the permission.
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { HttpError, json, type Reply } from "./reply.ts";
import type { HttpRequest } from "./server.ts";
import type { Deployment } from "../deployment.ts";
import { type FileInfo, parseDigest } from "../files.ts";
import { isFileName } from "../storage/fileFolder.ts";

const PREFIX = "/api/storage/";
const UPLOAD_MS = 2 * 60 * 1000;
const CACHE_SECONDS = 30 * 24 * 60 * 60;
const BROKEN = new Set(["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"]);

export class FileEndpoints {
  private readonly deployment: Deployment;

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  /** The reply to anything under `/api/storage/`; undefined for other requests. */
  answer(request: HttpRequest): Promise<Reply> | undefined {
    const { method, url } = request;
    if (!url.pathname.startsWith(PREFIX)) return undefined;
    const name = url.pathname.slice(PREFIX.length);
    if (name === "upload" && method === "POST") return this.upload(request);
    if (method === "GET" || method === "HEAD") return this.download(name, request);
    return undefined;
  }

  private async upload({ url, headers, stream }: HttpRequest): Promise<Reply> {
    const ticket = this.deployment.tickets.check(
      url.searchParams.get("token") ?? "",
      this.deployment.clock.now(),
    );
    if (ticket !== "valid") {
      const code = ticket === "expired" ? "StorageTokenExpired" : "StorageTokenInvalid";
      throw new HttpError(401, code, `The upload URL is ${ticket}; generate a new one.`);
    }
    const timer = setTimeout(() => stream.destroy(), UPLOAD_MS);
    try {
      const contentType = headers["content-type"] ?? null;
      // A stream that is left early must not take the connection with it, which is to carry the reply.
      const source = stream.iterator({ destroyOnReturn: false });
      const storageId = await this.deployment.files.store(source, contentType, announcedDigest(headers));
      return json({ storageId });
    } catch (error) {
      if (!BROKEN.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      throw new HttpError(400, "BadUpload", "The connection ended before the file did.");
    } finally {
      clearTimeout(timer);
    }
  }

  private async download(name: string, { headers }: HttpRequest): Promise<Reply> {
    if (!isFileName(name)) {
      throw new HttpError(400, "InvalidStoragePath", `${JSON.stringify(name)} is not the name of a file.`);
    }
    const found = await this.deployment.files.open(name);
    if (found === null) throw new HttpError(404, "FileNotFound", `There is no file ${name}.`);
    const { info, handle } = found;
    const part = partOf(headers.range, info.size);
    if (part !== "none") return { ...fileReply(info, part), body: read(handle, info, part) };
    await handle.close();
    return unsatisfiable(info);
  }
}

/** First and last byte. */
type Part = { start: number; end: number };

function read(handle: FileHandle, { size }: FileInfo, part: Part | "all"): Readable | string {
  if (size > 0) return handle.createReadStream(part === "all" ? {} : part);
  void handle.close();
  return "";
}

function fileReply({ size, contentType, sha256 }: FileInfo, part: Part | "all"): Omit<Reply, "body"> {
  const headers: Record<string, string> = {
    "content-length": String(part === "all" ? size : part.end - part.start + 1),
    "accept-ranges": "bytes",
    "cache-control": `private, max-age=${CACHE_SECONDS}`,
    digest: `sha-256=${Buffer.from(sha256, "hex").toString("base64")}`,
  };
  if (part !== "all") headers["content-range"] = `bytes ${part.start}-${part.end}/${size}`;
  return { status: part === "all" ? 200 : 206, type: contentType, headers };
}

function unsatisfiable({ size }: FileInfo): Reply {
  return { status: 416, type: null, headers: { "content-range": `bytes */${size}` }, body: "" };
}

/** One range may be asked for; what is no range of bytes is as good as none. */
function partOf(header: string | undefined, size: number): Part | "all" | "none" {
  if (header === undefined || !/^bytes=/i.test(header)) return "all";
  const ranges = header.slice("bytes=".length).split(",");
  if (ranges.length > 1) return "none";
  const [, first = "", last = ""] = /^\s*(\d*)-(\d*)\s*$/.exec(ranges[0]!) ?? [];
  if (first === "" && last === "") return "all";
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start > end ? "none" : { start, end };
}

function announcedDigest(headers: HttpRequest["headers"]): Buffer | null {
  const header = headers["digest"];
  if (typeof header !== "string") return null;
  const [, encoded] = /^sha-256=([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  if (encoded !== undefined) return parseDigest(encoded);
  throw new HttpError(400, "BadDigest", "The Digest header must be sha-256=<base64>.");
}
