"""Comparing the answers of two engines to one program, whose ids and cursors are their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attrs import define, field, frozen

from differential.programs import ACROSS_TYPES, NEGATION

__all__ = ["KNOWN", "Difference", "differences"]

NO_ID: Final = "get of a text that is no id"
EXACTLY_FULL: Final = "a page that is exactly full and ends the range"

# What the engines are known to do differently, and who is right.
KNOWN: Final = {
    ACROSS_TYPES: "convex-test compares and adds with JavaScript's operators; Convex, and we, go by "
    "the order of types, and by types of numbers",
    NEGATION: "convex-test does not implement it",
    NO_ID: "convex-test gives null; Convex, and we, refuse it",
    EXACTLY_FULL: "convex-test looks ahead and says isDone; Convex, and we, find out with the next "
    "page, which is empty unless something came in between",
}


@frozen
class Difference:
    """Where the answers differ; `known` is why, if that is known."""

    transaction: int
    step: int | None
    ours: Any
    theirs: Any
    known: str | None


@define
class _Names:
    """The ids of an engine, by where they were made."""

    ids: dict[str, str] = field(factory=dict)

    def learn(self, number: int, steps: list[dict[str, Any]], results: list[Any]) -> None:
        for i, (step, result) in enumerate(zip(steps, results, strict=True)):
            if step["op"] == "insert":
                self.ids[result] = f"#{number}.{i}"

    def named(self, value: Any) -> Any:
        match value:
            case str():
                return self.ids.get(value, value)
            case list():
                return [self.named(item) for item in value]
            case dict():
                return {
                    key: self.named(item) for key, item in value.items() if key != "_creationTime"
                }
            case _:
                return value


def differences(
    program: list[dict[str, Any]], ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> Iterator[Difference]:
    """Every difference up to the first unknown one, behind which the data may differ too."""
    comparison = _Comparison()
    for number, transaction in enumerate(program):
        for difference in comparison.of(number, transaction, ours[number], theirs[number]):
            yield difference
            if difference.known is None:
                return


@define
class _Comparison:
    ours: _Names = field(factory=_Names)
    theirs: _Names = field(factory=_Names)
    ended: set[str] = field(factory=set)  # pages behind which only one engine goes on

    def of(
        self, number: int, transaction: dict[str, Any], mine: dict[str, Any], other: dict[str, Any]
    ) -> Iterator[Difference]:
        steps = transaction["steps"]
        if "error" in mine or "error" in other:
            if ("error" in mine) != ("error" in other):
                known = _why_one_fails(transaction, mine)
                yield Difference(number, None, mine, other, known)
            return
        self.ours.learn(number, steps, mine["results"])
        self.theirs.learn(number, steps, other["results"])
        for i, step in enumerate(steps):
            left = self.ours.named(mine["results"][i])
            right = self.theirs.named(other["results"][i])
            if not self._equal(step, left, right):
                known = self._why(f"#{number}.{i}", step, left, right)
                yield Difference(number, i, left, right, known)

    def _equal(self, step: dict[str, Any], ours: Any, theirs: Any) -> bool:
        if is_page(step):
            compared = ("page", "isDone")
            return all(same(ours[name], theirs[name]) for name in compared)
        return same(ours, theirs)

    def _why(self, place: str, step: dict[str, Any], ours: Any, theirs: Any) -> str | None:
        if "odd" in step:
            return str(step["odd"])
        if not is_page(step):
            return None
        options = step["end"][1]
        is_full = ours["page"] == theirs["page"] and len(ours["page"]) == options["numItems"]
        if options["cursor"] in self.ended or (is_full and theirs["isDone"]):
            self.ended.add(place)
            return EXACTLY_FULL
        return None


def is_page(step: dict[str, Any]) -> bool:
    return isinstance(step.get("end"), list) and step["end"][0] == "paginate"


def _why_one_fails(transaction: dict[str, Any], ours: dict[str, Any]) -> str | None:
    if transaction["kind"] == "mutation":
        return None  # one engine has written something, and the other has not
    if "is not a document ID" in ours.get("error", ""):
        return NO_ID
    return next((str(step["odd"]) for step in transaction["steps"] if "odd" in step), None)


def same(ours: Any, theirs: Any) -> bool:
    """Equal, and of equal types: True is not 1."""
    match ours:
        case list():
            return (
                isinstance(theirs, list)
                and len(ours) == len(theirs)
                and all(map(same, ours, theirs))
            )
        case dict():
            return (
                isinstance(theirs, dict)
                and ours.keys() == theirs.keys()
                and all(same(item, theirs[key]) for key, item in ours.items())
            )
        case bool():
            return ours is theirs
        case _:
            return not isinstance(theirs, bool) and bool(ours == theirs)
