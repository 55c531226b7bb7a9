"""The command `aioconvex`. Everything it needs beyond the run time is imported on use."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line: exit code 0 is success, 1 failure or a difference, 2 wrong usage."""
    try:
        from ._app import run

        code = run(sys.argv[1:])
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"cyclopts", "rich"}:
            raise
        sys.exit("The command line is an extra: pip install 'aioconvex[cli]'")
    except KeyboardInterrupt:
        code = 130  # what a shell expects of a program that Ctrl-C ended
    sys.exit(code)
