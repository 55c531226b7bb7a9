# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `everything`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Never

from aioconvex.bindings import (
    INT64,
    UNSET,
    BigInt,
    Exactly,
    Namespace,
    Unset,
    later as _later,
    query as _query,
)

if TYPE_CHECKING:
    from ..models import (
        AnyResult,
        ArrayResult,
        BooleanResult,
        BytesResult,
        CommitTsResult,
        EmptyObjectResult,
        IdResult,
        IntOrFloatResult,
        LiteralBoolResult,
        LiteralBoolsResult,
        LiteralFloatResult,
        LiteralInt64Result,
        LiteralMixedResult,
        LiteralNumberResult,
        LiteralStringResult,
        LiteralStringsResult,
        MixedResult,
        NestedArrayResult,
        NestedUnionResult,
        NeverResult,
        NullResult,
        NumberResult,
        ObjectResult,
        OneResult,
        RecordByIdResult,
        RecordByUnionResult,
        RecordResult,
        StorageId,
        StorageIdResult,
        TaggedByNumberResult,
        TaggedResult,
        UntaggedResult,
        UsersEmptyObject,
        UsersId,
        UsersMixed,
        UsersObject,
        UsersRecordByIdValue,
        UsersTaggedByNumber1,
        UsersTaggedByNumber2,
        UsersTaggedImage,
        UsersTaggedText,
        UsersUntagged1,
        UsersUntagged2,
    )
else:
    __getattr__ = _later(__name__, __package__, "..models")


class Everything(Namespace):
    """Functions of `everything`."""

    @_query("everything:any")
    def any(
        self,
        *,
        by_key: dict[str, Any],
        list_: list[Any],
        nullable: Any,
        or_string: Any,
        required: Any,
        optional: Any | Unset = UNSET,
        optional_nullable: Any | Unset = UNSET,
    ) -> AnyResult:
        """The query `everything:any`."""
        ...

    @_query("everything:array")
    def array(
        self,
        *,
        by_key: dict[str, list[float]],
        list_: list[list[float]],
        nullable: list[float] | None,
        or_string: list[float] | str,
        required: list[float],
        optional: list[float] | None = None,
        optional_nullable: list[float] | None | Unset = UNSET,
    ) -> ArrayResult:
        """The query `everything:array`."""
        ...

    @_query("everything:boolean")
    def boolean(
        self,
        *,
        by_key: dict[str, bool],
        list_: list[bool],
        nullable: bool | None,
        or_string: bool | str,
        required: bool,
        optional: bool | None = None,
        optional_nullable: bool | None | Unset = UNSET,
    ) -> BooleanResult:
        """The query `everything:boolean`."""
        ...

    @_query("everything:bytes")
    def bytes_(
        self,
        *,
        by_key: dict[str, bytes],
        list_: list[bytes],
        nullable: bytes | None,
        or_string: bytes | str,
        required: bytes,
        optional: bytes | None = None,
        optional_nullable: bytes | None | Unset = UNSET,
    ) -> BytesResult:
        """The query `everything:bytes`."""
        ...

    @_query("everything:commitTs")
    def commit_ts(
        self,
        *,
        by_key: dict[str, BigInt],
        list_: list[BigInt],
        nullable: BigInt | None,
        or_string: BigInt | str,
        required: BigInt,
        optional: BigInt | None = None,
        optional_nullable: BigInt | None | Unset = UNSET,
    ) -> CommitTsResult:
        """The query `everything:commitTs`."""
        ...

    @_query("everything:emptyObject")
    def empty_object(
        self,
        *,
        by_key: dict[str, UsersEmptyObject],
        list_: list[UsersEmptyObject],
        nullable: UsersEmptyObject | None,
        or_string: UsersEmptyObject | str,
        required: UsersEmptyObject,
        optional: UsersEmptyObject | None = None,
        optional_nullable: UsersEmptyObject | None | Unset = UNSET,
    ) -> EmptyObjectResult:
        """The query `everything:emptyObject`."""
        ...

    @_query("everything:id")
    def id(
        self,
        *,
        by_key: dict[str, UsersId],
        list_: list[UsersId],
        nullable: UsersId | None,
        or_string: UsersId | str,
        required: UsersId,
        optional: UsersId | None = None,
        optional_nullable: UsersId | None | Unset = UNSET,
    ) -> IdResult:
        """The query `everything:id`."""
        ...

    @_query("everything:int64")
    def int64(
        self,
        *,
        by_key: dict[str, BigInt],
        list_: list[BigInt],
        nullable: BigInt | None,
        or_string: BigInt | str,
        required: BigInt,
        optional: BigInt | None = None,
        optional_nullable: BigInt | None | Unset = UNSET,
    ) -> CommitTsResult:
        """The query `everything:int64`."""
        ...

    @_query("everything:intOrFloat")
    def int_or_float(
        self,
        *,
        by_key: dict[str, BigInt | float],
        list_: list[BigInt | float],
        nullable: BigInt | float | None,
        or_string: BigInt | float | str,
        required: BigInt | float,
        optional: BigInt | float | None = None,
        optional_nullable: BigInt | float | None | Unset = UNSET,
    ) -> IntOrFloatResult:
        """The query `everything:intOrFloat`."""
        ...

    @_query("everything:literalBool")
    def literal_bool(
        self,
        *,
        by_key: dict[str, Literal[True]],
        list_: list[Literal[True]],
        nullable: Literal[True] | None,
        or_string: Literal[True] | str,
        required: Literal[True],
        optional: Literal[True] | None = None,
        optional_nullable: Literal[True] | None | Unset = UNSET,
    ) -> LiteralBoolResult:
        """The query `everything:literalBool`."""
        ...

    @_query("everything:literalBools")
    def literal_bools(
        self,
        *,
        by_key: dict[str, Literal[True, False]],
        list_: list[Literal[True, False]],
        nullable: Literal[True, False] | None,
        or_string: Literal[True, False] | str,
        required: Literal[True, False],
        optional: Literal[True, False] | None = None,
        optional_nullable: Literal[True, False] | None | Unset = UNSET,
    ) -> LiteralBoolsResult:
        """The query `everything:literalBools`."""
        ...

    @_query("everything:literalFloat")
    def literal_float(
        self,
        *,
        by_key: dict[str, Annotated[float, Exactly(1.5)]],
        list_: list[Annotated[float, Exactly(1.5)]],
        nullable: Annotated[float, Exactly(1.5)] | None,
        or_string: Annotated[float, Exactly(1.5)] | str,
        required: Annotated[float, Exactly(1.5)],
        optional: Annotated[float, Exactly(1.5)] | None = None,
        optional_nullable: Annotated[float, Exactly(1.5)] | None | Unset = UNSET,
    ) -> LiteralFloatResult:
        """The query `everything:literalFloat`."""
        ...

    @_query("everything:literalInt64")
    def literal_int64(
        self,
        *,
        by_key: dict[str, Annotated[Literal[5], INT64]],
        list_: list[Annotated[Literal[5], INT64]],
        nullable: Annotated[Literal[5], INT64] | None,
        or_string: Annotated[Literal[5], INT64] | str,
        required: Annotated[Literal[5], INT64],
        optional: Annotated[Literal[5], INT64] | None = None,
        optional_nullable: Annotated[Literal[5], INT64] | None | Unset = UNSET,
    ) -> LiteralInt64Result:
        """The query `everything:literalInt64`."""
        ...

    @_query("everything:literalMixed")
    def literal_mixed(
        self,
        *,
        by_key: dict[
            str,
            Literal["x", 1, True]
            | Annotated[Literal[-7], INT64]
            | Annotated[float, Exactly(2.5)]
            | Annotated[float, Exactly(0.25)],
        ],
        list_: list[
            Literal["x", 1, True]
            | Annotated[Literal[-7], INT64]
            | Annotated[float, Exactly(2.5)]
            | Annotated[float, Exactly(0.25)]
        ],
        nullable: Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None,
        or_string: Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | str,
        required: Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)],
        optional: Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None = None,
        optional_nullable: Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
        | None
        | Unset = UNSET,
    ) -> LiteralMixedResult:
        """The query `everything:literalMixed`."""
        ...

    @_query("everything:literalNumber")
    def literal_number(
        self,
        *,
        by_key: dict[str, Literal[1]],
        list_: list[Literal[1]],
        nullable: Literal[1] | None,
        or_string: Literal[1] | str,
        required: Literal[1],
        optional: Literal[1] | None = None,
        optional_nullable: Literal[1] | None | Unset = UNSET,
    ) -> LiteralNumberResult:
        """The query `everything:literalNumber`."""
        ...

    @_query("everything:literalString")
    def literal_string(
        self,
        *,
        by_key: dict[str, Literal["a"]],
        list_: list[Literal["a"]],
        nullable: Literal["a"] | None,
        or_string: Literal["a"] | str,
        required: Literal["a"],
        optional: Literal["a"] | None = None,
        optional_nullable: Literal["a"] | None | Unset = UNSET,
    ) -> LiteralStringResult:
        """The query `everything:literalString`."""
        ...

    @_query("everything:literalStrings")
    def literal_strings(
        self,
        *,
        by_key: dict[str, Literal["a", "b c", "it's", 'q"\\', ""]],
        list_: list[Literal["a", "b c", "it's", 'q"\\', ""]],
        nullable: Literal["a", "b c", "it's", 'q"\\', ""] | None,
        or_string: Literal["a", "b c", "it's", 'q"\\', ""] | str,
        required: Literal["a", "b c", "it's", 'q"\\', ""],
        optional: Literal["a", "b c", "it's", 'q"\\', ""] | None = None,
        optional_nullable: Literal["a", "b c", "it's", 'q"\\', ""] | None | Unset = UNSET,
    ) -> LiteralStringsResult:
        """The query `everything:literalStrings`."""
        ...

    @_query("everything:mixed")
    def mixed(
        self,
        *,
        by_key: dict[str, UsersMixed | list[str] | list[float] | str | None],
        list_: list[UsersMixed | list[str] | list[float] | str | None],
        nullable: UsersMixed | list[str] | list[float] | str | None,
        or_string: UsersMixed | list[str] | list[float] | str | None,
        required: UsersMixed | list[str] | list[float] | str | None,
        optional: UsersMixed | list[str] | list[float] | str | None | Unset = UNSET,
        optional_nullable: UsersMixed | list[str] | list[float] | str | None | Unset = UNSET,
    ) -> MixedResult:
        """The query `everything:mixed`."""
        ...

    @_query("everything:nestedArray")
    def nested_array(
        self,
        *,
        by_key: dict[str, list[list[str | None]]],
        list_: list[list[list[str | None]]],
        nullable: list[list[str | None]] | None,
        or_string: list[list[str | None]] | str,
        required: list[list[str | None]],
        optional: list[list[str | None]] | None = None,
        optional_nullable: list[list[str | None]] | None | Unset = UNSET,
    ) -> NestedArrayResult:
        """The query `everything:nestedArray`."""
        ...

    @_query("everything:nestedUnion")
    def nested_union(
        self,
        *,
        by_key: dict[str, str | float | None],
        list_: list[str | float | None],
        nullable: str | float | None,
        or_string: str | float | None,
        required: str | float | None,
        optional: str | float | None | Unset = UNSET,
        optional_nullable: str | float | None | Unset = UNSET,
    ) -> NestedUnionResult:
        """The query `everything:nestedUnion`."""
        ...

    @_query("everything:never")
    def never(
        self,
        *,
        by_key: dict[str, Never],
        list_: list[Never],
        nullable: None,
        or_string: str,
        required: Never,
        optional: Never | None = None,
        optional_nullable: None | Unset = UNSET,
    ) -> NeverResult:
        """The query `everything:never`."""
        ...

    @_query("everything:null")
    def null(
        self,
        *,
        by_key: dict[str, None],
        list_: list[None],
        nullable: None,
        or_string: str | None,
        required: None,
        optional: None | Unset = UNSET,
        optional_nullable: None | Unset = UNSET,
    ) -> NullResult:
        """The query `everything:null`."""
        ...

    @_query("everything:number")
    def number(
        self,
        *,
        by_key: dict[str, float],
        list_: list[float],
        nullable: float | None,
        or_string: float | str,
        required: float,
        optional: float | None = None,
        optional_nullable: float | None | Unset = UNSET,
    ) -> NumberResult:
        """The query `everything:number`."""
        ...

    @_query("everything:object")
    def object(
        self,
        *,
        by_key: dict[str, UsersObject],
        list_: list[UsersObject],
        nullable: UsersObject | None,
        or_string: UsersObject | str,
        required: UsersObject,
        optional: UsersObject | None = None,
        optional_nullable: UsersObject | None | Unset = UNSET,
    ) -> ObjectResult:
        """The query `everything:object`."""
        ...

    @_query("everything:one")
    def one(
        self,
        *,
        by_key: dict[str, str],
        list_: list[str],
        nullable: str | None,
        or_string: str,
        required: str,
        optional: str | None = None,
        optional_nullable: str | None | Unset = UNSET,
    ) -> OneResult:
        """The query `everything:one`."""
        ...

    @_query("everything:record")
    def record(
        self,
        *,
        by_key: dict[str, dict[str, float]],
        list_: list[dict[str, float]],
        nullable: dict[str, float] | None,
        or_string: dict[str, float] | str,
        required: dict[str, float],
        optional: dict[str, float] | None = None,
        optional_nullable: dict[str, float] | None | Unset = UNSET,
    ) -> RecordResult:
        """The query `everything:record`."""
        ...

    @_query("everything:recordById")
    def record_by_id(
        self,
        *,
        by_key: dict[str, dict[UsersId, UsersRecordByIdValue]],
        list_: list[dict[UsersId, UsersRecordByIdValue]],
        nullable: dict[UsersId, UsersRecordByIdValue] | None,
        or_string: dict[UsersId, UsersRecordByIdValue] | str,
        required: dict[UsersId, UsersRecordByIdValue],
        optional: dict[UsersId, UsersRecordByIdValue] | None = None,
        optional_nullable: dict[UsersId, UsersRecordByIdValue] | None | Unset = UNSET,
    ) -> RecordByIdResult:
        """The query `everything:recordById`."""
        ...

    @_query("everything:recordByUnion")
    def record_by_union(
        self,
        *,
        by_key: dict[str, dict[UsersId | str, bool]],
        list_: list[dict[UsersId | str, bool]],
        nullable: dict[UsersId | str, bool] | None,
        or_string: dict[UsersId | str, bool] | str,
        required: dict[UsersId | str, bool],
        optional: dict[UsersId | str, bool] | None = None,
        optional_nullable: dict[UsersId | str, bool] | None | Unset = UNSET,
    ) -> RecordByUnionResult:
        """The query `everything:recordByUnion`."""
        ...

    @_query("everything:storageId")
    def storage_id(
        self,
        *,
        by_key: dict[str, StorageId],
        list_: list[StorageId],
        nullable: StorageId | None,
        or_string: StorageId | str,
        required: StorageId,
        optional: StorageId | None = None,
        optional_nullable: StorageId | None | Unset = UNSET,
    ) -> StorageIdResult:
        """The query `everything:storageId`."""
        ...

    @_query("everything:string")
    def string(
        self,
        *,
        by_key: dict[str, str],
        list_: list[str],
        nullable: str | None,
        or_string: str,
        required: str,
        optional: str | None = None,
        optional_nullable: str | None | Unset = UNSET,
    ) -> OneResult:
        """The query `everything:string`."""
        ...

    @_query("everything:tagged")
    def tagged(
        self,
        *,
        by_key: dict[str, UsersTaggedText | UsersTaggedImage],
        list_: list[UsersTaggedText | UsersTaggedImage],
        nullable: UsersTaggedText | UsersTaggedImage | None,
        or_string: UsersTaggedText | UsersTaggedImage | str,
        required: UsersTaggedText | UsersTaggedImage,
        optional: UsersTaggedText | UsersTaggedImage | None = None,
        optional_nullable: UsersTaggedText | UsersTaggedImage | None | Unset = UNSET,
    ) -> TaggedResult:
        """The query `everything:tagged`."""
        ...

    @_query("everything:taggedByNumber")
    def tagged_by_number(
        self,
        *,
        by_key: dict[str, UsersTaggedByNumber1 | UsersTaggedByNumber2],
        list_: list[UsersTaggedByNumber1 | UsersTaggedByNumber2],
        nullable: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None,
        or_string: UsersTaggedByNumber1 | UsersTaggedByNumber2 | str,
        required: UsersTaggedByNumber1 | UsersTaggedByNumber2,
        optional: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None = None,
        optional_nullable: UsersTaggedByNumber1 | UsersTaggedByNumber2 | None | Unset = UNSET,
    ) -> TaggedByNumberResult:
        """The query `everything:taggedByNumber`."""
        ...

    @_query("everything:untagged")
    def untagged(
        self,
        *,
        by_key: dict[str, UsersUntagged1 | UsersUntagged2],
        list_: list[UsersUntagged1 | UsersUntagged2],
        nullable: UsersUntagged1 | UsersUntagged2 | None,
        or_string: UsersUntagged1 | UsersUntagged2 | str,
        required: UsersUntagged1 | UsersUntagged2,
        optional: UsersUntagged1 | UsersUntagged2 | None = None,
        optional_nullable: UsersUntagged1 | UsersUntagged2 | None | Unset = UNSET,
    ) -> UntaggedResult:
        """The query `everything:untagged`."""
        ...
