"""The ledger of checks is complete, and the document in docs/ speaks of exactly these checks and tests."""

import re

from tests.conformance.ledger import DOCUMENT, declared, deferred, records


def test_every_number_has_a_record() -> None:
    """The records are R001 to R312, each once, in order."""
    assert [record["id"] for record in records()] == [f"R{number:03d}" for number in range(1, 313)]


def test_records_are_short_and_sourced() -> None:
    """Each record has a known level, a source and a text of at most fifteen words."""
    levels = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "DEC", "INT"}
    for record in records():
        assert record["level"] in levels, record
        assert record["source"], record
        assert 0 < len(record["text"].split()) <= 15, record


def test_every_check_has_a_test() -> None:
    """Each record that is not deferred has a test, and no test names a number without a record."""
    tests = declared()
    owed = {record["id"] for record in records() if not deferred(record)}
    assert owed == set(tests)


def test_test_names_begin_with_their_first_number() -> None:
    """A test's id says which check it proves."""
    for number, tests in declared().items():
        for test in tests:
            name = test.partition("::")[2]
            assert name.startswith("test_r"), f"{number}: {test}"


def test_document_lists_the_records_and_their_tests() -> None:
    """docs/conformance.md names every number once, with its level, text and test ids as they are now."""
    rows = dict(re.findall(r"^\| (R\d{3}) \|(.*)$", DOCUMENT.read_text(), re.MULTILINE))
    tests = declared()
    assert list(rows) == [record["id"] for record in records()]
    for record in records():
        row = rows[record["id"]]
        assert f" {record['level']} | {record['source']} | {record['text']}" in row
        assert re.findall(r"`(test_\w+\.py::\w+)`", row) == tests.get(record["id"], [])
