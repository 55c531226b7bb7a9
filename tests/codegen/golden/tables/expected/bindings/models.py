# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, NewType, TypeAlias

from aioconvex.bindings import BigInt, Dimensions, Vector, field as _field, model as _model


AnyId = NewType("AnyId", str)
ArticlesId = NewType("ArticlesId", str)
ClassId = NewType("ClassId", str)
EmptyId = NewType("EmptyId", str)
EventsId = NewType("EventsId", str)
FreeId = NewType("FreeId", str)
HttpLogs2Id = NewType("HttpLogs2Id", str)
NumberedId = NewType("NumberedId", str)
OneOfOneId = NewType("OneOfOneId", str)
PageId = NewType("PageId", str)
StorageId = NewType("StorageId", str)
StorageId_ = NewType("StorageId_", str)
UserProfilesId = NewType("UserProfilesId", str)
UserProfilesId_ = NewType("UserProfilesId_", str)
UsersIdId = NewType("UsersIdId", str)
UsersId_ = NewType("UsersId_", str)


@_model
class Any_:
    """A document of `any`."""

    creation_time: float = _field("_creationTime")
    id: AnyId = _field("_id")
    e: str


@_model
class Articles:
    """A document of `articles`."""

    creation_time: float = _field("_creationTime")
    id: ArticlesId = _field("_id")
    embedding: Annotated[Vector, Dimensions(3)]
    name: str
    nested: ArticlesNested
    settings: ArticlesSettings


@_model
class ArticlesNested:
    """Part of a document of `articles`."""

    plain: list[float]
    vector: Annotated[Vector, Dimensions(3)]


@_model
class ArticlesSettings:
    """Part of a document of `articles`."""

    theme: Literal["dark", "light"]


@_model
class Class:
    """A document of `class`."""

    creation_time: float = _field("_creationTime")
    id: ClassId = _field("_id")
    c: str


@_model
class Empty:
    """A document of `empty`."""

    creation_time: float = _field("_creationTime")
    id: EmptyId = _field("_id")


@_model
class EventsPurchase:
    """A document of `events`."""

    creation_time: float = _field("_creationTime")
    id: EventsId = _field("_id")
    at: float
    kind: Literal["purchase"]
    total: BigInt


@_model
class EventsSignup:
    """A document of `events`."""

    creation_time: float = _field("_creationTime")
    id: EventsId = _field("_id")
    at: float
    kind: Literal["signup"]


Events: TypeAlias = EventsSignup | EventsPurchase


Free: TypeAlias = dict[str, Any]


@_model
class HttpLogs2:
    """A document of `HTTPLogs2`."""

    creation_time: float = _field("_creationTime")
    id: HttpLogs2Id = _field("_id")
    d: str


@_model
class NewAny:
    """A document to insert into `any`."""

    e: str


@_model
class NewArticles:
    """A document to insert into `articles`."""

    embedding: Annotated[Vector, Dimensions(3)]
    name: str
    nested: ArticlesNested
    settings: ArticlesSettings


@_model
class NewClass:
    """A document to insert into `class`."""

    c: str


@_model
class NewEmpty:
    """A document to insert into `empty`."""


@_model
class NewEventsPurchase:
    """A document to insert into `events`."""

    at: float
    kind: Literal["purchase"]
    total: BigInt


@_model
class NewEventsSignup:
    """A document to insert into `events`."""

    at: float
    kind: Literal["signup"]


NewEvents: TypeAlias = NewEventsSignup | NewEventsPurchase


NewFree: TypeAlias = dict[str, Any]


@_model
class NewHttpLogs2:
    """A document to insert into `HTTPLogs2`."""

    d: str


@_model
class NewNumbered1:
    """A document to insert into `numbered`."""

    a: str


@_model
class NewNumbered2:
    """A document to insert into `numbered`."""

    b: str


NewNumbered: TypeAlias = NewNumbered1 | NewNumbered2


@_model
class NewOneOfOne:
    """A document to insert into `one_of_one`."""

    x: str


@_model
class NewPage:
    """A document to insert into `page`."""

    f: str


@_model
class NewStorage:
    """A document to insert into `storage`."""

    i: StorageId_


@_model
class NewUserProfiles:
    """A document to insert into `user_profiles`."""

    a: str


@_model
class NewUserProfiles_:
    """A document to insert into `userProfiles`."""

    b: str


@_model
class NewUsers:
    """A document to insert into `users`."""

    g: str


@_model
class NewUsersId:
    """A document to insert into `users_id`."""

    h: str


@_model
class Numbered1:
    """A document of `numbered`."""

    creation_time: float = _field("_creationTime")
    id: NumberedId = _field("_id")
    a: str


@_model
class Numbered2:
    """A document of `numbered`."""

    creation_time: float = _field("_creationTime")
    id: NumberedId = _field("_id")
    b: str


Numbered: TypeAlias = Numbered1 | Numbered2


@_model
class OneOfOne:
    """A document of `one_of_one`."""

    creation_time: float = _field("_creationTime")
    id: OneOfOneId = _field("_id")
    x: str


@_model
class Page_:
    """A document of `page`."""

    creation_time: float = _field("_creationTime")
    id: PageId = _field("_id")
    f: str


@_model
class SearchResultItem:
    """In the result of `articles:search`."""

    id: ArticlesId = _field("_id")
    score: float = _field("_score")


@_model
class Storage:
    """A document of `storage`."""

    creation_time: float = _field("_creationTime")
    id: StorageId = _field("_id")
    i: StorageId_


@_model
class UserProfiles:
    """A document of `user_profiles`."""

    creation_time: float = _field("_creationTime")
    id: UserProfilesId = _field("_id")
    a: str


@_model
class UserProfiles_:
    """A document of `userProfiles`."""

    creation_time: float = _field("_creationTime")
    id: UserProfilesId_ = _field("_id")
    b: str


@_model
class Users:
    """A document of `users`."""

    creation_time: float = _field("_creationTime")
    id: UsersId_ = _field("_id")
    g: str


@_model
class UsersId:
    """A document of `users_id`."""

    creation_time: float = _field("_creationTime")
    id: UsersIdId = _field("_id")
    h: str


ARTICLES_INDEXES: Final = ("by_name",)
"""Indexes of `articles`."""

ARTICLES_SEARCH_INDEXES: Final = ("search_name",)
"""Search indexes of `articles`."""

ARTICLES_VECTOR_INDEXES: Final = ("by_embedding", "by_nested")
"""Vector indexes of `articles`."""
