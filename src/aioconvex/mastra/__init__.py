"""Mastra's storage in Convex, shared with TypeScript apps that use `@mastra/convex`."""

from ._capabilities import Capabilities
from ._client import ConvexAdminClient
from ._generated import Api
from .cache import ConvexServerCache
from .errors import MastraError
from .memory import (
    ClonedThread,
    CopiedThread,
    CopyOptions,
    DateRange,
    Include,
    MemoryConvex,
    Message,
    MessageList,
    MessageUpdate,
    Resource,
    Thread,
    ThreadList,
)
from .scores import NewScore, Score, ScorePage, ScoresConvex
from .store import ConvexStore
from .workflows import WorkflowRun, WorkflowRunList, WorkflowsConvex

__all__ = [
    "Api",
    "Capabilities",
    "ClonedThread",
    "ConvexAdminClient",
    "ConvexServerCache",
    "ConvexStore",
    "CopiedThread",
    "CopyOptions",
    "DateRange",
    "Include",
    "MastraError",
    "MemoryConvex",
    "Message",
    "MessageList",
    "MessageUpdate",
    "NewScore",
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
