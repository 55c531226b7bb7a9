# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, NewType

from aioconvex.bindings import UNSET, Dimensions, Unset, Vector, field as _field, model as _model


MastraDocumentsId = NewType("MastraDocumentsId", str)
MastraMessagesId = NewType("MastraMessagesId", str)
MastraResourcesId = NewType("MastraResourcesId", str)
MastraScorersId = NewType("MastraScorersId", str)
MastraThreadsId = NewType("MastraThreadsId", str)
MastraVectorIndexesId = NewType("MastraVectorIndexesId", str)
MastraVectorsId = NewType("MastraVectorsId", str)
MastraWorkflowSnapshotsId = NewType("MastraWorkflowSnapshotsId", str)


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
class ByIdsResult:
    """In the result of `mastra/messages:byIds`."""

    items: list[MastraMessages]
    rest: list[str]


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

    items: list[MastraMessages]
    rest: float


@_model
class CurrentResult:
    """In the result of `mastra/version:current`."""

    functions: Literal["aioconvex"]
    version: float


@_model
class HandleResult:
    """In the result of `mastra/storage:handle`."""

    ok: bool
    code: str | None = None
    continuation_cursor: str | None | Unset = UNSET
    details: Any | Unset = UNSET
    error: str | None = None
    has_more: bool | None = None
    result: Any | Unset = UNSET


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
class NewMastraResources:
    """A document to insert into `mastra_resources`."""

    created_at: str
    id: str
    updated_at: str
    metadata: Any | Unset = UNSET
    working_memory: str | None = None


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
class ScoresListResult:
    """In the result of `mastra/scores:list`."""

    items: list[MastraScorers]
    matched: float
    next_cursor: str | None = None


@_model
class ThreadsRemoveResult:
    """In the result of `mastra/threads:remove`."""

    has_more: bool


@_model
class ThreadsScanResult:
    """In the result of `mastra/threads:scan`."""

    items: list[MastraThreads]
    matched: float
    next_cursor: str | None = None


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
class VectorSearchResultItem:
    """In the result of `mastra/queries:vectorSearch`."""

    id: str
    metadata: Any
    score: float
    vector: list[float] | None = None


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

MASTRA_RESOURCES_INDEXES: Final = ("by_record_id", "by_updated")
"""Indexes of `mastra_resources`."""

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
