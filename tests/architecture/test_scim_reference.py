"""The reference page of SCIM against the code's own lists: limits, tolerances, error words."""

import ast
import re
from dataclasses import fields

import pytest

from muster.scim import errors, limits
from muster.scim.dialect import Dialect
from tests.architecture.sources import ROOT, parsed, python_files

PAGE = (ROOT / "docs" / "reference" / "scim.md").read_text("utf-8")
LIMITS = {name: value for name, value in vars(limits).items() if name.isupper() and isinstance(value, int)}
MEBIBYTE = 1024 * 1024


def section(heading: str) -> str:
    """The text of one section of the page."""
    _, _, rest = PAGE.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_a_limit_is_published(name: str) -> None:
    """The section on limits says the number that the code enforces."""
    value = LIMITS[name]
    shown = f"{value // MEBIBYTE} MiB" if value % MEBIBYTE == 0 else f"{value}"
    assert re.search(rf"\b{shown}\b", section("Limits").replace(",", "")), (name, shown)


def test_the_tolerances_are_those_of_the_dialect() -> None:
    """The table of default and strict mode has a row for each field of Dialect, and no other."""
    described = set(re.findall(r"^\| `([a-z_]+)`", section("Default and strict"), re.MULTILINE))
    assert described == {field.name for field in fields(Dialect)} - {"name"}


def test_every_error_word_is_listed() -> None:
    """The table of errors has each status and scimType that an error class carries which the product raises."""
    rows = re.findall(r"^\| (\d+) \| (?:`(\w+)`)?", section("Errors"), re.MULTILINE)
    listed = {(int(status), word or None) for status, word in rows}
    assert {(one.status, one.scim_type) for one in raised()} - listed == set()


def raised() -> set[type[errors.ScimError]]:
    """The error classes that the code outside their own module uses."""
    names = {
        node.id
        for path in python_files("src")
        if path.name != "errors.py"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Name)
    }
    found = (value for name, value in vars(errors).items() if name in names)
    return {value for value in found if isinstance(value, type) and issubclass(value, errors.ScimError)} - {
        errors.ScimError
    }
