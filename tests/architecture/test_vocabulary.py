"""One word per concept, the same in code and documents. Quotations (code spans, bold labels, strings) are free."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import CODE, documents, parsed, python_files, shown

OTHER_WORDS_FOR_OURS = {"tenant", "tenants", "tenancy", "workspace", "entity", "entities", "quirk", "quirks"}
MODULE_NAMES_THAT_SAY_NOTHING = {
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "util",
    "utils",
}
CLASS_WORDS_THAT_SAY_NOTHING = {"helper", "helpers", "manager", "util", "utils"}
QUOTED = re.compile(r"```.*?```|`[^`]*`|\*\*.*?\*\*|\"[^\"\n]*\"|\]\([^)]*\)|<[^>]*>", re.DOTALL)


def test_modules_are_called_after_what_they_do() -> None:
    """No module is a drawer for leftovers."""
    names = {shown(path): path.stem.strip("_") for path in python_files(*CODE)}
    assert [
        path for path, stem in names.items() if set(stem.split("_")) & MODULE_NAMES_THAT_SAY_NOTHING
    ] == []


def test_classes_are_called_after_what_they_are() -> None:
    """No class manages or helps; it is something."""
    found = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and words(node.name) & CLASS_WORDS_THAT_SAY_NOTHING
    ]
    assert found == []


def test_identifiers_use_our_words() -> None:
    """No name in the code says otherwise what the design has a word for."""
    found = [
        f"{shown(path)}:{line} {name}"
        for path in python_files(*CODE)
        for name, line in identifiers(path)
        if words(name) & OTHER_WORDS_FOR_OURS
    ]
    assert found == []


def test_documents_use_our_words() -> None:
    """No sentence in the documents does either; labels of other products are quoted."""
    found = [
        f"{shown(path)}: {word}"
        for path in documents()
        for word in re.findall(r"[a-z]+", QUOTED.sub(" ", path.read_text("utf-8")).lower())
        if word in OTHER_WORDS_FOR_OURS
    ]
    assert found == []


def test_every_module_states_its_law() -> None:
    """Each module of the product says in its docstring what it does."""
    silent = [
        shown(path) for path in python_files("src") if path.read_text("utf-8").strip() and not law(path)
    ]
    assert silent == []


def law(path: Path) -> str | None:
    """The module's docstring."""
    return ast.get_docstring(parsed(path))


def words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def identifiers(path: Path) -> Iterator[tuple[str, int]]:
    """Every name that the file binds: functions, classes, arguments, variables, attributes."""
    for node in ast.walk(parsed(path)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
