# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, NewType

from aioconvex.bindings import UNSET, Dimensions, Unset, Vector, field as _field, model as _model


MastraBackgroundTasksId = NewType("MastraBackgroundTasksId", str)
MastraCacheId = NewType("MastraCacheId", str)
MastraCacheListItemsId = NewType("MastraCacheListItemsId", str)
MastraChannelConfigId = NewType("MastraChannelConfigId", str)
MastraChannelInstallationsId = NewType("MastraChannelInstallationsId", str)
MastraDocumentsId = NewType("MastraDocumentsId", str)
MastraMessagesId = NewType("MastraMessagesId", str)
MastraObservationalMemoryId = NewType("MastraObservationalMemoryId", str)
MastraResourcesId = NewType("MastraResourcesId", str)
MastraScheduleTriggersId = NewType("MastraScheduleTriggersId", str)
MastraSchedulesId = NewType("MastraSchedulesId", str)
MastraScorersId = NewType("MastraScorersId", str)
MastraThreadsId = NewType("MastraThreadsId", str)
MastraVectorIndexesId = NewType("MastraVectorIndexesId", str)
MastraVectorVersionsId = NewType("MastraVectorVersionsId", str)
MastraVectorsId = NewType("MastraVectorsId", str)
MastraWorkflowSnapshotsId = NewType("MastraWorkflowSnapshotsId", str)


@_model
class ActivateResult:
    """In the result of `mastra/observations:activate`."""

    activated_message_ids: list[str]
    current_task: str | None
    message_tokens_activated: float
    observation_tokens_activated: float
    per_chunk: list[ActivateResultPerChunkItem]
    suggested_continuation: str | None


@_model
class ActivateResultPerChunkItem:
    """In the result of `mastra/observations:activate`."""

    cycle_id: str
    message_count: float
    message_tokens: float
    observation_tokens: float
    observations: str


@_model
class AroundArgsTargetsItem:
    """Part of the arguments of `mastra/messages:around`."""

    id: str
    next: float
    previous: float
    alone: bool | None = None


@_model
class AroundResult:
    """In the result of `mastra/messages:around`."""

    items: list[MastraMessages]
    rest: list[AroundArgsTargetsItem]


@_model
class AssignResult:
    """In the result of `mastra/messages:assign`."""

    owners: list[AssignResultOwnersItem]
    next_cursor: str | None = None


@_model
class AssignResultOwnersItem:
    """In the result of `mastra/messages:assign`."""

    id: str
    resource_id: str | None = None


@_model
class BackgroundTasksListResult:
    """In the result of `mastra/backgroundTasks:list`."""

    items: list[MastraBackgroundTasks | dict[str, Any]]
    next_cursor: str | None = None
    total: float | None = None


@_model
class ByIdsResult:
    """In the result of `mastra/messages:byIds`."""

    items: list[MastraMessages]
    rest: list[str]


@_model
class CacheHandleResult:
    """In the result of `mastra/cache:handle`."""

    ok: bool
    code: str | None = None
    error: str | None = None
    has_more: bool | None = None
    result: Any | Unset = UNSET


@_model
class ChannelsListResult:
    """In the result of `mastra/channels:list`."""

    items: list[MastraChannelInstallations]
    next_cursor: str | None = None


@_model
class ClearResult:
    """In the result of `mastra/observations:clear`."""

    has_more: bool


@_model
class CopyArgsCopiesItem:
    """Part of the arguments of `mastra/messages:copy`."""

    id: str
    new_id: str


@_model
class CopyArgsThread:
    """Part of the arguments of `mastra/messages:copy`."""

    created_at: str
    id: str
    resource_id: str
    title: str
    updated_at: str
    metadata: str | None = None


@_model
class CopyResult:
    """In the result of `mastra/messages:copy`."""

    made: list[str]
    rest: float


@_model
class CountResult:
    """In the result of `mastra/vectorIndexes:count`."""

    count: float
    next_cursor: str | None = None


@_model
class CurrentResult:
    """In the result of `mastra/version:current`."""

    functions: Literal["aioconvex"]
    version: float


@_model
class DueResult:
    """In the result of `mastra/schedules:due`."""

    items: list[MastraSchedules]
    next_cursor: str | None = None


@_model
class HistoryArgsAfter:
    """Part of the arguments of `mastra/observations:history`."""

    creation_time: float = _field("_creationTime")
    generation_count: float


@_model
class HistoryResult:
    """In the result of `mastra/observations:history`."""

    items: list[MastraObservationalMemory]
    matched: float
    rest: HistoryArgsAfter | None = None


@_model
class MastraBackgroundTasks:
    """A document of `mastra_background_tasks`."""

    creation_time: float = _field("_creationTime")
    id_: MastraBackgroundTasksId = _field("_id")
    agent_id: str = _field("agent_id")
    args: str
    completed_at: str | None
    created_at: str
    error: str | None
    id: str
    max_retries: float = _field("max_retries")
    resource_id: str | None = _field("resource_id")
    result: str | None
    retry_count: float = _field("retry_count")
    run_id: str = _field("run_id")
    started_at: str | None
    status: Literal[
        "pending", "running", "suspended", "completed", "failed", "cancelled", "timed_out"
    ]
    suspend_payload: str | None = _field("suspend_payload")
    suspended_at: str | None
    thread_id: str | None = _field("thread_id")
    timeout_ms: float = _field("timeout_ms")
    tool_call_id: str = _field("tool_call_id")
    tool_name: str = _field("tool_name")


@_model
class MastraCache:
    """A document of `mastra_cache`."""

    creation_time: float = _field("_creationTime")
    id: MastraCacheId = _field("_id")
    expires_at: float | None
    key: str
    key_prefix: str
    kind: Literal["value", "list", "counter", "deleted"]
    counter: float | None = None
    value: str | None = None


@_model
class MastraCacheListItems:
    """A document of `mastra_cache_list_items`."""

    creation_time: float = _field("_creationTime")
    id: MastraCacheListItemsId = _field("_id")
    index: float
    key: str
    key_prefix: str
    value: str


@_model
class MastraChannelConfig:
    """A document of `mastra_channel_config`."""

    creation_time: float = _field("_creationTime")
    id_: MastraChannelConfigId = _field("_id")
    data: str
    id: str
    platform: str
    updated_at: str


@_model
class MastraChannelInstallations:
    """A document of `mastra_channel_installations`."""

    creation_time: float = _field("_creationTime")
    id_: MastraChannelInstallationsId = _field("_id")
    agent_id: str
    created_at: str
    data: str
    id: str
    platform: str
    status: str
    updated_at: str
    config_hash: str | None | Unset = UNSET
    error: str | None | Unset = UNSET
    webhook_id: str | None | Unset = UNSET


@_model
class MastraDocuments:
    """A document of `mastra_documents`."""

    creation_time: float = _field("_creationTime")
    id: MastraDocumentsId = _field("_id")
    primary_key: str
    record: Any
    table: str


@_model
class MastraMessages:
    """A document of `mastra_messages`."""

    creation_time: float = _field("_creationTime")
    id_: MastraMessagesId = _field("_id")
    content: str
    created_at: str
    id: str
    role: str
    thread_id: str = _field("thread_id")
    type: str
    resource_id: str | None = None


@_model
class MastraObservationalMemory:
    """A document of `mastra_observational_memory`."""

    creation_time: float = _field("_creationTime")
    id_: MastraObservationalMemoryId = _field("_id")
    active_observations: str
    config: str
    created_at: str
    generation_count: float
    id: str
    is_buffering_observation: bool
    is_buffering_reflection: bool
    is_observing: bool
    is_reflecting: bool
    last_buffered_at_tokens: float
    lookup_key: str
    observation_token_count: float
    origin_type: str
    pending_message_tokens: float
    scope: str
    total_tokens_observed: float
    updated_at: str
    active_observations_pending_update: str | None | Unset = UNSET
    buffered_message_ids: list[str] | None | Unset = UNSET
    buffered_observation_chunks: str | None | Unset = UNSET
    buffered_observation_tokens: float | None | Unset = UNSET
    buffered_observations: str | None | Unset = UNSET
    buffered_reflection: str | None | Unset = UNSET
    buffered_reflection_input_tokens: float | None | Unset = UNSET
    buffered_reflection_tokens: float | None | Unset = UNSET
    last_buffered_at_time: str | None | Unset = UNSET
    last_observed_at: str | None | Unset = UNSET
    last_reflection_at: str | None | Unset = UNSET
    metadata: str | None | Unset = UNSET
    observed_message_ids: list[str] | None | Unset = UNSET
    observed_timezone: str | None | Unset = UNSET
    reflected_observation_line_count: float | None | Unset = UNSET
    resource_id: str | None | Unset = UNSET
    thread_id: str | None | Unset = UNSET


@_model
class MastraResources:
    """A document of `mastra_resources`."""

    creation_time: float = _field("_creationTime")
    id_: MastraResourcesId = _field("_id")
    created_at: str
    id: str
    updated_at: str
    metadata: Any | Unset = UNSET
    working_memory: str | None = None


@_model
class MastraScheduleTriggers:
    """A document of `mastra_schedule_triggers`."""

    creation_time: float = _field("_creationTime")
    id_: MastraScheduleTriggersId = _field("_id")
    actual_fire_at: float = _field("actual_fire_at")
    id: str
    outcome: str
    schedule_id: str = _field("schedule_id")
    scheduled_fire_at: float = _field("scheduled_fire_at")
    trigger_kind: str = _field("trigger_kind")
    error: str | None | Unset = UNSET
    metadata: str | None | Unset = UNSET
    parent_trigger_id: str | None | Unset = _field("parent_trigger_id", default=UNSET)
    run_id: str | None | Unset = _field("run_id", default=UNSET)


@_model
class MastraSchedules:
    """A document of `mastra_schedules`."""

    creation_time: float = _field("_creationTime")
    id_: MastraSchedulesId = _field("_id")
    created_at: float = _field("created_at")
    cron: str
    id: str
    next_fire_at: float = _field("next_fire_at")
    status: str
    target: str
    updated_at: float = _field("updated_at")
    last_fire_at: float | None | Unset = _field("last_fire_at", default=UNSET)
    last_run_id: str | None | Unset = _field("last_run_id", default=UNSET)
    metadata: str | None | Unset = UNSET
    owner_id: str | None | Unset = _field("owner_id", default=UNSET)
    owner_type: str | None | Unset = _field("owner_type", default=UNSET)
    timezone: str | None | Unset = UNSET
    workflow_id: str | None | Unset = _field("workflow_id", default=UNSET)


@_model
class MastraScorers:
    """A document of `mastra_scorers`."""

    creation_time: float = _field("_creationTime")
    id_: MastraScorersId = _field("_id")
    created_at: str
    id: str
    input: Any
    output: Any
    run_id: str
    score: float
    scorer: Any
    scorer_id: str
    source: str
    updated_at: str
    additional_context: Any | Unset = UNSET
    analyze_prompt: str | None = None
    analyze_step_result: Any | Unset = UNSET
    batch_id: str | None = None
    dataset_id: str | None = None
    dataset_item_id: str | None = None
    entity: Any | Unset = UNSET
    entity_id: str | None = None
    entity_type: str | None = None
    extract_prompt: str | None = None
    extract_step_result: Any | Unset = UNSET
    generate_reason_prompt: str | None = None
    generate_score_prompt: str | None = None
    metadata: Any | Unset = UNSET
    organization_id: str | None = None
    preprocess_prompt: str | None = None
    preprocess_step_result: Any | Unset = UNSET
    project_id: str | None = None
    reason: str | None = None
    reason_prompt: str | None = None
    request_context: Any | Unset = UNSET
    resource_id: str | None = None
    span_id: str | None = None
    thread_id: str | None = None
    trace_id: str | None = None


@_model
class MastraThreads:
    """A document of `mastra_threads`."""

    creation_time: float = _field("_creationTime")
    id_: MastraThreadsId = _field("_id")
    created_at: str
    id: str
    resource_id: str
    title: str
    updated_at: str
    metadata: Any | Unset = UNSET


@_model
class MastraVectorIndexes:
    """A document of `mastra_vector_indexes`."""

    creation_time: float = _field("_creationTime")
    id_: MastraVectorIndexesId = _field("_id")
    created_at: str
    dimension: float
    id: str
    index_name: str
    metric: str


@_model
class MastraVectorVersions:
    """A document of `mastra_vector_versions`."""

    creation_time: float = _field("_creationTime")
    id: MastraVectorVersionsId = _field("_id")
    index_name: str
    shard: float
    writes: float


@_model
class MastraVectors:
    """A document of `mastra_vectors`."""

    creation_time: float = _field("_creationTime")
    id_: MastraVectorsId = _field("_id")
    embedding: Annotated[Vector, Dimensions(1536)]
    id: str
    index_name: str
    metadata: Any | Unset = UNSET


@_model
class MastraWorkflowSnapshots:
    """A document of `mastra_workflow_snapshots`."""

    creation_time: float = _field("_creationTime")
    id_: MastraWorkflowSnapshotsId = _field("_id")
    created_at: str
    run_id: str = _field("run_id")
    snapshot: Any
    updated_at: str
    workflow_name: str = _field("workflow_name")
    id: str | None = None
    resource_id: str | None = None


@_model
class MessagesRemoveResult:
    """In the result of `mastra/messages:remove`."""

    rest: list[str]


@_model
class MessagesScanResult:
    """In the result of `mastra/messages:scan`."""

    items: list[MastraMessages]
    matched: float
    next_cursor: str | None = None


@_model
class NearestResult:
    """In the result of `mastra/vectorSearch:nearest`."""

    ids: list[str]
    metadata: list[Any]
    scores: list[float]
    embeddings: bytes | None = None


@_model
class NewMastraBackgroundTasks:
    """A document to insert into `mastra_background_tasks`."""

    agent_id: str = _field("agent_id")
    args: str
    completed_at: str | None
    created_at: str
    error: str | None
    id: str
    max_retries: float = _field("max_retries")
    resource_id: str | None = _field("resource_id")
    result: str | None
    retry_count: float = _field("retry_count")
    run_id: str = _field("run_id")
    started_at: str | None
    status: Literal[
        "pending", "running", "suspended", "completed", "failed", "cancelled", "timed_out"
    ]
    suspend_payload: str | None = _field("suspend_payload")
    suspended_at: str | None
    thread_id: str | None = _field("thread_id")
    timeout_ms: float = _field("timeout_ms")
    tool_call_id: str = _field("tool_call_id")
    tool_name: str = _field("tool_name")


@_model
class NewMastraCache:
    """A document to insert into `mastra_cache`."""

    expires_at: float | None
    key: str
    key_prefix: str
    kind: Literal["value", "list", "counter", "deleted"]
    counter: float | None = None
    value: str | None = None


@_model
class NewMastraCacheListItems:
    """A document to insert into `mastra_cache_list_items`."""

    index: float
    key: str
    key_prefix: str
    value: str


@_model
class NewMastraChannelConfig:
    """A document to insert into `mastra_channel_config`."""

    data: str
    id: str
    platform: str
    updated_at: str


@_model
class NewMastraChannelInstallations:
    """A document to insert into `mastra_channel_installations`."""

    agent_id: str
    created_at: str
    data: str
    id: str
    platform: str
    status: str
    updated_at: str
    config_hash: str | None | Unset = UNSET
    error: str | None | Unset = UNSET
    webhook_id: str | None | Unset = UNSET


@_model
class NewMastraDocuments:
    """A document to insert into `mastra_documents`."""

    primary_key: str
    record: Any
    table: str


@_model
class NewMastraMessages:
    """A document to insert into `mastra_messages`."""

    content: str
    created_at: str
    id: str
    role: str
    thread_id: str = _field("thread_id")
    type: str
    resource_id: str | None = None


@_model
class NewMastraObservationalMemory:
    """A document to insert into `mastra_observational_memory`."""

    active_observations: str
    config: str
    created_at: str
    generation_count: float
    id: str
    is_buffering_observation: bool
    is_buffering_reflection: bool
    is_observing: bool
    is_reflecting: bool
    last_buffered_at_tokens: float
    lookup_key: str
    observation_token_count: float
    origin_type: str
    pending_message_tokens: float
    scope: str
    total_tokens_observed: float
    updated_at: str
    active_observations_pending_update: str | None | Unset = UNSET
    buffered_message_ids: list[str] | None | Unset = UNSET
    buffered_observation_chunks: str | None | Unset = UNSET
    buffered_observation_tokens: float | None | Unset = UNSET
    buffered_observations: str | None | Unset = UNSET
    buffered_reflection: str | None | Unset = UNSET
    buffered_reflection_input_tokens: float | None | Unset = UNSET
    buffered_reflection_tokens: float | None | Unset = UNSET
    last_buffered_at_time: str | None | Unset = UNSET
    last_observed_at: str | None | Unset = UNSET
    last_reflection_at: str | None | Unset = UNSET
    metadata: str | None | Unset = UNSET
    observed_message_ids: list[str] | None | Unset = UNSET
    observed_timezone: str | None | Unset = UNSET
    reflected_observation_line_count: float | None | Unset = UNSET
    resource_id: str | None | Unset = UNSET
    thread_id: str | None | Unset = UNSET


@_model
class NewMastraResources:
    """A document to insert into `mastra_resources`."""

    created_at: str
    id: str
    updated_at: str
    metadata: Any | Unset = UNSET
    working_memory: str | None = None


@_model
class NewMastraScheduleTriggers:
    """A document to insert into `mastra_schedule_triggers`."""

    actual_fire_at: float = _field("actual_fire_at")
    id: str
    outcome: str
    schedule_id: str = _field("schedule_id")
    scheduled_fire_at: float = _field("scheduled_fire_at")
    trigger_kind: str = _field("trigger_kind")
    error: str | None | Unset = UNSET
    metadata: str | None | Unset = UNSET
    parent_trigger_id: str | None | Unset = _field("parent_trigger_id", default=UNSET)
    run_id: str | None | Unset = _field("run_id", default=UNSET)


@_model
class NewMastraSchedules:
    """A document to insert into `mastra_schedules`."""

    created_at: float = _field("created_at")
    cron: str
    id: str
    next_fire_at: float = _field("next_fire_at")
    status: str
    target: str
    updated_at: float = _field("updated_at")
    last_fire_at: float | None | Unset = _field("last_fire_at", default=UNSET)
    last_run_id: str | None | Unset = _field("last_run_id", default=UNSET)
    metadata: str | None | Unset = UNSET
    owner_id: str | None | Unset = _field("owner_id", default=UNSET)
    owner_type: str | None | Unset = _field("owner_type", default=UNSET)
    timezone: str | None | Unset = UNSET
    workflow_id: str | None | Unset = _field("workflow_id", default=UNSET)


@_model
class NewMastraScorers:
    """A document to insert into `mastra_scorers`."""

    created_at: str
    id: str
    input: Any
    output: Any
    run_id: str
    score: float
    scorer: Any
    scorer_id: str
    source: str
    updated_at: str
    additional_context: Any | Unset = UNSET
    analyze_prompt: str | None = None
    analyze_step_result: Any | Unset = UNSET
    batch_id: str | None = None
    dataset_id: str | None = None
    dataset_item_id: str | None = None
    entity: Any | Unset = UNSET
    entity_id: str | None = None
    entity_type: str | None = None
    extract_prompt: str | None = None
    extract_step_result: Any | Unset = UNSET
    generate_reason_prompt: str | None = None
    generate_score_prompt: str | None = None
    metadata: Any | Unset = UNSET
    organization_id: str | None = None
    preprocess_prompt: str | None = None
    preprocess_step_result: Any | Unset = UNSET
    project_id: str | None = None
    reason: str | None = None
    reason_prompt: str | None = None
    request_context: Any | Unset = UNSET
    resource_id: str | None = None
    span_id: str | None = None
    thread_id: str | None = None
    trace_id: str | None = None


@_model
class NewMastraThreads:
    """A document to insert into `mastra_threads`."""

    created_at: str
    id: str
    resource_id: str
    title: str
    updated_at: str
    metadata: Any | Unset = UNSET


@_model
class NewMastraVectorIndexes:
    """A document to insert into `mastra_vector_indexes`."""

    created_at: str
    dimension: float
    id: str
    index_name: str
    metric: str


@_model
class NewMastraVectorVersions:
    """A document to insert into `mastra_vector_versions`."""

    index_name: str
    shard: float
    writes: float


@_model
class NewMastraVectors:
    """A document to insert into `mastra_vectors`."""

    embedding: Annotated[Vector, Dimensions(1536)]
    id: str
    index_name: str
    metadata: Any | Unset = UNSET


@_model
class NewMastraWorkflowSnapshots:
    """A document to insert into `mastra_workflow_snapshots`."""

    created_at: str
    run_id: str = _field("run_id")
    snapshot: Any
    updated_at: str
    workflow_name: str = _field("workflow_name")
    id: str | None = None
    resource_id: str | None = None


@_model
class PageResult:
    """In the result of `mastra/vectorIndexes:page`."""

    ids: list[str]
    metadata: list[Any]
    embeddings: bytes | None = None
    lengths: list[float] | None = None
    next_cursor: str | None = None


@_model
class QueryArgsConfig:
    """Part of the arguments of `mastra/nativeVector:query`."""

    table_name: str
    vector_index_name: str
    dimension: float | None = None
    filter_fields: list[str] | None = None
    id_field: str | None = None
    id_index_name: str | None = None
    metadata_field: str | None = None
    vector_field: str | None = None


@_model
class QueryArgsFilter1:
    """Part of the arguments of `mastra/nativeVector:query`."""

    field: str
    value: str | float | bool | None


@_model
class QueryArgsFilter2:
    """Part of the arguments of `mastra/nativeVector:query`."""

    or_: list[QueryArgsFilter1]


@_model
class QueryResultItem:
    """In the result of `mastra/nativeVector:query`."""

    id: str
    score: float


@_model
class ReadResult1:
    """In the result of `mastra/nativeVector:read`."""

    count: float
    count_is_limited: bool
    cursor: str | None = None


@_model
class ReadResult2:
    """In the result of `mastra/nativeVector:read`."""

    embeddings: bytes
    ids: list[str]
    lengths: list[float]
    metadata: list[Any]
    cursor: str | None = None


@_model
class ReadResultCounter:
    """In the result of `mastra/cache:read`."""

    counter: float
    kind: Literal["counter"]


@_model
class ReadResultList:
    """In the result of `mastra/cache:read`."""

    items: list[str]
    kind: Literal["list"]
    length: float
    list_: MastraCacheId
    rest: ReadResultListRest | None = None


@_model
class ReadResultListRest:
    """In the result of `mastra/cache:read`."""

    from_: float
    to: float


@_model
class ReadResultValue:
    """In the result of `mastra/cache:read`."""

    kind: Literal["value"]
    value: str


@_model
class RemoveMatchingResult:
    """In the result of `mastra/backgroundTasks:removeMatching`."""

    next_cursor: str | None = None


@_model
class RestoreOwnersResult:
    """In the result of `mastra/messages:restoreOwners`."""

    rest: list[AssignResultOwnersItem]


@_model
class RunsListResult:
    """In the result of `mastra/runs:list`."""

    items: list[MastraWorkflowSnapshots]
    matched: float
    next_cursor: str | None = None


@_model
class SaveArgsResource:
    """Part of the arguments of `mastra/resources:save`."""

    created_at: str
    id: str
    updated_at: str
    metadata: str | None = None
    working_memory: str | None = None


@_model
class SaveArgsScore:
    """Part of the arguments of `mastra/scores:save`."""

    id: str
    input: Any
    output: Any
    run_id: str
    score: float
    scorer: Any
    scorer_id: str
    source: str
    additional_context: Any | Unset = UNSET
    analyze_prompt: str | None = None
    analyze_step_result: Any | Unset = UNSET
    batch_id: str | None = None
    dataset_id: str | None = None
    dataset_item_id: str | None = None
    entity: Any | Unset = UNSET
    entity_id: str | None = None
    entity_type: str | None = None
    extract_prompt: str | None = None
    extract_step_result: Any | Unset = UNSET
    generate_reason_prompt: str | None = None
    generate_score_prompt: str | None = None
    metadata: Any | Unset = UNSET
    organization_id: str | None = None
    preprocess_prompt: str | None = None
    preprocess_step_result: Any | Unset = UNSET
    project_id: str | None = None
    reason: str | None = None
    reason_prompt: str | None = None
    request_context: Any | Unset = UNSET
    resource_id: str | None = None
    span_id: str | None = None
    thread_id: str | None = None
    trace_id: str | None = None


@_model
class SaveInstallationArgsInstallation:
    """Part of the arguments of `mastra/channels:saveInstallation`."""

    agent_id: str
    created_at: str
    data: str
    id: str
    platform: str
    status: str
    config_hash: str | None | Unset = UNSET
    error: str | None | Unset = UNSET
    webhook_id: str | None | Unset = UNSET


@_model
class ScoresListResult:
    """In the result of `mastra/scores:list`."""

    items: list[MastraScorers]
    matched: float
    next_cursor: str | None = None


@_model
class StateResult:
    """In the result of `mastra/vectorIndexes:state`."""

    dimension: float
    version: str


@_model
class StorageHandleResult:
    """In the result of `mastra/storage:handle`."""

    ok: bool
    code: str | None = None
    continuation_cursor: str | None | Unset = UNSET
    details: Any | Unset = UNSET
    error: str | None = None
    has_more: bool | None = None
    result: Any | Unset = UNSET


@_model
class ThreadsScanResult:
    """In the result of `mastra/threads:scan`."""

    items: list[MastraThreads]
    matched: float
    next_cursor: str | None = None


@_model
class TriggersResult:
    """In the result of `mastra/schedules:triggers`."""

    items: list[MastraScheduleTriggers]
    next_cursor: str | None = None


@_model
class UpdateArgsChanges:
    """Part of the arguments of `mastra/backgroundTasks:update`."""

    completed_at: str | None | Unset = UNSET
    error: str | None | Unset = UNSET
    max_retries: float | None = _field("max_retries", default=None)
    result: str | None | Unset = UNSET
    retry_count: float | None = _field("retry_count", default=None)
    started_at: str | None | Unset = UNSET
    status: (
        Literal["pending", "running", "suspended", "completed", "failed", "cancelled", "timed_out"]
        | None
    ) = None
    suspend_payload: str | None | Unset = _field("suspend_payload", default=UNSET)
    suspended_at: str | None | Unset = UNSET
    timeout_ms: float | None = _field("timeout_ms", default=None)


@_model
class UpdateArgsUpdatesItem:
    """Part of the arguments of `mastra/messages:update`."""

    id: str
    content: str | None = None
    created_at: str | None = None
    resource_id: str | None = None
    role: str | None = None
    thread_id: str | None = _field("thread_id", default=None)
    type: str | None = None


@_model
class UpdateIfSameArgsSeen:
    """Part of the arguments of `mastra/threads:updateIfSame`."""

    metadata: str
    resource_id: str
    title: str


@_model
class UpdateIfSameResult:
    """In the result of `mastra/threads:updateIfSame`."""

    thread: MastraThreads | None
    updated: bool


@_model
class VectorIndexesListResult:
    """In the result of `mastra/vectorIndexes:list`."""

    names: list[str]
    next_cursor: str | None = None


@_model
class VectorIndexesRemoveResult:
    """In the result of `mastra/vectorIndexes:remove`."""

    done: float


@_model
class VectorSearchResultItem:
    """In the result of `mastra/queries:vectorSearch`."""

    id: str
    metadata: Any
    score: float
    vector: list[float] | None = None


@_model
class WriteResult:
    """In the result of `mastra/nativeVector:write`."""

    ok: Literal[True]


MASTRA_BACKGROUND_TASKS_INDEXES: Final = (
    "by_agent_status",
    "by_created",
    "by_record_id",
    "by_resource",
    "by_run",
    "by_status_created",
    "by_thread",
    "by_tool",
    "by_tool_call",
)
"""Indexes of `mastra_background_tasks`."""

MASTRA_CACHE_INDEXES: Final = ("by_key", "by_key_prefix")
"""Indexes of `mastra_cache`."""

MASTRA_CACHE_LIST_ITEMS_INDEXES: Final = ("by_key_index", "by_key_prefix")
"""Indexes of `mastra_cache_list_items`."""

MASTRA_CHANNEL_CONFIG_INDEXES: Final = ("by_platform", "by_record_id")
"""Indexes of `mastra_channel_config`."""

MASTRA_CHANNEL_INSTALLATIONS_INDEXES: Final = (
    "by_platform",
    "by_platform_agent",
    "by_record_id",
    "by_webhook",
)
"""Indexes of `mastra_channel_installations`."""

MASTRA_DOCUMENTS_INDEXES: Final = ("by_table", "by_table_primary")
"""Indexes of `mastra_documents`."""

MASTRA_MESSAGES_INDEXES: Final = (
    "by_record_id",
    "by_resource",
    "by_resource_created",
    "by_thread",
    "by_thread_created",
)
"""Indexes of `mastra_messages`."""

MASTRA_OBSERVATIONAL_MEMORY_INDEXES: Final = ("by_lookup_key", "by_record_id")
"""Indexes of `mastra_observational_memory`."""

MASTRA_RESOURCES_INDEXES: Final = ("by_record_id", "by_updated")
"""Indexes of `mastra_resources`."""

MASTRA_SCHEDULE_TRIGGERS_INDEXES: Final = (
    "by_parent_trigger",
    "by_record_id",
    "by_schedule_actual",
)
"""Indexes of `mastra_schedule_triggers`."""

MASTRA_SCHEDULES_INDEXES: Final = (
    "by_created",
    "by_owner",
    "by_owner_id",
    "by_record_id",
    "by_status_next_fire_at",
    "by_workflow_id",
    "by_workflow_status",
)
"""Indexes of `mastra_schedules`."""

MASTRA_SCORERS_INDEXES: Final = (
    "by_created",
    "by_entity",
    "by_entity_created",
    "by_record_id",
    "by_run",
    "by_run_created",
    "by_scorer",
    "by_scorer_created",
    "by_span_created",
)
"""Indexes of `mastra_scorers`."""

MASTRA_THREADS_INDEXES: Final = (
    "by_created",
    "by_record_id",
    "by_resource",
    "by_resource_created",
    "by_resource_updated",
    "by_updated",
)
"""Indexes of `mastra_threads`."""

MASTRA_VECTOR_INDEXES_INDEXES: Final = ("by_name", "by_record_id")
"""Indexes of `mastra_vector_indexes`."""

MASTRA_VECTOR_VERSIONS_INDEXES: Final = ("by_shard",)
"""Indexes of `mastra_vector_versions`."""

MASTRA_VECTORS_INDEXES: Final = ("by_index", "by_index_id")
"""Indexes of `mastra_vectors`."""

MASTRA_VECTORS_VECTOR_INDEXES: Final = ("by_embedding",)
"""Vector indexes of `mastra_vectors`."""

MASTRA_WORKFLOW_SNAPSHOTS_INDEXES: Final = (
    "by_created",
    "by_record_id",
    "by_resource",
    "by_resource_created",
    "by_run_created",
    "by_workflow",
    "by_workflow_created",
    "by_workflow_resource_created",
    "by_workflow_run",
)
"""Indexes of `mastra_workflow_snapshots`."""
