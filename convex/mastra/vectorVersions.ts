/**
 * Versions of vector indexes. Whatever writes an index's vectors counts itself in
 * the same transaction, so two reads of one version saw the same vectors.
 */
import type { Doc, Reader, Writer } from "./model";

const SHARDS = 16;

/** Counts a transaction that writes vectors of an index. */
export async function countWrite(db: Writer, indexName: string) {
  const shard = Math.floor(Math.random() * SHARDS);
  const row = await db
    .query("mastra_vector_versions")
    .withIndex("by_shard", (q) =>
      q.eq("indexName", indexName).eq("shard", shard),
    )
    .first();
  if (row === null) {
    await db.insert("mastra_vector_versions", { indexName, shard, writes: 1 });
  } else {
    await db.patch(row._id, { writes: row.writes + 1 });
  }
}

/** A text that is another one after each write of an index's vectors. */
export async function versionOf(
  db: Reader,
  indexName: string,
): Promise<string> {
  const shards = await db
    .query("mastra_vector_versions")
    .withIndex("by_shard", (q) => q.eq("indexName", indexName))
    .take(SHARDS);
  return shards.map(shardVersion).join(" ");
}

// Rows are never deleted, but a deployment can be emptied: the time tells its
// counts from earlier ones.
function shardVersion(row: Doc<"mastra_vector_versions">): string {
  return `${row.shard}:${row._creationTime}:${row.writes}`;
}
