"""The one naming rule: from any wire name to a Python name that is safe to write into code.

- Words end where a lower-case letter or digit meets an upper-case one, and before the last capital
  of a run (`HTTPServer` is `http_server`); every other character is a gap between words.
- Underscores at either end are dropped; a name that begins with a digit gets `m_` in front; a name
  without any word is `unnamed`.
- Words that mean something in annotations or in Python itself get an underscore behind (`class_`,
  `list_`).
- Where two wire names of one scope meet, the one that is spelled like the Python name keeps it,
  else the one that is spelled in camelCase, else the first in order; the others get `_`, `_2`, ….
"""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING, Final

from aioconvex._codec import camel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

__all__ = [
    "CLASS_WORDS",
    "MEMBER_WORDS",
    "class_part",
    "distinct",
    "doc_text",
    "first_free",
    "member_names",
    "pascal",
    "shouted",
    "shown",
    "snake",
    "wire_exceptions",
]

_WORD_END: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP: Final = re.compile(r"[^A-Za-z0-9]+")
_UNSAFE_IN_DOCS: Final = re.compile(r"[^ !#-\[\]-~]")

MEMBER_WORDS: Final = frozenset(
    {*keyword.kwlist, "bool", "bytes", "dict", "float", "int", "list", "self", "str"}
)
"""What a field, parameter, function or namespace may not be called."""

_BUILTIN_CLASSES: Final = frozenset(
    # With those of one version or system only: the bindings are the same everywhere.
    {name for name in vars(builtins) if name[0].isupper()}
    | {"PythonFinalizationError", "WindowsError"}
)
"""What annotations would find before a class that is only imported when it is needed."""

CLASS_WORDS: Final = frozenset(
    {
        *keyword.kwlist,
        *_BUILTIN_CLASSES,
        "Annotated",
        "Any",
        "Api",
        "BigInt",
        "Count",
        "Dimensions",
        "Exactly",
        "Final",
        "Literal",
        "Mapping",
        "Namespace",
        "Never",
        "NewType",
        "Page",
        "TypeAlias",
        "Unset",
        "Vector",
    }
)
"""What a class may not be called, because generated code or Python uses the name."""


def snake(wire: str) -> str:
    """Spell a wire name as a variable: `threadId` is `thread_id`."""
    words = "_".join(_words(wire))
    if not words:
        return "unnamed"
    return f"m_{words}" if words[0].isdigit() else words


def pascal(wire: str) -> str:
    """Spell a wire name as a class: `mastra_threads` is `MastraThreads`."""
    return class_part(snake(wire))


def class_part(wire: str) -> str:
    """Spell a wire name as the end of a class name: empty without words, and digits may begin it."""
    return "".join(word[:1].upper() + word[1:] for word in _words(wire))


def shouted(wire: str) -> str:
    """Spell a wire name as a constant: `userProfiles` is `USER_PROFILES`."""
    return snake(wire).upper()


def shown(wire: str) -> str:
    """A wire name for a docstring or a message: printable ASCII without quotes or backslashes."""
    return _UNSAFE_IN_DOCS.sub("?", wire)


def doc_text(comment: str) -> str:
    """A comment as the inside of a docstring: its words and lines, and nothing that could end it."""
    lines = (
        "".join(character if character.isprintable() else " " for character in line).rstrip()
        for line in comment.replace("\\", "\\\\").replace('"', "'").splitlines()
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() or "No comment."


def distinct(
    wires: Iterable[str], spell: Callable[[str], str], taken: Collection[str] = ()
) -> dict[str, str]:
    """Name every wire name of one scope differently; the order they come in does not matter.

    Args:
        wires: the wire names.
        spell: `snake`, `pascal` or `shouted`.
        taken: names that are used already.
    """
    groups: dict[str, list[str]] = {}
    for wire in sorted(set(wires)):
        groups.setdefault(spell(wire), []).append(wire)
    names: dict[str, str] = {}
    blocked: list[str] = []
    others: list[str] = []
    for candidate, group in groups.items():
        first, *rest = sorted(group, key=_strangeness)
        if candidate in taken:
            blocked.append(first)
        else:
            names[first] = candidate
        others += rest
    used = {*taken, *names.values()}
    for wire in (*sorted(blocked), *sorted(others)):
        names[wire] = first_free(spell(wire), used)
        used.add(names[wire])
    return names


def first_free(candidate: str, used: Collection[str]) -> str:
    """The candidate, or its first variant that is not used: `x`, `x_`, `x_2`, `x_3`, …."""
    if candidate not in used:
        return candidate
    name, number = f"{candidate}_", 2
    while name in used:
        name, number = f"{candidate}_{number}", number + 1
    return name


def member_names(wires: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """Name the fields of a class, the parameters of a function or the functions of a module."""
    return distinct(wires, snake, {*MEMBER_WORDS, *taken})


def wire_exceptions(names: Mapping[str, str]) -> dict[str, str]:
    """Python name to wire name, only where the camelCase rule of the runtime would not find it."""
    return {name: wire for wire, name in names.items() if camel(name) != wire}


def _words(wire: str) -> list[str]:
    return [word for word in _GAP.sub("_", _WORD_END.sub("_", wire)).lower().split("_") if word]


def _strangeness(wire: str) -> tuple[bool, bool, str]:
    plain = snake(wire)
    return wire != plain, wire != camel(plain), wire
