"""Generates typed bindings from what a Convex deployment says about itself."""

from .errors import GenerateError
from .generate import GenerateOptions, GenerateReport, Untyped, generate
from .source import Deployment, Project, Source, SpecFile

__all__ = [
    "Deployment",
    "GenerateError",
    "GenerateOptions",
    "GenerateReport",
    "Project",
    "Source",
    "SpecFile",
    "Untyped",
    "generate",
]
