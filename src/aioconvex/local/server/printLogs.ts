// Functions' log lines go to standard error, each with the function that wrote it.

export function printLogs(path: string, { logLines }: { logLines: string[] }): void {
  for (const line of logLines) process.stderr.write(`[${path}] ${line}\n`);
}
