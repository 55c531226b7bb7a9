/** Updates of threads and resources that merge into what is stored. */
import { checkColumns } from "./columns";
import { checkSize } from "./documentSize";
import { type Row, anyTable, rowWithId } from "./lookup";
import { mergedMetadata } from "./metadata";
import type { Writer } from "./model";
import {
  type Fields,
  type Request,
  optionalObject,
  optionalText,
  text,
} from "./requests";
import type { Answer } from "./rows";

/**
 * Merges metadata one level deep and sets the title, each when given. Answers
 * the updated row, or null when there is no such thread.
 */
export async function updateThread(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const changes = {
    title: optionalText(request, "title"),
    metadata: optionalObject(request, "metadata"),
    updatedAt: text(request, "updatedAt"),
  };
  const row = await rowWithId(db, "mastra_threads", text(request, "id"));
  if (row === null) return { result: null };
  return { result: await merge(db, row, changes) };
}

/**
 * Merges metadata one level deep and sets the working memory, each when given,
 * in a new row when there is none. Answers the row.
 */
export async function updateResource(
  db: Writer,
  request: Request,
): Promise<Answer> {
  const id = text(request, "resourceId");
  const createdAt = text(request, "createdAt");
  const changes = {
    workingMemory: optionalText(request, "workingMemory"),
    metadata: optionalObject(request, "metadata"),
    updatedAt: text(request, "updatedAt"),
  };
  const row = await rowWithId(db, "mastra_resources", id);
  if (row !== null) return { result: await merge(db, row, changes) };
  const record = given({ id, createdAt, metadata: {}, ...given(changes) });
  checkColumns("mastra_resources", record, true);
  checkSize(record);
  const inserted = await anyTable(db).insert("mastra_resources", record);
  return { result: await anyTable(db).get(inserted) };
}

async function merge(
  db: Writer,
  row: Row,
  { metadata, ...changes }: Fields & { metadata: Fields | undefined },
): Promise<Fields> {
  const merged = given({
    ...changes,
    metadata: metadata && mergedMetadata(row.metadata, metadata),
  });
  checkSize({ ...row, ...merged });
  await anyTable(db).patch(row._id, merged);
  return { ...row, ...merged };
}

/** Without fields that were left out: a patch would remove their columns. */
function given(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
}
