"""Files on disk: formatted the same anywhere, written only when they changed, ours or untouched."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from subprocess import CalledProcessError, run
from typing import TYPE_CHECKING, Final

from attrs import frozen

from .errors import GenerateError
from .snapshot import is_snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Changes", "compare", "format_modules", "header_for", "write", "write_files"]

_HEADER_START: Final = "# Generated from "
_HEADER_END: Final = " by aioconvex generate. Do not edit."
_LINE_LENGTH: Final = 100


def header_for(snapshot: Path, out: Path) -> str:
    """The first line of every module.

    It names the snapshot from where that and the package have their folders in common, so it does
    not depend on the machine or the working directory.
    """
    absolute = Path(os.path.abspath(snapshot))  # noqa: PTH100  # resolve() would follow links
    common = os.path.commonpath([absolute, os.path.abspath(out)])  # noqa: PTH100
    return f"{_HEADER_START}{absolute.relative_to(common).as_posix()}{_HEADER_END}"


def format_modules(modules: Mapping[str, str]) -> dict[str, str]:
    """Format with the ruff that is installed beside us, whatever configuration is around.

    Raises:
        GenerateError: ruff is missing or refuses the source.
    """
    with tempfile.TemporaryDirectory(prefix="aioconvex-") as folder:
        for name, source in modules.items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "ruff", "format", "--quiet", "--no-cache", "--isolated"]
        options = ["--target-version=py311", f"--line-length={_LINE_LENGTH}", folder]
        try:
            run([*command, *options], check=True, capture_output=True)  # noqa: S603  # fixed words
        except CalledProcessError as error:
            reason = error.stderr.decode(errors="replace").strip()
            raise GenerateError(f"ruff cannot format the bindings: {reason}") from None
        return {name: Path(folder, name).read_text(encoding="utf-8") for name in modules}


@frozen
class Changes:
    """What differs between what should be and what is there.

    `current` has the text of every file that is there, `foreign` are modules among ours that we
    did not write.
    """

    wanted: Mapping[Path, str]
    current: Mapping[Path, str]
    foreign: tuple[Path, ...]

    @property
    def changed(self) -> tuple[Path, ...]:
        """Files to write."""
        return tuple(path for path, text in self.wanted.items() if self.current.get(path) != text)

    @property
    def unchanged(self) -> tuple[Path, ...]:
        """Files that are as they should be."""
        return tuple(path for path, text in self.wanted.items() if self.current.get(path) == text)

    @property
    def stale(self) -> tuple[Path, ...]:
        """Files of ours to remove."""
        return tuple(path for path in self.current if path not in self.wanted)


def compare(wanted: Mapping[Path, str], out: Path) -> Changes:
    """Compare files with what is on disk.

    Raises:
        GenerateError: a file that we did not write stands where one of ours should.
    """
    current: dict[Path, str] = {}
    for path in wanted:
        if text := _read(path):
            _refuse_foreign(path, text)
            current[path] = text
    # Only namespaces come and go. Elsewhere in the folder a file with our header may be part of
    # another package of bindings, which is none of our business.
    folders = (out / "functions", out / "internal")
    there = (path for folder in folders for path in sorted(folder.rglob("*.py")))
    others = [path for path in there if path not in wanted]
    found = {path: text for path in others if (text := _read(path)) is not None}
    stale = {path: text for path, text in found.items() if _is_ours(text)}
    return Changes(wanted, {**current, **stale}, tuple(path for path in found if path not in stale))


def _refuse_foreign(path: Path, text: str) -> None:
    if path.suffix == ".json":
        if not is_snapshot(path.name, text):
            raise GenerateError(
                f"{path} is not a generated file; choose another folder of --schema"
            )
    elif not _is_ours(text):
        raise GenerateError(
            f"{path} is not a generated file, or its first line was changed: choose another output "
            "folder, or remove the file"
        )


def write(changes: Changes) -> None:
    """Make the disk agree: write what changed, remove what is ours and no longer wanted.

    Raises:
        GenerateError: the disk refuses; a file is either as it was or as it should be.
    """
    write_files({path: changes.wanted[path] for path in changes.changed})
    try:
        for path in changes.stale:
            path.unlink()
    except OSError as error:
        raise GenerateError(f"{error.filename} cannot be removed: {error.strerror}") from None


def write_files(files: Mapping[Path, str]) -> None:
    """Write all files, or none: they only take their places when every one is on the disk.

    Raises:
        GenerateError: the disk refuses.
    """
    staged: list[tuple[Path, Path]] = []
    target = Path()
    try:
        for target, text in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.append((_stage(target, text), target))
        for written, target in staged:
            written.replace(target)
    except OSError as error:
        raise GenerateError(f"{target} cannot be written: {error.strerror}") from None
    finally:
        for written, _ in staged:
            written.unlink(missing_ok=True)


def _stage(target: Path, text: str) -> Path:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _read(path: Path) -> str | None:
    try:
        # Whatever the line ends: Git may have changed them.
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        return "not UTF-8, so not ours"
    except OSError as error:
        raise GenerateError(f"{path} cannot be read: {error.strerror}") from None


def _is_ours(text: str) -> bool:
    first = text.partition("\n")[0]
    return first.startswith(_HEADER_START) and first.endswith(_HEADER_END)
