# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
"""Documents, ids and other shapes of the deployment's values."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Never, NewType

from aioconvex.bindings import (
    INT64,
    UNSET,
    BigInt,
    Exactly,
    Unset,
    field as _field,
    model as _model,
)


StorageId = NewType("StorageId", str)
UsersId = NewType("UsersId", str)


@_model
class AnyResult:
    """In the result of `everything:any`."""

    by_key: dict[str, Any]
    list_: list[Any]
    nullable: Any
    or_string: Any
    required: Any
    optional: Any | Unset = UNSET
    optional_nullable: Any | Unset = UNSET


@_model
class ArrayResult:
    """In the result of `everything:array`."""

    by_key: dict[str, list[float]]
    list_: list[list[float]]
    nullable: list[float] | None
    or_string: list[float] | str
    required: list[float]
    optional: list[float] | None = None
    optional_nullable: list[float] | None | Unset = UNSET


@_model
class BooleanResult:
    """In the result of `everything:boolean`."""

    by_key: dict[str, bool]
    list_: list[bool]
    nullable: bool | None
    or_string: bool | str
    required: bool
    optional: bool | None = None
    optional_nullable: bool | None | Unset = UNSET


@_model
class BytesResult:
    """In the result of `everything:bytes`."""

    by_key: dict[str, bytes]
    list_: list[bytes]
    nullable: bytes | None
    or_string: bytes | str
    required: bytes
    optional: bytes | None = None
    optional_nullable: bytes | None | Unset = UNSET


@_model
class CommitTsResult:
    """In the result of `everything:commitTs`."""

    by_key: dict[str, BigInt]
    list_: list[BigInt]
    nullable: BigInt | None
    or_string: BigInt | str
    required: BigInt
    optional: BigInt | None = None
    optional_nullable: BigInt | None | Unset = UNSET


@_model
class EmptyObjectResult:
    """In the result of `everything:emptyObject`."""

    by_key: dict[str, UsersEmptyObject]
    list_: list[UsersEmptyObject]
    nullable: UsersEmptyObject | None
    or_string: UsersEmptyObject | str
    required: UsersEmptyObject
    optional: UsersEmptyObject | None = None
    optional_nullable: UsersEmptyObject | None | Unset = UNSET


@_model
class IdResult:
    """In the result of `everything:id`."""

    by_key: dict[str, UsersId]
    list_: list[UsersId]
    nullable: UsersId | None
    or_string: UsersId | str
    required: UsersId
    optional: UsersId | None = None
    optional_nullable: UsersId | None | Unset = UNSET


@_model
class IntOrFloatResult:
    """In the result of `everything:intOrFloat`."""

    by_key: dict[str, BigInt | float]
    list_: list[BigInt | float]
    nullable: BigInt | float | None
    or_string: BigInt | float | str
    required: BigInt | float
    optional: BigInt | float | None = None
    optional_nullable: BigInt | float | None | Unset = UNSET


@_model
class LiteralBoolResult:
    """In the result of `everything:literalBool`."""

    by_key: dict[str, Literal[True]]
    list_: list[Literal[True]]
    nullable: Literal[True] | None
    or_string: Literal[True] | str
    required: Literal[True]
    optional: Literal[True] | None = None
    optional_nullable: Literal[True] | None | Unset = UNSET


@_model
class LiteralBoolsResult:
    """In the result of `everything:literalBools`."""

    by_key: dict[str, Literal[True, False]]
    list_: list[Literal[True, False]]
    nullable: Literal[True, False] | None
    or_string: Literal[True, False] | str
    required: Literal[True, False]
    optional: Literal[True, False] | None = None
    optional_nullable: Literal[True, False] | None | Unset = UNSET


@_model
class LiteralFloatResult:
    """In the result of `everything:literalFloat`."""

    by_key: dict[str, Annotated[float, Exactly(1.5)]]
    list_: list[Annotated[float, Exactly(1.5)]]
    nullable: Annotated[float, Exactly(1.5)] | None
    or_string: Annotated[float, Exactly(1.5)] | str
    required: Annotated[float, Exactly(1.5)]
    optional: Annotated[float, Exactly(1.5)] | None = None
    optional_nullable: Annotated[float, Exactly(1.5)] | None | Unset = UNSET


@_model
class LiteralInt64Result:
    """In the result of `everything:literalInt64`."""

    by_key: dict[str, Annotated[Literal[5], INT64]]
    list_: list[Annotated[Literal[5], INT64]]
    nullable: Annotated[Literal[5], INT64] | None
    or_string: Annotated[Literal[5], INT64] | str
    required: Annotated[Literal[5], INT64]
    optional: Annotated[Literal[5], INT64] | None = None
    optional_nullable: Annotated[Literal[5], INT64] | None | Unset = UNSET


@_model
class LiteralMixedResult:
    """In the result of `everything:literalMixed`."""

    by_key: dict[
        str,
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)],
    ]
    list_: list[
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
    ]
    nullable: (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None
    )
    or_string: (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | str
    )
    required: (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
    )
    optional: (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None
    ) = None
    optional_nullable: (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None
        | Unset
    ) = UNSET


@_model
class LiteralNumberResult:
    """In the result of `everything:literalNumber`."""

    by_key: dict[str, Literal[1]]
    list_: list[Literal[1]]
    nullable: Literal[1] | None
    or_string: Literal[1] | str
    required: Literal[1]
    optional: Literal[1] | None = None
    optional_nullable: Literal[1] | None | Unset = UNSET


@_model
class LiteralStringResult:
    """In the result of `everything:literalString`."""

    by_key: dict[str, Literal["a"]]
    list_: list[Literal["a"]]
    nullable: Literal["a"] | None
    or_string: Literal["a"] | str
    required: Literal["a"]
    optional: Literal["a"] | None = None
    optional_nullable: Literal["a"] | None | Unset = UNSET


@_model
class LiteralStringsResult:
    """In the result of `everything:literalStrings`."""

    by_key: dict[str, Literal["a", "b c", "it's", 'q"\\', ""]]
    list_: list[Literal["a", "b c", "it's", 'q"\\', ""]]
    nullable: Literal["a", "b c", "it's", 'q"\\', ""] | None
    or_string: Literal["a", "b c", "it's", 'q"\\', ""] | str
    required: Literal["a", "b c", "it's", 'q"\\', ""]
    optional: Literal["a", "b c", "it's", 'q"\\', ""] | None = None
    optional_nullable: Literal["a", "b c", "it's", 'q"\\', ""] | None | Unset = UNSET


@_model
class MixedResult:
    """In the result of `everything:mixed`."""

    by_key: dict[str, UsersMixed | list[str] | list[float] | str | None]
    list_: list[UsersMixed | list[str] | list[float] | str | None]
    nullable: UsersMixed | list[str] | list[float] | str | None
    or_string: UsersMixed | list[str] | list[float] | str | None
    required: UsersMixed | list[str] | list[float] | str | None
    optional: UsersMixed | list[str] | list[float] | str | None | Unset = UNSET
    optional_nullable: UsersMixed | list[str] | list[float] | str | None | Unset = UNSET


@_model
class NestedArrayResult:
    """In the result of `everything:nestedArray`."""

    by_key: dict[str, list[list[str | None]]]
    list_: list[list[list[str | None]]]
    nullable: list[list[str | None]] | None
    or_string: list[list[str | None]] | str
    required: list[list[str | None]]
    optional: list[list[str | None]] | None = None
    optional_nullable: list[list[str | None]] | None | Unset = UNSET


@_model
class NestedUnionResult:
    """In the result of `everything:nestedUnion`."""

    by_key: dict[str, str | float | None]
    list_: list[str | float | None]
    nullable: str | float | None
    or_string: str | float | None
    required: str | float | None
    optional: str | float | None | Unset = UNSET
    optional_nullable: str | float | None | Unset = UNSET


@_model
class NeverResult:
    """In the result of `everything:never`."""

    by_key: dict[str, Never]
    list_: list[Never]
    nullable: None
    or_string: str
    required: Never
    optional: Never | None = None
    optional_nullable: None | Unset = UNSET


@_model
class NewUsers:
    """A document to insert into `users`."""

    any: Any
    commit_ts: BigInt
    empty_object: UsersEmptyObject
    id: UsersId
    int_or_float: BigInt | float
    literal_bool: Literal[True]
    literal_int64: Annotated[Literal[5], INT64]
    literal_number: Literal[1]
    literal_string: Literal["a"]
    nested_array: list[list[str | None]]
    nested_union: str | float | None
    number: float
    record_by_id: dict[UsersId, UsersRecordByIdValue]
    string: str
    tagged: UsersTaggedText | UsersTaggedImage
    untagged: UsersUntagged1 | UsersUntagged2
    array: list[float] | None = None
    boolean: bool | None = None
    bytes_: bytes | None = None
    int64: BigInt | None = None
    literal_bools: Literal[True, False] | None = None
    literal_float: Annotated[float, Exactly(1.5)] | None = None
    literal_mixed: (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None
    ) = None
    literal_strings: Literal["a", "b c", "it's", 'q"\\', ""] | None = None
    mixed: UsersMixed | list[str] | list[float] | str | None | Unset = UNSET
    null: None | Unset = UNSET
    object: UsersObject | None = None
    one: str | None = None
    record: dict[str, float] | None = None
    record_by_union: dict[UsersId | str, bool] | None = None
    storage_id: StorageId | None = None
    tagged_by_number: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None = None


@_model
class NullResult:
    """In the result of `everything:null`."""

    by_key: dict[str, None]
    list_: list[None]
    nullable: None
    or_string: str | None
    required: None
    optional: None | Unset = UNSET
    optional_nullable: None | Unset = UNSET


@_model
class NumberResult:
    """In the result of `everything:number`."""

    by_key: dict[str, float]
    list_: list[float]
    nullable: float | None
    or_string: float | str
    required: float
    optional: float | None = None
    optional_nullable: float | None | Unset = UNSET


@_model
class ObjectResult:
    """In the result of `everything:object`."""

    by_key: dict[str, UsersObject]
    list_: list[UsersObject]
    nullable: UsersObject | None
    or_string: UsersObject | str
    required: UsersObject
    optional: UsersObject | None = None
    optional_nullable: UsersObject | None | Unset = UNSET


@_model
class OneResult:
    """In the result of `everything:one`."""

    by_key: dict[str, str]
    list_: list[str]
    nullable: str | None
    or_string: str
    required: str
    optional: str | None = None
    optional_nullable: str | None | Unset = UNSET


@_model
class RecordByIdResult:
    """In the result of `everything:recordById`."""

    by_key: dict[str, dict[UsersId, UsersRecordByIdValue]]
    list_: list[dict[UsersId, UsersRecordByIdValue]]
    nullable: dict[UsersId, UsersRecordByIdValue] | None
    or_string: dict[UsersId, UsersRecordByIdValue] | str
    required: dict[UsersId, UsersRecordByIdValue]
    optional: dict[UsersId, UsersRecordByIdValue] | None = None
    optional_nullable: dict[UsersId, UsersRecordByIdValue] | None | Unset = UNSET


@_model
class RecordByUnionResult:
    """In the result of `everything:recordByUnion`."""

    by_key: dict[str, dict[UsersId | str, bool]]
    list_: list[dict[UsersId | str, bool]]
    nullable: dict[UsersId | str, bool] | None
    or_string: dict[UsersId | str, bool] | str
    required: dict[UsersId | str, bool]
    optional: dict[UsersId | str, bool] | None = None
    optional_nullable: dict[UsersId | str, bool] | None | Unset = UNSET


@_model
class RecordResult:
    """In the result of `everything:record`."""

    by_key: dict[str, dict[str, float]]
    list_: list[dict[str, float]]
    nullable: dict[str, float] | None
    or_string: dict[str, float] | str
    required: dict[str, float]
    optional: dict[str, float] | None = None
    optional_nullable: dict[str, float] | None | Unset = UNSET


@_model
class StorageIdResult:
    """In the result of `everything:storageId`."""

    by_key: dict[str, StorageId]
    list_: list[StorageId]
    nullable: StorageId | None
    or_string: StorageId | str
    required: StorageId
    optional: StorageId | None = None
    optional_nullable: StorageId | None | Unset = UNSET


@_model
class TaggedByNumberResult:
    """In the result of `everything:taggedByNumber`."""

    by_key: dict[str, UsersTaggedByNumber1 | UsersTaggedByNumber2]
    list_: list[UsersTaggedByNumber1 | UsersTaggedByNumber2]
    nullable: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None
    or_string: UsersTaggedByNumber1 | UsersTaggedByNumber2 | str
    required: UsersTaggedByNumber1 | UsersTaggedByNumber2
    optional: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None = None
    optional_nullable: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None | Unset = UNSET


@_model
class TaggedResult:
    """In the result of `everything:tagged`."""

    by_key: dict[str, UsersTaggedText | UsersTaggedImage]
    list_: list[UsersTaggedText | UsersTaggedImage]
    nullable: UsersTaggedText | UsersTaggedImage | None
    or_string: UsersTaggedText | UsersTaggedImage | str
    required: UsersTaggedText | UsersTaggedImage
    optional: UsersTaggedText | UsersTaggedImage | None = None
    optional_nullable: UsersTaggedText | UsersTaggedImage | None | Unset = UNSET


@_model
class UntaggedResult:
    """In the result of `everything:untagged`."""

    by_key: dict[str, UsersUntagged1 | UsersUntagged2]
    list_: list[UsersUntagged1 | UsersUntagged2]
    nullable: UsersUntagged1 | UsersUntagged2 | None
    or_string: UsersUntagged1 | UsersUntagged2 | str
    required: UsersUntagged1 | UsersUntagged2
    optional: UsersUntagged1 | UsersUntagged2 | None = None
    optional_nullable: UsersUntagged1 | UsersUntagged2 | None | Unset = UNSET


@_model
class Users:
    """A document of `users`."""

    creation_time: float = _field("_creationTime")
    id_: UsersId = _field("_id")
    any: Any
    commit_ts: BigInt
    empty_object: UsersEmptyObject
    id: UsersId
    int_or_float: BigInt | float
    literal_bool: Literal[True]
    literal_int64: Annotated[Literal[5], INT64]
    literal_number: Literal[1]
    literal_string: Literal["a"]
    nested_array: list[list[str | None]]
    nested_union: str | float | None
    number: float
    record_by_id: dict[UsersId, UsersRecordByIdValue]
    string: str
    tagged: UsersTaggedText | UsersTaggedImage
    untagged: UsersUntagged1 | UsersUntagged2
    array: list[float] | None = None
    boolean: bool | None = None
    bytes_: bytes | None = None
    int64: BigInt | None = None
    literal_bools: Literal[True, False] | None = None
    literal_float: Annotated[float, Exactly(1.5)] | None = None
    literal_mixed: (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None
    ) = None
    literal_strings: Literal["a", "b c", "it's", 'q"\\', ""] | None = None
    mixed: UsersMixed | list[str] | list[float] | str | None | Unset = UNSET
    null: None | Unset = UNSET
    object: UsersObject | None = None
    one: str | None = None
    record: dict[str, float] | None = None
    record_by_union: dict[UsersId | str, bool] | None = None
    storage_id: StorageId | None = None
    tagged_by_number: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None = None


@_model
class UsersEmptyObject:
    """Part of a document of `users`."""


@_model
class UsersMixed:
    """Part of a document of `users`."""

    k: str


@_model
class UsersObject:
    """Part of a document of `users`."""

    x: float
    note: str | None = None


@_model
class UsersRecordByIdValue:
    """Part of a document of `users`."""

    at: float


@_model
class UsersTaggedByNumber1:
    """Part of a document of `users`."""

    a: str
    v: Literal[1]


@_model
class UsersTaggedByNumber2:
    """Part of a document of `users`."""

    b: str
    v: Literal[2]


@_model
class UsersTaggedImage:
    """Part of a document of `users`."""

    data: bytes
    type: Literal["image"]


@_model
class UsersTaggedText:
    """Part of a document of `users`."""

    text: str
    type: Literal["text"]


@_model
class UsersUntagged1:
    """Part of a document of `users`."""

    left: str


@_model
class UsersUntagged2:
    """Part of a document of `users`."""

    right: str


USERS_INDEXES: Final = ("by_string",)
"""Indexes of `users`."""
