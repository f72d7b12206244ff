"""The numbered checks and the tests that prove them. Law: read from files only, nothing is run or imported."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RECORDS = HERE / "requirements.json"
DOCUMENT = HERE.parents[1] / "docs" / "conformance.md"
MODES = ("default", "strict")


def records() -> list[dict[str, Any]]:
    """The records in their order: id, level, source, section, text, and next_issue or not_applicable."""
    loaded: list[dict[str, Any]] = json.loads(RECORDS.read_text())
    return loaded


def deferred(record: dict[str, Any]) -> bool:
    """Whether no test is owed: it belongs to the next issue, or does not apply for the reason given."""
    return bool(record.get("next_issue") or record.get("not_applicable"))


def declared() -> dict[str, list[str]]:
    """For each number the ids (file::function) of the tests that are marked with it, in file order."""
    tests: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for name, numbers in _marked(ast.parse(path.read_text())):
            for number in numbers:
                tests.setdefault(number, []).append(f"{path.name}::{name}")
    return tests


def _marked(module: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            numbers = [number for decorator in node.decorator_list for number in _numbers(decorator)]
            if numbers:
                yield node.name, numbers


def _numbers(decorator: ast.expr) -> list[str]:
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("requirement"):
        return []
    return [str(ast.literal_eval(argument)) for argument in decorator.args]
