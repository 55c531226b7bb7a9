# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `2fa`."""

from __future__ import annotations

from aioconvex.bindings import Namespace, query as _query


class M2fa(Namespace):
    """Functions of `2fa`."""

    @_query("2fa:verify")
    def verify(self) -> None:
        """The query `2fa:verify`."""
        ...
