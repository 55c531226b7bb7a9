"""Mastra's storage in Convex, shared with TypeScript apps that use `@mastra/convex`."""

from ._capabilities import Capabilities
from ._client import ConvexAdminClient
from ._generated import Api
from .cache import ConvexServerCache
from .bulk import BulkConvex, BulkFile, BulkProgress
from .errors import MastraError
from .memory import (
    ActivatedChunk,
    ActivationResult,
    ClonedThread,
    CopiedThread,
    CopyOptions,
    DateRange,
    ExtractionFailure,
    Include,
    MemoryConvex,
    Message,
    MessageList,
    MessageUpdate,
    ObservationalMemory,
    ObservationChunk,
    Resource,
    Thread,
    ThreadList,
)
from .scores import NewScore, Score, ScorePage, ScoresConvex
from .store import ConvexStore
from .workflows import WorkflowRun, WorkflowRunList, WorkflowsConvex

__all__ = [
    "ActivatedChunk",
    "ActivationResult",
    "Api",
    "BulkConvex",
    "BulkFile",
    "BulkProgress",
    "Capabilities",
    "ClonedThread",
    "ConvexAdminClient",
    "ConvexServerCache",
    "ConvexStore",
    "CopiedThread",
    "CopyOptions",
    "DateRange",
    "ExtractionFailure",
    "Include",
    "MastraError",
    "MemoryConvex",
    "Message",
    "MessageList",
    "MessageUpdate",
    "NewScore",
    "ObservationChunk",
    "ObservationalMemory",
    "Resource",
    "Score",
    "ScorePage",
    "ScoresConvex",
    "Thread",
    "ThreadList",
    "WorkflowRun",
    "WorkflowRunList",
    "WorkflowsConvex",
]
