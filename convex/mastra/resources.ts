/**
 * Resources: working memory and metadata of a user. Metadata travels as JSON
 * text, so that it may have any keys.
 */
import { v } from "convex/values";

import { mutation } from "./access";
import { checkSize } from "./documentSize";
import { rowWithId } from "./lookup";
import { mergedMetadata, metadataOf, storable } from "./metadata";
import { documentOf } from "./model";
import { laterThan } from "./threadRows";

const resourceDocument = documentOf("mastra_resources");

const changes = {
  workingMemory: v.optional(v.string()),
  metadata: v.optional(v.string()),
};

/** Stores a resource, in place of the one with its id; what is left out stays. */
export const save = mutation({
  args: {
    resource: v.object({
      id: v.string(),
      ...changes,
      createdAt: v.string(),
      updatedAt: v.string(),
    }),
  },
  returns: v.null(),
  handler: async (ctx, { resource: { metadata, ...rest } }) => {
    const columns =
      metadata === undefined
        ? rest
        : { ...rest, metadata: storable(metadataOf(metadata)) };
    checkSize(columns);
    const row = await rowWithId(ctx.db, "mastra_resources", rest.id);
    if (row === null) await ctx.db.insert("mastra_resources", columns);
    else await ctx.db.patch(row._id, columns);
    return null;
  },
});

/**
 * Sets the working memory and merges the metadata one level deep, each if given,
 * in a new resource if there is none. The resource as it is now.
 */
export const update = mutation({
  args: { resourceId: v.string(), ...changes },
  returns: resourceDocument,
  handler: async (ctx, { resourceId, workingMemory, metadata }) => {
    const row = await rowWithId(ctx.db, "mastra_resources", resourceId);
    const given = metadata === undefined ? {} : metadataOf(metadata);
    const memory = workingMemory === undefined ? {} : { workingMemory };
    if (row === null) {
      const now = new Date().toISOString();
      const created = {
        id: resourceId,
        ...memory,
        metadata: storable(given),
        createdAt: now,
        updatedAt: now,
      };
      checkSize(created);
      const inserted = await ctx.db.insert("mastra_resources", created);
      return (await ctx.db.get(inserted))!;
    }
    const changed = {
      ...memory,
      ...(metadata === undefined
        ? {}
        : { metadata: mergedMetadata(row.metadata, given) }),
      updatedAt: laterThan(row.updatedAt),
    };
    const updated = { ...row, ...changed };
    checkSize(updated);
    await ctx.db.patch(row._id, changed);
    return updated;
  },
});
