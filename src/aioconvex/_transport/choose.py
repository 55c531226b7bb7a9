"""Which transport a client uses, decided at its first request."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sniffio

from .base import proxy_for

if TYPE_CHECKING:
    import httpx

    from .base import Transport

__all__ = ["choose_transport"]


def choose_transport(origin: str, client: httpx.AsyncClient | None) -> Transport:
    """Make the user's own, aiohttp's where it is installed and does, else httpx's.

    Must be called in the event loop that will use it.
    """
    if client is None and sniffio.current_async_library() == "asyncio" and find_spec("aiohttp"):
        url = urlsplit(origin)
        proxy = proxy_for(url.scheme, url.hostname or "")
        if proxy is None or proxy.startswith(("http://", "https://")):  # it knows no others
            from .aiohttp import AiohttpTransport  # noqa: PLC0415  # an extra

            return AiohttpTransport(proxy)
    from .httpx import HttpxTransport  # noqa: PLC0415  # the other one may do

    return HttpxTransport(origin, client)
