"""The error catalogue: complete, without anything that nobody says, and the same as its page."""

import ast
import re

import pytest

from muster.directory.catalogue.catalogue import CATALOGUE, CHAPTERS
from muster.directory.catalogue.entry import MENUS, Entry, Place
from muster.directory.catalogue.page import page
from muster.scim import errors
from tests.architecture.sources import ROOT, parsed, python_files, shown

CODE = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


def said() -> set[str]:
    """Every code that the product says: as the code of a class, of a kind of problem, or of what is raised."""
    return {
        value.value
        for path in python_files("src")
        if "catalogue" not in path.parts
        for node in ast.walk(parsed(path))
        for value in values(node)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    } | {"user-unknown", "group-unknown"}  # put together from the name of the resource type


def values(node: ast.AST) -> list[ast.expr | None]:
    """The expressions that are codes: `code = …`, `code=…`, the first value of a `Kind`, what `diagnose` returns."""
    match node:
        case ast.Assign(targets=[ast.Name(id="code")], value=ast.IfExp(body=value)):
            return [value]
        case ast.Assign(targets=[ast.Name(id="code")], value=value):
            return [value]
        case ast.AnnAssign(target=ast.Name(id="code"), value=value):
            return [value]
        case ast.keyword(arg="code", value=value):
            return [value]
        case ast.Call(func=ast.Name(id="Kind"), args=[first, *_]):
            return [first]
        case ast.AnnAssign(target=ast.Name(id="TOO_OFTEN"), value=value):
            return [value]
        case ast.Assign(targets=[ast.Name(id="_TAKEN")], value=ast.Dict(values=taken)):
            return [*taken]
        case ast.FunctionDef(name=name) if name.startswith("diagnose"):
            return [
                part
                for returned in ast.walk(node)
                if isinstance(returned, ast.Return) and not isinstance(returned.value, ast.Call)
                for part in ast.walk(returned)
                if isinstance(part, ast.Constant)
            ]
    return []


def test_each_code_that_is_said_is_explained_and_the_reverse() -> None:
    """No error without an entry, and no entry that no error leads to."""
    assert said() - set(CATALOGUE) == set()
    assert set(CATALOGUE) - said() == set()


def test_no_code_is_there_twice() -> None:
    """A code means one thing, and looks like all others."""
    every = [entry.code for entries in CHAPTERS.values() for entry in entries]
    assert len(every) == len(set(every))
    assert [code for code in every if not CODE.fullmatch(code)] == []


def test_each_error_class_has_a_code_of_its_own() -> None:
    """So that what is raised without one still says more than the status."""
    classes = [
        one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.ScimError)
    ]
    codes = [one.code for one in classes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code)
def test_an_entry_is_whole(entry: Entry) -> None:
    """Cause, evidence and what to do are sentences; an IdP that we know gets its menu."""
    assert all(text.endswith(".") for text in (entry.cause, entry.evidence, entry.fix))
    assert entry.fix_for("generic") == entry.fix_for("ping") == entry.fix
    for provider, menus in MENUS.items():
        assert set(menus) == set(Place)
        told = entry.fix_for(provider)
        assert told == entry.fix if entry.place is None else menus[entry.place] in told


def test_the_page_is_the_catalogue() -> None:
    """docs/reference/errors.md is what `make errors` writes, and each entry's address leads into it."""
    file = ROOT / "docs" / "reference" / "errors.md"
    assert file.read_text("utf-8") == page()
    assert {entry.documentation for entry in CATALOGUE.values()} == {
        f"{shown(file)}#{heading}" for heading in re.findall(r"^### (.+)$", page(), re.MULTILINE)
    }
