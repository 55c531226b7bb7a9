# Generated from schema/function_spec.json by aioconvex generate. Do not edit.
# mypy: disable-error-code="empty-body"
"""Functions of `results`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Never

from aioconvex.bindings import (
    INT64,
    BigInt,
    Exactly,
    Namespace,
    later as _later,
    mutation as _mutation,
)

if TYPE_CHECKING:
    from ..models import (
        StorageId,
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


class Results(Namespace):
    """Functions of `results`."""

    @_mutation("results:any")
    def any(self) -> Any:
        """The mutation `results:any`."""
        ...

    @_mutation("results:array")
    def array(self) -> list[float]:
        """The mutation `results:array`."""
        ...

    @_mutation("results:boolean")
    def boolean(self) -> bool:
        """The mutation `results:boolean`."""
        ...

    @_mutation("results:bytes")
    def bytes_(self) -> bytes:
        """The mutation `results:bytes`."""
        ...

    @_mutation("results:commitTs")
    def commit_ts(self) -> BigInt:
        """The mutation `results:commitTs`."""
        ...

    @_mutation("results:emptyObject")
    def empty_object(self) -> UsersEmptyObject:
        """The mutation `results:emptyObject`."""
        ...

    @_mutation("results:id")
    def id(self) -> UsersId:
        """The mutation `results:id`."""
        ...

    @_mutation("results:int64")
    def int64(self) -> BigInt:
        """The mutation `results:int64`."""
        ...

    @_mutation("results:intOrFloat")
    def int_or_float(self) -> BigInt | float:
        """The mutation `results:intOrFloat`."""
        ...

    @_mutation("results:literalBool")
    def literal_bool(self) -> Literal[True]:
        """The mutation `results:literalBool`."""
        ...

    @_mutation("results:literalBools")
    def literal_bools(self) -> Literal[True, False]:
        """The mutation `results:literalBools`."""
        ...

    @_mutation("results:literalFloat")
    def literal_float(self) -> Annotated[float, Exactly(1.5)]:
        """The mutation `results:literalFloat`."""
        ...

    @_mutation("results:literalInt64")
    def literal_int64(self) -> Annotated[Literal[5], INT64]:
        """The mutation `results:literalInt64`."""
        ...

    @_mutation("results:literalMixed")
    def literal_mixed(
        self,
    ) -> (
        Literal["x", 1, True]
        | Annotated[Literal[-7], INT64]
        | Annotated[float, Exactly(2.5)]
        | Annotated[float, Exactly(0.25)]
    ):
        """The mutation `results:literalMixed`."""
        ...

    @_mutation("results:literalNumber")
    def literal_number(self) -> Literal[1]:
        """The mutation `results:literalNumber`."""
        ...

    @_mutation("results:literalString")
    def literal_string(self) -> Literal["a"]:
        """The mutation `results:literalString`."""
        ...

    @_mutation("results:literalStrings")
    def literal_strings(self) -> Literal["a", "b c", "it's", 'q"\\', ""]:
        """The mutation `results:literalStrings`."""
        ...

    @_mutation("results:mixed")
    def mixed(self) -> UsersMixed | list[str] | list[float] | str | None:
        """The mutation `results:mixed`."""
        ...

    @_mutation("results:nestedArray")
    def nested_array(self) -> list[list[str | None]]:
        """The mutation `results:nestedArray`."""
        ...

    @_mutation("results:nestedUnion")
    def nested_union(self) -> str | float | None:
        """The mutation `results:nestedUnion`."""
        ...

    @_mutation("results:never")
    def never(self) -> Never:
        """The mutation `results:never`."""
        ...

    @_mutation("results:null")
    def null(self) -> None:
        """The mutation `results:null`."""
        ...

    @_mutation("results:number")
    def number(self) -> float:
        """The mutation `results:number`."""
        ...

    @_mutation("results:object")
    def object(self) -> UsersObject:
        """The mutation `results:object`."""
        ...

    @_mutation("results:one")
    def one(self) -> str:
        """The mutation `results:one`."""
        ...

    @_mutation("results:record")
    def record(self) -> dict[str, float]:
        """The mutation `results:record`."""
        ...

    @_mutation("results:recordById")
    def record_by_id(self) -> dict[UsersId, UsersRecordByIdValue]:
        """The mutation `results:recordById`."""
        ...

    @_mutation("results:recordByUnion")
    def record_by_union(self) -> dict[UsersId | str, bool]:
        """The mutation `results:recordByUnion`."""
        ...

    @_mutation("results:storageId")
    def storage_id(self) -> StorageId:
        """The mutation `results:storageId`."""
        ...

    @_mutation("results:string")
    def string(self) -> str:
        """The mutation `results:string`."""
        ...

    @_mutation("results:tagged")
    def tagged(self) -> UsersTaggedText | UsersTaggedImage:
        """The mutation `results:tagged`."""
        ...

    @_mutation("results:taggedByNumber")
    def tagged_by_number(self) -> UsersTaggedByNumber1 | UsersTaggedByNumber2:
        """The mutation `results:taggedByNumber`."""
        ...

    @_mutation("results:untagged")
    def untagged(self) -> UsersUntagged1 | UsersUntagged2:
        """The mutation `results:untagged`."""
        ...
