"""Generates typed bindings from what a Convex deployment says about itself."""

from .errors import GenerateError
from .generate import GenerateOptions, generate
from .overrides import Overrides
from .report import GenerateReport, Untyped
from .source import Deployment, Project, Source, SpecFile

__all__ = [
    "Deployment",
    "GenerateError",
    "GenerateOptions",
    "GenerateReport",
    "Overrides",
    "Project",
    "Source",
    "SpecFile",
    "Untyped",
    "generate",
]
