"""Random programs: transactions of the database steps that tests/conformance/convex/program.ts runs.

A string "@<n>" is the result of step n of the same transaction, "#<t>.<n>" that of step n of an
earlier transaction t; of a page it is the cursor behind it.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from attrs import define, field

__all__ = ["ACROSS_TYPES", "NEGATION", "program"]

Step = dict[str, Any]

ACROSS_TYPES: Final = "a filter's comparison or sum across types"
NEGATION: Final = "a filter's neg"

FLOATS: Final = (-1.0, 0.0, 0.5, 1.0, 2.0, {"$float": "AAAAAAAAAIA="}, {"$float": "AAAAAAAA+H8="})
INTEGERS: Final = ({"$integer": "AAAAAAAAAAA="}, {"$integer": "/////////38="})
OTHERS: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    "",
    "a",
    "ab",
    "\uffff",
    "\U00010000",
    {"$bytes": "YQ=="},
    [],
    [1.0],
    {},
    {"x": 1.0},
    {"x": [None]},
    "@undefined",
)
TABLES: Final = ("things", "things", "things", "people", "shapes")


def program(seed: int) -> list[dict[str, Any]]:
    """The program of this number: some 8 transactions."""
    return _Writer(Random(seed)).program()


@define
class _Writer:
    random: Random
    transactions: list[dict[str, Any]] = field(factory=list)
    known: dict[str, list[str]] = field(factory=lambda: {table: [] for table in TABLES})

    def program(self) -> list[dict[str, Any]]:
        for _ in range(3):
            self.mutation(inserts=True)
        for _ in range(self.random.randint(2, 5)):
            self.random.choice((self.mutation, self.query, self.query, self.pages))()
        self.transactions.append(
            {"kind": "query", "steps": [whole(table) for table in sorted(set(TABLES))]}
        )
        return self.transactions

    def mutation(self, *, inserts: bool = False) -> None:
        number = len(self.transactions)
        steps: list[Step] = []
        for _ in range(self.random.randint(1, 6)):
            table = self.random.choice(TABLES)
            if inserts or not self.known[table] or self.random.random() < 0.3:
                # What a refused mutation would have inserted is referred to as well: it is nobody.
                steps.append({"op": "insert", "table": table, "value": self.document(table)})
                self.known[table].append(f"#{number}.{len(steps) - 1}")
            else:
                steps.append(self.edit(table, number))
        if self.random.random() < 0.3:
            # Unfiltered: a filter that only one engine can apply would undo the writes on the other.
            steps.append({**self.source(), "end": ["take", 3]})
        self.transactions.append({"kind": "mutation", "steps": steps})

    def edit(self, table: str, number: int) -> Step:
        op = self.random.choice(("patch", "patch", "replace", "delete"))
        target = self.random.choice(self.known[table])
        step: Step = {"op": op, "id": target.replace(f"#{number}.", "@")}
        if op == "patch":
            fields = self.document(table)
            kept = self.random.sample(sorted(fields), self.random.randint(0, len(fields)))
            return {**step, "value": {name: fields[name] for name in kept}}
        return {**step, "value": self.document(table)} if op == "replace" else step

    def document(self, table: str) -> dict[str, Any]:
        """Mostly one that fits the schema."""
        fields: dict[str, Any]
        if table == "things":
            fields = {"a": self.value(), "b": self.value(), "n": self.random.choice(FLOATS[:5])}
            if self.random.random() < 0.5:
                fields["o"] = {"x": self.value(inner=True)}
            return fields
        if table == "shapes":
            kind, size = self.random.choice((("circle", "radius"), ("square", "side")))
            fields = {"kind": kind, size: self.random.choice(FLOATS)}
        else:
            fields = {"name": self.random.choice(("Ada", "Eve", "")), **self.optional_fields()}
        if self.random.random() < 0.08:
            fields[self.random.choice(sorted(fields))] = self.value()
        return fields

    def optional_fields(self) -> dict[str, Any]:
        choices: dict[str, tuple[Any, ...]] = {
            "age": FLOATS,
            "rank": INTEGERS,
            "color": ("red", "blue"),
            "tags": ([], ["x"]),
            "home": ({"city": "x"}, {"city": "x", "zip": "y"}),
            "note": (None, "n"),
            "flag": (True, False),
            "free": OTHERS,
        }
        names = self.random.sample(sorted(choices), self.random.randint(0, 3))
        return {name: self.random.choice(choices[name]) for name in names}

    def value(self, *, inner: bool = False) -> Any:
        pool = self.random.choice((FLOATS, FLOATS, INTEGERS, OTHERS))
        value = self.random.choice(pool)
        return None if inner and value == "@undefined" else value

    def query(self) -> None:
        steps = [self.read() for _ in range(self.random.randint(1, 4))]
        known = self.known[self.random.choice(TABLES)]
        if known and self.random.random() < 0.3:
            steps = [{"op": "get", "id": self.random.choice(known), "only": "user"}]
        self.transactions.append({"kind": "query", "steps": steps})

    def read(self) -> Step:
        step = self.source()
        if self.random.random() < 0.5:
            self.filter(step)
        end = self.random.choice(("collect", "collect", "first", "unique", "take", "iterate"))
        if end in ("take", "iterate"):
            step["end"] = [end, self.random.randint(1, 4)]
        else:
            step["end"] = end
        return step

    def source(self) -> Step:
        step: Step = {"op": "query", "table": self.random.choice(TABLES), "only": "user"}
        if self.random.random() < 0.6:
            step["order"] = self.random.choice(("asc", "desc"))
        if self.random.random() < 0.7:
            step |= self.index(step["table"])
        return step

    def index(self, table: str) -> Step:
        if self.random.random() < 0.1:
            return {"index": "by_creation_time"}
        if table == "people":
            return {"index": "by_name", "range": self.bounds("name")}
        if table == "shapes":
            return {"index": "by_kind", "range": self.bounds("kind")}
        index, fields = self.random.choice(
            (
                ("by_a", ("a",)),
                ("by_a_b", ("a", "b")),
                ("by_a_b", ("a", "b")),
                ("by_inner", ("o.x",)),
            )
        )
        return {"index": index, "range": self.bounds(*fields)}

    def bounds(self, *fields: str) -> list[Any]:
        """Equalities on the first fields, bounds on the next; now and then one too many."""
        equal = self.random.randint(0, len(fields))
        bounds: list[Any] = [["eq", name, self.value()] for name in fields[:equal]]
        if self.random.random() < 0.04:
            equal = self.random.randrange(len(fields))
        if equal < len(fields):
            for comparisons in (("gt", "gte"), ("lt", "lte")):
                if self.random.random() < 0.5:
                    comparison = self.random.choice(comparisons)
                    bounds.append([comparison, fields[equal], self.value()])
        return bounds

    def filter(self, step: Step) -> None:
        step["filter"] = self.condition(step, depth=2)

    def condition(self, step: Step, depth: int) -> Any:
        choice = self.random.random()
        if depth and choice < 0.3:
            operator = self.random.choice(("and", "or"))
            parts = [self.condition(step, depth - 1) for _ in range(self.random.randint(1, 3))]
            return [operator, *parts]
        if depth and choice < 0.4:
            return ["not", self.condition(step, depth - 1)]
        if choice < 0.65:
            name = self.random.choice(("a", "b", "o.x", "name", "kind", "missing"))
            operator = self.random.choice(("eq", "neq"))
            return [operator, ["field", name], ["value", self.value()]]
        return self.comparison(step)

    def comparison(self, step: Step) -> Any:
        operator = self.random.choice(("lt", "lte", "gt", "gte"))
        choice = self.random.random()
        if choice < 0.1:
            step["odd"] = ACROSS_TYPES
            return [operator, ["field", self.random.choice(("a", "b"))], ["value", self.value()]]
        if choice < 0.15:
            step["odd"] = NEGATION
            return [operator, ["neg", ["field", "n"]], 0.0]
        if step["table"] != "things":
            return ["eq", ["field", "flag"], True]
        number = self.random.choice((-1.0, 0.5, 1.0))
        if choice < 0.5:
            arithmetic = self.random.choice(("add", "sub", "mul", "div", "mod"))
            return [operator, [arithmetic, ["field", "n"], 2.0], number]
        return [operator, ["field", "n"], number]

    def pages(self) -> None:
        """A query walked page by page, with a write in between now and then."""
        step = self.source()
        if self.random.random() < 0.4:
            self.filter(step)
        cursor: str | None = None
        for _ in range(self.random.randint(1, 4)):
            options = {"cursor": cursor, "numItems": self.random.randint(1, 4)}
            cursor = f"#{len(self.transactions)}.0"
            paginated = {**step, "end": ["paginate", options]}
            self.transactions.append({"kind": "query", "steps": [paginated]})
            if self.random.random() < 0.2:
                self.mutation(inserts=True)


def whole(table: str) -> Step:
    return {"op": "query", "table": table}
