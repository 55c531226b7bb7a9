# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import NewType

from aioconvex.bindings import field as _field, model as _model


PageId = NewType("PageId", str)
UsersId = NewType("UsersId", str)


@_model
class NewPage:
    """A document to insert into `page`."""

    x: str


@_model
class NewUsers:
    """A document to insert into `users`."""

    name: str


@_model
class Page_:
    """A document of `page`."""

    creation_time: float = _field("_creationTime")
    id: PageId = _field("_id")
    x: str


@_model
class Users:
    """A document of `users`."""

    creation_time: float = _field("_creationTime")
    id: UsersId = _field("_id")
    name: str
