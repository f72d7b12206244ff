"""The size budget: what a reader can hold in mind. Schemas and SQL are data and exempt."""

import statistics

from tests.architecture.sources import CODE, functions, python_files, shown

FILE_LINES = 400
FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 10


def test_no_file_is_longer_than_its_budget() -> None:
    """A file over 400 lines is to be split by meaning."""
    lengths = {shown(path): path.read_text("utf-8").count("\n") for path in python_files(*CODE)}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_no_function_is_longer_than_its_budget() -> None:
    """A function over 60 lines does more than one thing."""
    assert [str(function) for function in functions(*CODE) if function.length > FUNCTION_LINES] == []


def test_the_typical_function_of_the_product_is_short() -> None:
    """Half of the functions in src have at most 10 lines."""
    lengths = [function.length for function in functions("src")]
    assert not lengths or statistics.median(lengths) <= MEDIAN_FUNCTION_LINES
