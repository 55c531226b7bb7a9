/**
 * Tables of Mastra's services beside memory, workflows and vectors. Unlike those,
 * their rows hold explicit nulls, and JSON as text.
 */
import { defineTable } from "convex/server";
import { type GenericValidator, v } from "convex/values";

const schedules = defineTable({
  id: v.string(),
  target: v.string(),
  cron: v.string(),
  timezone: nullable(v.string()),
  status: v.string(),
  // Times of schedules and triggers are epoch milliseconds.
  next_fire_at: v.float64(),
  last_fire_at: nullable(v.float64()),
  last_run_id: nullable(v.string()),
  created_at: v.float64(),
  updated_at: v.float64(),
  metadata: nullable(v.string()),
  owner_type: nullable(v.string()),
  owner_id: nullable(v.string()),
  workflow_id: nullable(v.string()),
})
  .index("by_record_id", ["id"])
  .index("by_status_next_fire_at", ["status", "next_fire_at"])
  .index("by_workflow_status", ["workflow_id", "status"])
  .index("by_workflow_id", ["workflow_id"])
  .index("by_owner", ["owner_type", "owner_id"])
  .index("by_owner_id", ["owner_id"])
  .index("by_created", ["created_at"]);

const scheduleTriggers = defineTable({
  id: v.string(),
  schedule_id: v.string(),
  run_id: nullable(v.string()),
  scheduled_fire_at: v.float64(),
  actual_fire_at: v.float64(),
  outcome: v.string(),
  error: nullable(v.string()),
  trigger_kind: v.string(),
  parent_trigger_id: nullable(v.string()),
  metadata: nullable(v.string()),
})
  .index("by_record_id", ["id"])
  .index("by_schedule_actual", ["schedule_id", "actual_fire_at"])
  .index("by_parent_trigger", ["parent_trigger_id"]);

const channelInstallations = defineTable({
  id: v.string(),
  platform: v.string(),
  agentId: v.string(),
  status: v.string(),
  webhookId: nullable(v.string()),
  data: v.string(),
  configHash: nullable(v.string()),
  error: nullable(v.string()),
  createdAt: v.string(),
  updatedAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_webhook", ["webhookId"])
  .index("by_platform_agent", ["platform", "agentId"])
  .index("by_platform", ["platform"]);

const channelConfig = defineTable({
  id: v.string(),
  platform: v.string(),
  data: v.string(),
  updatedAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_platform", ["platform"]);

const backgroundTasks = defineTable({
  id: v.string(),
  tool_call_id: v.string(),
  tool_name: v.string(),
  agent_id: v.string(),
  run_id: v.string(),
  thread_id: v.union(v.string(), v.null()),
  resource_id: v.union(v.string(), v.null()),
  status: v.union(
    v.literal("pending"),
    v.literal("running"),
    v.literal("suspended"),
    v.literal("completed"),
    v.literal("failed"),
    v.literal("cancelled"),
    v.literal("timed_out"),
  ),
  args: v.string(),
  result: v.union(v.string(), v.null()),
  error: v.union(v.string(), v.null()),
  suspend_payload: v.union(v.string(), v.null()),
  retry_count: v.float64(),
  max_retries: v.float64(),
  timeout_ms: v.float64(),
  createdAt: v.string(),
  startedAt: v.union(v.string(), v.null()),
  suspendedAt: v.union(v.string(), v.null()),
  completedAt: v.union(v.string(), v.null()),
})
  .index("by_record_id", ["id"])
  .index("by_status_created", ["status", "createdAt"])
  .index("by_agent_status", ["agent_id", "status"])
  .index("by_run", ["run_id"])
  .index("by_tool_call", ["tool_call_id"])
  .index("by_thread", ["thread_id"])
  .index("by_resource", ["resource_id"])
  .index("by_tool", ["tool_name"])
  .index("by_created", ["createdAt"]);

const observationalMemory = defineTable({
  id: v.string(),
  // `thread:<id>` or `resource:<id>`; each generation is a row.
  lookupKey: v.string(),
  scope: v.string(),
  resourceId: nullable(v.string()),
  threadId: nullable(v.string()),
  activeObservations: v.string(),
  activeObservationsPendingUpdate: nullable(v.string()),
  originType: v.string(),
  config: v.string(),
  generationCount: v.float64(),
  lastObservedAt: nullable(v.string()),
  lastReflectionAt: nullable(v.string()),
  pendingMessageTokens: v.float64(),
  totalTokensObserved: v.float64(),
  observationTokenCount: v.float64(),
  isObserving: v.boolean(),
  isReflecting: v.boolean(),
  observedMessageIds: nullable(v.array(v.string())),
  observedTimezone: nullable(v.string()),
  bufferedObservations: nullable(v.string()),
  bufferedObservationTokens: nullable(v.float64()),
  bufferedMessageIds: nullable(v.array(v.string())),
  bufferedReflection: nullable(v.string()),
  bufferedReflectionTokens: nullable(v.float64()),
  bufferedReflectionInputTokens: nullable(v.float64()),
  reflectedObservationLineCount: nullable(v.float64()),
  bufferedObservationChunks: nullable(v.string()),
  isBufferingObservation: v.boolean(),
  isBufferingReflection: v.boolean(),
  lastBufferedAtTokens: v.float64(),
  lastBufferedAtTime: nullable(v.string()),
  metadata: nullable(v.string()),
  createdAt: v.string(),
  updatedAt: v.string(),
})
  .index("by_record_id", ["id"])
  .index("by_lookup_key", ["lookupKey", "generationCount"]);

const cache = defineTable({
  key: v.string(),
  keyPrefix: v.string(),
  kind: v.union(
    v.literal("value"),
    v.literal("list"),
    v.literal("counter"),
    // On its way out: its list has items left.
    v.literal("deleted"),
  ),
  value: v.optional(v.string()),
  // What a counter has come to, or the length of a list.
  counter: v.optional(v.float64()),
  expiresAt: v.union(v.float64(), v.null()),
})
  .index("by_key", ["key"])
  .index("by_key_prefix", ["keyPrefix"]);

const cacheListItems = defineTable({
  key: v.string(),
  keyPrefix: v.string(),
  index: v.float64(),
  value: v.string(),
})
  .index("by_key_prefix", ["keyPrefix"])
  .index("by_key_index", ["key", "index"]);

export const serviceTables = {
  mastra_schedules: schedules,
  mastra_schedule_triggers: scheduleTriggers,
  mastra_channel_installations: channelInstallations,
  mastra_channel_config: channelConfig,
  mastra_background_tasks: backgroundTasks,
  mastra_observational_memory: observationalMemory,
  mastra_cache: cache,
  mastra_cache_list_items: cacheListItems,
};

function nullable<Column extends GenericValidator>(
  column: Column & { isOptional: "required" },
) {
  return v.optional(v.union(column, v.null()));
}
