// This machine's names, as URLs and `Host` headers have them.

export const LOOPBACK = "127.0.0.1";
export const LOOPBACK_NAMES: ReadonlySet<string> = new Set([LOOPBACK, "localhost", "[::1]"]);
