"""The generator as one call: source, snapshot, spec, bindings, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from attrs import frozen

from .check import diff
from .package import package_modules
from .reading import read_spec
from .render import Changes, compare, format_modules, header_for, write
from .snapshot import FUNCTION_SPEC
from .source import Source, fetch
from .spec import Function, Primitive, Spec

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GenerateOptions", "GenerateReport", "Untyped", "generate"]


@frozen(kw_only=True)
class GenerateOptions:
    """What to generate, and where.

    Args:
        source: a `Deployment`, a `Project` or a `SpecFile`.
        schema: the folder of the snapshot, to be committed.
        out: the folder of the package of bindings; nothing else should be in it.
        check: compare with what is there and write nothing.
    """

    source: Source
    schema: Path
    out: Path
    check: bool = False


@frozen
class Untyped:
    """A function that could not be typed throughout, and why."""

    path: str
    reason: str


@frozen(kw_only=True)
class GenerateReport:
    """What was done, or, under `check`, what would be.

    `diff` is only filled under `check`. `foreign` are modules in the output folder that the
    generator did not write and leaves alone.
    """

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    foreign: tuple[Path, ...]
    diff: str
    functions: int
    tables: int
    http_actions: tuple[str, ...]
    untyped: tuple[Untyped, ...]
    warnings: tuple[str, ...]

    @property
    def up_to_date(self) -> bool:
        """Whether snapshot and bindings were what they should be already."""
        return not (self.written or self.removed)

    @property
    def typed(self) -> int:
        """How many functions have exact types for arguments and result."""
        return self.functions - len(self.untyped)


async def generate(options: GenerateOptions) -> GenerateReport:
    """Generate bindings, or check them.

    Raises:
        GenerateError: the source cannot be read, or the output folder holds somebody's files.
        LocalDeploymentError: the project cannot be run.
    """
    snapshot = await fetch(options.source)
    spec = read_spec(snapshot)
    header = header_for(options.schema / FUNCTION_SPEC, options.out)
    modules = await to_thread.run_sync(lambda: format_modules(package_modules(spec, header)))
    wanted = {options.schema / name: text for name, text in snapshot.files().items()}
    wanted |= {options.out / name: text for name, text in sorted(modules.items())}
    changes = compare(wanted, options.out)
    if not options.check:
        write(changes)
    return _report(spec, changes, diff(changes) if options.check else "")


def _report(spec: Spec, changes: Changes, text: str) -> GenerateReport:
    untyped = [Untyped(item.path, reason) for item in spec.functions if (reason := _gap(item))]
    return GenerateReport(
        written=changes.changed,
        removed=changes.stale,
        unchanged=changes.unchanged,
        foreign=changes.foreign,
        diff=text,
        functions=len(spec.functions),
        tables=len(spec.tables),
        http_actions=tuple(f"{route.method} {route.path}" for route in spec.routes),
        untyped=tuple(untyped),
        warnings=spec.warnings,
    )


def _gap(function: Function) -> str:
    gaps = ["no args validator"] if function.args is None else []
    if function.returns is None:
        gaps.append("no returns validator")
    elif function.returns is Primitive.ANY:
        gaps.append("returns is v.any()")
    return ", ".join(gaps)
