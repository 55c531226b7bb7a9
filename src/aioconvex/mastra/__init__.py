"""Mastra's storage in Convex, shared with TypeScript apps that use `@mastra/convex`."""

from ._capabilities import Capabilities
from ._client import ConvexAdminClient
from ._generated import Api
from .errors import MastraError
from .store import ConvexStore

__all__ = [
    "Api",
    "Capabilities",
    "ConvexAdminClient",
    "ConvexStore",
    "MastraError",
]
