// Entry point. Checks the Node version before loading anything that needs it.

const OLDEST_NODE = [22, 13] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) {
  void import("./serve.ts").then(({ serve }) => serve(process.argv.slice(2)));
} else {
  const message = `Node.js ${OLDEST_NODE.join(".")} or newer is needed, this is ${process.versions.node}.`;
  process.stdout.write(`${JSON.stringify({ ready: false, code: "NodeTooOld", message })}\n`);
  process.exitCode = 1;
}
