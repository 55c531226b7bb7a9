"""Where a client's URL and credentials come from when nobody passes them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, TypedDict

from attrs import frozen

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import httpx

    from ._types import Unset

__all__ = ["ADMIN_KEY_NAMES", "AUTH_NAMES", "Environment", "Settings"]

URL_NAMES: Final = ("CONVEX_URL", "CONVEX_SELF_HOSTED_URL")
AUTH_NAMES: Final = ("CONVEX_AUTH_TOKEN",)
ADMIN_KEY_NAMES: Final = (
    "CONVEX_ADMIN_KEY",
    "CONVEX_SELF_HOSTED_ADMIN_KEY",
    "CONVEX_DEPLOY_KEY",
)
_FILE: Final = ".env.local"

_LINE: Final = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"""
    r"""(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))""",
    re.MULTILINE,
)
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")


class Settings(TypedDict, total=False):
    """What a client can be told besides where it calls and who it is."""

    timeout: float | Unset | None
    max_retries: int
    ordered: bool
    allow_http: bool
    http_client: httpx.AsyncClient | None
    compress_live: bool


@frozen
class Environment:
    """Named settings: the process's variables first, then `.env.local` of a folder."""

    variables: Mapping[str, str]
    file: Mapping[str, str]
    where: str

    @classmethod
    def of_process(cls) -> Environment:
        """The process's variables alone."""
        return cls(os.environ, {}, "in the environment")

    @classmethod
    def with_file(cls, folder: Path) -> Environment:
        """The process's variables, and what `npx convex dev` wrote into `.env.local`.

        Raises:
            ConfigurationError: the file is there but cannot be read.
        """
        file = folder / _FILE
        try:
            text = file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            text = ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{file} cannot be read: {error}") from None
        return cls(os.environ, _parse(text), f"in the environment, then in {file}")

    def find(self, names: Sequence[str]) -> str | None:
        """The first of these that is set."""
        for source in (self.variables, self.file):
            for name in names:
                value = source.get(name, "").strip()
                if value:
                    return value
        return None

    def url(self) -> str:
        """The deployment's URL.

        Raises:
            ConfigurationError: none is set; it lists what was looked for, and where.
        """
        url = self.find(URL_NAMES)
        if url is None:
            names = " or ".join(URL_NAMES)
            raise ConfigurationError(
                f"no deployment URL: give one, or set {names}; looked {self.where}"
            )
        return url


def _parse(text: str) -> dict[str, str]:
    """Read `NAME=value` lines; comments, `export` and quotes are understood."""
    values: dict[str, str] = {}
    for name, double, single, bare in _LINE.findall(text):
        values[name] = double or single or _COMMENT.sub("", bare).strip()
    return values
