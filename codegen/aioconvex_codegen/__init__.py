"""Generates typed bindings from what a Convex deployment says about itself."""

from .cache import cache_folder
from .errors import GenerateError
from .found import Found
from .generate import GenerateOptions, generate
from .overrides import Overrides
from .report import GenerateReport, Untyped
from .snapshot import Snapshot
from .source import Deployment, Project, Source, SpecFile, fetch

__all__ = [
    "Deployment",
    "Found",
    "GenerateError",
    "GenerateOptions",
    "GenerateReport",
    "Overrides",
    "Project",
    "Snapshot",
    "Source",
    "SpecFile",
    "Untyped",
    "cache_folder",
    "fetch",
    "generate",
]
