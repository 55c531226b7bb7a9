/**
 * The deployment's schema: Mastra's tables, under the names and with the
 * columns that `@mastra/convex` uses, so that a TypeScript and a Python app can
 * share one deployment.
 */
import { defineSchema } from "convex/server";

import { mastraTables } from "./mastra/tables";

export { defineMastraNativeVectorTable } from "./mastra/nativeTables";
export {
  COMMON_EMBEDDING_DIMENSIONS,
  createVectorTable,
  mastraTables,
} from "./mastra/tables";

export default defineSchema(mastraTables);
