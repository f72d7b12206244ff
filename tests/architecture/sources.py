"""Where the rules look: the repository's own code and documents, without caches and what was installed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("src", "tests", "bench")
IGNORED = {"node_modules", "__pycache__"}


def python_files(*folders: str) -> list[Path]:
    """Every Python file below the named top folders, in path order."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not ignored(path))


def documents() -> list[Path]:
    """Every Markdown file of the repository, in path order."""
    below = (path for folder in ("docs", *CODE) for path in (ROOT / folder).rglob("*.md"))
    return sorted([*ROOT.glob("*.md"), *(path for path in below if not ignored(path))])


def ignored(path: Path) -> bool:
    """Whether a path lies in a cache, an installed package or a hidden folder."""
    return any(part in IGNORED or part.startswith(".") for part in path.relative_to(ROOT).parts)


def shown(path: Path) -> str:
    """The path as a person reads it."""
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method: where it stands and its length in lines, docstring included, decorators not."""

    path: Path
    name: str
    line: int
    length: int

    def __str__(self) -> str:
        return f"{shown(self.path)}:{self.line} {self.name} ({self.length} lines)"


def functions(*folders: str) -> Iterator[Function]:
    """Every function below the named top folders."""
    for path in python_files(*folders):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield Function(path, node.name, node.lineno, node.end_lineno - node.lineno + 1)


def parsed(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
