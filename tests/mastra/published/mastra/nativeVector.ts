// Convex itself may refuse the action: its filter has a field `$or`, which is no name there.
export {
  mastraNativeVectorAction as query,
  mastraNativeVectorQuery as read,
  mastraNativeVectorMutation as write,
} from "@mastra/convex/server";
