"""Mastra's storage in Convex, shared with TypeScript apps that use `@mastra/convex`."""

from typing import TYPE_CHECKING

from aioconvex.bindings import later as _later

from ._capabilities import Capabilities
from ._client import ConvexAdminClient
from ._generated import Api
from .background_tasks import (
    BackgroundTask,
    BackgroundTasksConvex,
    TaskDate,
    TaskFilter,
    TaskPage,
    TaskStatus,
)
from .bulk import BulkConvex, BulkFile, BulkProgress
from .cache import ConvexServerCache
from .channels import ChannelConfig, ChannelInstallation, ChannelsConvex, ChannelStatus
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
from .schedules import Schedule, SchedulesConvex, ScheduleStatus, ScheduleTrigger
from .scores import NewScore, Score, ScorePage, ScoresConvex
from .store import ConvexStore
from .workflows import WorkflowRun, WorkflowRunList, WorkflowsConvex

if TYPE_CHECKING:
    from ._numeric import (
        CommonEmbeddingDimensions,
        ConvexNativeVector,
        ConvexVector,
        NativeIndex,
        VectorIndex,
        VectorMatch,
        VectorSearchResult,
    )
else:
    __getattr__ = _later(__name__, __package__, "._numeric")

__all__ = [
    "ActivatedChunk",
    "ActivationResult",
    "Api",
    "BackgroundTask",
    "BackgroundTasksConvex",
    "BulkConvex",
    "BulkFile",
    "BulkProgress",
    "Capabilities",
    "ChannelConfig",
    "ChannelInstallation",
    "ChannelStatus",
    "ChannelsConvex",
    "ClonedThread",
    "CommonEmbeddingDimensions",
    "ConvexAdminClient",
    "ConvexNativeVector",
    "ConvexServerCache",
    "ConvexStore",
    "ConvexVector",
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
    "NativeIndex",
    "NewScore",
    "ObservationChunk",
    "ObservationalMemory",
    "Resource",
    "Schedule",
    "ScheduleStatus",
    "ScheduleTrigger",
    "SchedulesConvex",
    "Score",
    "ScorePage",
    "ScoresConvex",
    "TaskDate",
    "TaskFilter",
    "TaskPage",
    "TaskStatus",
    "Thread",
    "ThreadList",
    "VectorIndex",
    "VectorMatch",
    "VectorSearchResult",
    "WorkflowRun",
    "WorkflowRunList",
    "WorkflowsConvex",
]
