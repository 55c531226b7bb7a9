# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `names`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aioconvex.bindings import Namespace, later as _later, query as _query

if TYPE_CHECKING:
    from ..models import NewWords
else:
    __getattr__ = _later(__name__, __package__, "..models")


class Names(Namespace):
    """Functions of `names`."""

    @_query(
        "names:all",
        wire={
            "any": "Any",
            "dunder": "__dunder__",
            "http_server": "HTTPServer",
            "i_os_version": "iOSVersion",
            "literal": "Literal",
            "none": "None",
            "private": "_private",
            "true": "True",
            "unset": "UNSET",
            "url": "URL",
            "user_id": "user_id",
            "user_id_": "UserID",
            "user_id_2": "userId",
            "x": "x_",
            "x1_": "X1",
            "x_2": "x_2",
        },
    )
    def all(
        self,
        *,
        http_server: str,
        literal: str,
        true: str,
        user_id_: str,
        dunder: str,
        private: str,
        args: str,
        async_: str,
        bool_: str,
        cls: str,
        creation_time: str,
        field: str,
        float_: str,
        from_: str,
        id: str,
        input: str,
        int_: str,
        lambda_: str,
        list_: str,
        model: str,
        object: str,
        self_: str,
        status_code2xx: str,
        type: str,
        user_id_2: str,
        x1: str,
        x: str,
        any: str | None = None,
        none: str | None = None,
        unset: str | None = None,
        url: str | None = None,
        x1_: str | None = None,
        bytes_: str | None = None,
        class_: str | None = None,
        client: str | None = None,
        dict_: str | None = None,
        i_os_version: str | None = None,
        str_: str | None = None,
        timeout: str | None = None,
        user_id: str | None = None,
        x_2: str | None = None,
    ) -> NewWords:
        """The query `names:all`."""
        ...

    @_query("names:nested")
    def nested(self, *, value: NewWords) -> list[NewWords]:
        """The query `names:nested`."""
        ...
