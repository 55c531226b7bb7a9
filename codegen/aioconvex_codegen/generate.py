"""The generator as one call: source, snapshot, spec, bindings, files."""

from __future__ import annotations

import keyword
import os
from typing import TYPE_CHECKING

from anyio import to_thread
from attrs import field, frozen

from aioconvex.errors import ConfigurationError

from .cache import Cache, digest
from .check import diff
from .errors import GenerateError
from .jsontext import dump
from .overrides import Overrides, with_returns
from .reading import read_spec
from .render import Changes, compare, format_modules, header_for, write
from .report import GenerateReport, untyped
from .selection import select
from .shapes import class_names
from .snapshot import DOCS, FUNCTION_SPEC
from .source import Deployment, Source, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .found import Found
    from .spec import Spec

__all__ = ["GenerateOptions", "generate"]


@frozen(kw_only=True)
class GenerateOptions:
    """What to generate, and where.

    Args:
        source: a `Deployment`, a `Project` or a `SpecFile`.
        schema: the folder of the snapshot, to be committed.
        out: the folder of the package of bindings; nothing else should be in it.
        check: compare with what is there and write nothing.
        internal: bindings of internal functions too, in the package's `internal`.
        include: patterns of the functions to have bindings for; all if there are none.
        exclude: patterns of functions to leave out.
        strict: fail, and write nothing, unless everything is typed throughout.
        docstrings: take the comments in front of functions over from their sources.
        overrides: what is to be named or typed otherwise.
        cache: a folder that remembers finished bindings.
        progress: hears in a few words what is being done.
    """

    source: Source
    schema: Path
    out: Path
    check: bool = False
    internal: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    strict: bool = False
    docstrings: bool = False
    overrides: Overrides = field(factory=Overrides)
    cache: Path | None = None
    progress: Callable[[str], None] = lambda _doing: None


async def generate(options: GenerateOptions) -> GenerateReport:
    """Generate bindings, or check them.

    Raises:
        GenerateError: the source cannot be read, the output folder holds somebody's files, or,
            under `strict`, not everything is typed.
        ConfigurationError: an option or an override matches nothing.
    """
    if options.docstrings and isinstance(options.source, Deployment):
        raise ConfigurationError("a deployment does not tell comments: --docstrings needs sources")
    _refuse_name(options.out)
    options.progress("reading functions and schema")
    found = await fetch(options.source)
    whole = read_spec(found.snapshot)
    chosen = select(
        whole, internal=options.internal, include=options.include, exclude=options.exclude
    )
    spec = with_returns(chosen, options.overrides, class_names(chosen))
    docs = dict(found.docs) if options.docstrings else {}
    bindings = await to_thread.run_sync(lambda: _bindings(spec, docs, options))
    wanted = {options.schema / name: text for name, text in found.snapshot.files().items()}
    if options.docstrings:
        wanted[options.schema / DOCS] = dump(docs)
    wanted |= {options.out / name: text for name, text in sorted(bindings.items())}
    changes = compare(wanted, options.out)
    report = _report(spec, found, changes, diff(changes) if options.check else "")
    if options.strict:
        _refuse_gaps(report)
    if not options.check:
        write(changes)
    return report


def _refuse_name(out: Path) -> None:
    package = os.path.basename(os.path.abspath(out))  # noqa: PTH100, PTH119  # `..` has a name too
    if package.isidentifier() and not keyword.iskeyword(package):
        return
    raise ConfigurationError(
        f"Python cannot import a folder called {package!r}: give --out another name, of letters, "
        "digits and _"
    )


def _bindings(spec: Spec, docs: Mapping[str, str], options: GenerateOptions) -> dict[str, str]:
    header = header_for(options.schema / FUNCTION_SPEC, options.out)
    cache = Cache(options.cache) if options.cache else None
    key = digest(header, spec, options.overrides, sorted(docs.items())) if cache else ""
    if cache and (known := cache.find(key)) is not None:
        return known
    from .package import package_modules  # noqa: PLC0415  # its tools take a second to import

    options.progress(f"writing bindings of {len(spec.functions)} functions")
    comments = {identifier.replace(".js:", ":"): text for identifier, text in docs.items()}
    made = format_modules(package_modules(spec, header, options.overrides, comments))
    if cache:
        cache.keep(key, made)
    return made


def _refuse_gaps(report: GenerateReport) -> None:
    gaps = [
        *(f"{item.file}: {item.path}: {item.reason}" for item in report.untyped),
        *report.warnings,
        *report.skipped,
    ]
    if gaps:
        listed = "\n".join(f"  {gap}" for gap in gaps)
        raise GenerateError(f"--strict: not everything is typed, nothing was written\n{listed}")


def _report(spec: Spec, found: Found, changes: Changes, text: str) -> GenerateReport:
    return GenerateReport(
        written=changes.changed,
        removed=changes.stale,
        unchanged=changes.unchanged,
        foreign=changes.foreign,
        diff=text,
        functions=len(spec.functions),
        tables=len(spec.tables),
        http_actions=tuple(f"{route.method} {route.path}" for route in spec.routes),
        untyped=untyped(spec.functions, found.files),
        notes=found.notes,
        warnings=(*found.warnings, *spec.warnings),
        skipped=(*found.skipped, *spec.skipped),
    )
