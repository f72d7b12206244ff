"""`muster secret-key create`, and settings that are no secret keys."""

import json
from pathlib import Path

import pydantic
import pytest

from muster.directory.secret_keys import keys_in, secret_key_id
from muster.settings import Settings
from tests.cli.test_errors import assert_one_line, run

KEY = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
WRONG = {
    "words": "correct horse battery staple",
    "short": KEY[:-8],
    "long": KEY[:-1] + "AAAA",
    "a comma too many": KEY + ",",
    "another separator": f"{KEY} {KEY}",
    "twice": f"{KEY},{KEY}",
}


def test_a_key_is_printed_alone_and_is_another_each_time(tmp_path: Path) -> None:
    """Ready to be put into the setting; nothing is made on disk."""
    printed = [run(tmp_path, "secret-key", "create") for _ in range(2)]
    assert [(code, complaint) for code, _, complaint in printed] == [(0, "")] * 2
    texts = [output.removesuffix("\n") for _, output, _ in printed]
    assert texts[0] != texts[1]
    assert len({key for text in texts for key in keys_in(text)}) == 2
    assert list(tmp_path.iterdir()) == []


def test_json_names_the_keys_id(tmp_path: Path) -> None:
    """By which errors and the log call it."""
    made = json.loads(run(tmp_path, "secret-key", "create", "--json")[1])
    (key,) = keys_in(made["secret_key"])
    assert made == {"secret_key": made["secret_key"], "secret_key_id": secret_key_id(key)}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_key_stops_the_start(tmp_path: Path, wrong: str) -> None:
    """In one line that names the setting and quotes nothing of it; nothing is created."""
    words = ("MUSTER_SECRET_KEY", "twice" if wrong == WRONG["twice"] else "muster secret-key create`")
    result = run(tmp_path, "serve", MUSTER_SECRET_KEY=wrong)
    assert_one_line(result, 1, *words)
    assert KEY[:16] not in result[2]
    assert "horse" not in result[2]
    assert list(tmp_path.iterdir()) == []


def test_nothing_shows_the_setting_but_what_a_worker_reads() -> None:
    """Neither the settings' text nor the error about a wrong one."""
    settings = Settings(secret_key=KEY)  # type: ignore[arg-type]
    assert settings.secret_keys == keys_in(KEY)
    assert KEY not in f"{settings!r} {settings} {settings.model_dump()}"
    assert settings.environment()["MUSTER_SECRET_KEY"] == KEY
    with pytest.raises(pydantic.ValidationError) as refused:
        Settings(secret_key=KEY + "A")  # type: ignore[arg-type]
    assert KEY not in f"{refused.value!r} {refused.value}"
