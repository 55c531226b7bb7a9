"""Typed async Python for Convex."""

from ._auth import TokenProvider
from ._http_actions import HttpActionReply
from ._types import UNSET, Count, Unset
from .client import ConvexClient
from .files import Download
from .live import ConnectionStates, LiveConnection, LiveQuery
from .live_calls import LiveCalls
from .live_pages import LivePages
from .pagination import Page, Paginator
from .raw import RawResponse
from .snapshot import Snapshot
from .values import ConvexValue, Int64

__all__ = [
    "UNSET",
    "ConnectionStates",
    "ConvexClient",
    "ConvexValue",
    "Count",
    "Download",
    "HttpActionReply",
    "Int64",
    "LiveCalls",
    "LiveConnection",
    "LivePages",
    "LiveQuery",
    "Page",
    "Paginator",
    "RawResponse",
    "Snapshot",
    "TokenProvider",
    "Unset",
]
