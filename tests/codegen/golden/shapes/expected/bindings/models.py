# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import Any, Literal, NewType

from aioconvex.bindings import field as _field, model as _model


UsersId = NewType("UsersId", str)
UsersProfileId = NewType("UsersProfileId", str)


@_model
class CacheHandleResult:
    """In the result of `cache:handle`."""

    hit: bool
    ok: bool


@_model
class FindArgsFilter:
    """Part of the arguments of `a/search:find`."""

    role: str
    since: float | None = None


@_model
class FindResult:
    """In the result of `a/search:find`."""

    hits: list[FindResultHitsItem]
    more: bool


@_model
class FindResultHitsItem:
    """In the result of `a/search:find`."""

    id: str
    where: FindResultHitsItemWhere


@_model
class FindResultHitsItemWhere:
    """In the result of `a/search:find`."""

    line: float


@_model
class MappedArgsMValue:
    """Part of the arguments of `x:mapped`."""

    inner: list[MappedArgsMValueInnerItem]


@_model
class MappedArgsMValueInnerItem:
    """Part of the arguments of `x:mapped`."""

    deep: str


@_model
class MappedResultValue:
    """In the result of `x:mapped`."""

    n: float


@_model
class NewUsers:
    """A document to insert into `users`."""

    profile: UsersProfile_
    roles: list[UsersRolesItem]


@_model
class NewUsersProfile:
    """A document to insert into `users_profile`."""

    y: str


@_model
class RunArgsAlsoItem:
    """Part of the arguments of `b/search:run`."""

    flt: FindArgsFilter
    z: float


@_model
class RunResult:
    """In the result of `b/search:run`."""

    ok: bool


@_model
class StorageHandleResult:
    """In the result of `storage:handle`."""

    ok: bool
    value: Any


@_model
class TagsArgsVOff:
    """Part of the arguments of `x:tags`."""

    b: float
    tag: Literal["off"]


@_model
class TagsArgsVOn:
    """Part of the arguments of `x:tags`."""

    a: float
    tag: Literal["on"]


@_model
class Users:
    """A document of `users`."""

    creation_time: float = _field("_creationTime")
    id: UsersId = _field("_id")
    profile: UsersProfile_
    roles: list[UsersRolesItem]


@_model
class UsersProfile:
    """A document of `users_profile`."""

    creation_time: float = _field("_creationTime")
    id: UsersProfileId = _field("_id")
    y: str


@_model
class UsersProfile_:
    """Part of a document of `users`."""

    bio: str


@_model
class UsersRolesItem:
    """Part of a document of `users`."""

    name: str


@_model
class XDupArgsFooBar:
    """Part of the arguments of `x:dup`."""

    p: str


@_model
class XDupArgsFooBar_:
    """Part of the arguments of `x:dup`."""

    q: str
