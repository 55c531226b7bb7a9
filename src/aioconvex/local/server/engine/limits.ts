// What one query or mutation may read and write, with the server's texts.

export const LIMITS = {
  documentsRead: 32_000,
  bytesRead: 16 << 20,
  rangesRead: 4096,
  documentsWritten: 16_000,
  bytesWritten: 16 << 20,
  functionsScheduled: 1000,
  scheduledBytes: 16 << 20,
  documentSize: 1 << 20,
  documentNesting: 16,
  valueSize: 16 << 20,
  pageSize: 32_000,
  pageDocuments: 8192,
  logLines: 256,
  logLineLength: 32 << 10,
} as const;

const READ_ADVICE =
  "Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.";

/** Counts what a transaction, nested calls included, has read and written. */
export class Usage {
  documentsRead = 0;
  bytesRead = 0;
  rangesRead = 0;
  documentsWritten = 0;
  bytesWritten = 0;
  functionsScheduled = 0;
  scheduledBytes = 0;

  read(size: number): void {
    this.bytesRead += size;
    if (++this.documentsRead > LIMITS.documentsRead) {
      throw new Error(
        `Too many documents read in a single function execution (limit: ${LIMITS.documentsRead}). ${READ_ADVICE}`,
      );
    }
    if (this.bytesRead > LIMITS.bytesRead) {
      throw new Error(
        `Too many bytes read in a single function execution (limit: ${LIMITS.bytesRead} bytes). ${READ_ADVICE}`,
      );
    }
  }

  readRange(): void {
    if (++this.rangesRead > LIMITS.rangesRead) {
      throw new Error(
        `Too many reads in a single function execution (limit: ${LIMITS.rangesRead}). ${READ_ADVICE}`,
      );
    }
  }

  schedule(size: number): void {
    this.scheduledBytes += size;
    if (++this.functionsScheduled > LIMITS.functionsScheduled) {
      throw new Error(`Too many functions scheduled by this mutation (limit: ${LIMITS.functionsScheduled}).`);
    }
    if (this.scheduledBytes > LIMITS.scheduledBytes) {
      throw new Error(
        `Too large total size of the arguments of scheduled functions (limit: ${LIMITS.scheduledBytes} bytes).`,
      );
    }
  }

  write(size: number): void {
    this.bytesWritten += size;
    if (++this.documentsWritten > LIMITS.documentsWritten) {
      throw new Error(
        `Too many documents written in a single function execution (limit: ${LIMITS.documentsWritten}).`,
      );
    }
    if (this.bytesWritten > LIMITS.bytesWritten) {
      throw new Error(
        `Too many bytes written in a single function execution (limit: ${LIMITS.bytesWritten} bytes).`,
      );
    }
  }
}
