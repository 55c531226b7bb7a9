/** Installations of channels and their platforms' settings, for `aioconvex.mastra`. */
import { v } from "convex/values";

import { mutation, query } from "./access";
import { checkSize } from "./documentSize";
import { rowWithId, select } from "./lookup";
import { type Doc, documentOf } from "./model";
import { partArgs, partOf, selectedPart } from "./parts";
import { invalid } from "./requests";
import { mastraTables } from "./tables";

const INSTALLATIONS = "mastra_channel_installations";
const CONFIG = "mastra_channel_config";

type Installation = Doc<typeof INSTALLATIONS>;

const installationDocument = documentOf(INSTALLATIONS);
const { updatedAt: _updated, ...columns } =
  mastraTables[INSTALLATIONS].validator.fields;
const optionalText = v.optional(v.string());

/** The installation of this id, or null. */
export const get = query({
  args: { id: v.string() },
  returns: v.union(installationDocument, v.null()),
  handler: ({ db }, { id }) => rowWithId(db, INSTALLATIONS, id),
});

/**
 * A part of the installations that have all these values, in no certain order. A
 * platform or a webhook must be among them.
 *
 * @throws ConvexError `InvalidRequest` if neither is.
 */
export const list = query({
  args: {
    platform: optionalText,
    agentId: optionalText,
    webhookId: optionalText,
    ...partArgs,
  },
  returns: partOf(installationDocument),
  handler: async ({ db }, { cursor, ...equal }) => {
    if (equal.platform === undefined && equal.webhookId === undefined) {
      throw invalid("Installations are listed by platform or webhook");
    }
    const filters = Object.entries(equal).map(([field, value]) => ({
      field,
      value,
    }));
    return selectedPart<Installation>(
      await select(db, { table: INSTALLATIONS, filters, order: "asc", cursor }),
    );
  },
});

/** The settings of a platform, or null. */
export const getConfig = query({
  args: { id: v.string() },
  returns: v.union(documentOf(CONFIG), v.null()),
  handler: ({ db }, { id }) => rowWithId(db, CONFIG, id),
});

/**
 * Stores an installation and returns it. One of this id is replaced, and keeps its
 * `createdAt`.
 *
 * @throws ConvexError `DocumentTooLarge`.
 */
export const saveInstallation = mutation({
  args: { installation: v.object(columns) },
  returns: installationDocument,
  handler: async ({ db }, { installation }) => {
    const stored = await rowWithId(db, INSTALLATIONS, installation.id);
    const row = {
      ...installation,
      createdAt: stored?.createdAt ?? installation.createdAt,
      updatedAt: new Date().toISOString(),
    };
    checkSize(row);
    if (stored !== null) {
      await db.replace(stored._id, row);
      return { ...row, _id: stored._id, _creationTime: stored._creationTime };
    }
    const inserted = await db.get(await db.insert(INSTALLATIONS, row));
    return inserted as Installation;
  },
});
