"""The chat messages of the benchmark as types: ours, and pydantic's."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from aioconvex.bindings import BigInt, Vector, model
from aioconvex.bindings import field as _field


@model
class Author:
    id: str
    name: str
    avatar_url: str | None


@model
class Part:
    type: Literal["text", "tool"]
    text: str | None = None
    tool_name: str | None = None
    call_id: str | None = None
    output: str | None = None


@model
class Content:
    format: float
    parts: list[Part]


@model
class Usage:
    input_tokens: float
    output_tokens: float
    cached_tokens: float


@model
class Message:
    id: str = _field("_id")
    creation_time: float = _field("_creationTime")
    message_id: str
    thread_id: str
    resource_id: str | None
    role: Literal["user", "assistant"]
    kind: Literal["v1", "v2"]
    status: str
    model: str
    created_at: float
    updated_at: float
    sequence: float
    edited: bool
    rating: float | None
    author: Author
    content: Content
    usage: Usage


@model
class NumberedMessage:
    """The same with an int64."""

    id: str = _field("_id")
    creation_time: float = _field("_creationTime")
    message_id: str
    thread_id: str
    resource_id: str | None
    role: Literal["user", "assistant"]
    kind: Literal["v1", "v2"]
    status: str
    model: str
    created_at: float
    updated_at: float
    sequence: BigInt
    edited: bool
    rating: float | None
    author: Author
    content: Content
    usage: Usage


@model
class Embedded:
    id: str = _field("_id")
    embedding: Vector


class _Peer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class PydanticAuthor(_Peer):
    id: str
    name: str
    avatar_url: str | None


class PydanticPart(_Peer):
    type: Literal["text", "tool"]
    text: str | None = None
    tool_name: str | None = None
    call_id: str | None = None
    output: str | None = None


class PydanticContent(_Peer):
    format: float
    parts: list[PydanticPart]


class PydanticUsage(_Peer):
    input_tokens: float
    output_tokens: float
    cached_tokens: float


class PydanticMessage(_Peer):
    id: str = Field(alias="_id")
    creation_time: float = Field(alias="_creationTime")
    message_id: str
    thread_id: str
    resource_id: str | None
    role: Literal["user", "assistant"]
    kind: Literal["v1", "v2"]
    status: str
    model: str
    created_at: float
    updated_at: float
    sequence: float
    edited: bool
    rating: float | None
    author: PydanticAuthor
    content: PydanticContent
    usage: PydanticUsage


class PydanticReply(BaseModel):
    status: str
    value: list[PydanticMessage]
    logLines: list[str]  # noqa: N815  # the wire's name
