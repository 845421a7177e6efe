"""Reading of result files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.report.result import Result
from conformance.report.result_file import read_result_file, validate_result
from tests.report.sample import hostile, ran, small


@pytest.mark.parametrize(
    "result",
    [small(), hostile(), ran("losant"), ran("push-express")],
    ids=["small", "hostile", "losant", "push-express"],
)
def test_results_of_runs_can_be_read(tmp_path: Path, result: Result) -> None:
    """Results of runs are valid against the schema of their format, even with an unpaired
    surrogate.
    """
    file = tmp_path / "result.json"
    file.write_text(json.dumps(result.to_json()), "utf-8")
    assert len(read_result_file(str(file)).claims) == len(result.claims)


@pytest.mark.parametrize("contract", ["losant", "push-express"])
def test_a_result_is_what_its_json_says(contract: str) -> None:
    """Written and read again, a result is the same; so is its JSON."""
    result = ran(contract)
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result
    assert Result.from_json(result.to_json()).to_json() == result.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        '{"format": 3}',
        '{"format": 2}',
        '{"format": 1}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_invalid_files_are_usage_errors(tmp_path: Path, text: str) -> None:
    """A file that is no result is refused with its name and a hint, never with a traceback."""
    file = tmp_path / "result.json"
    file.write_text(text, "utf-8", errors="surrogateescape")
    with pytest.raises(UsageError, match=r"result\.json"):
        read_result_file(str(file))


def test_the_error_gives_the_pointer_of_the_invalid_value() -> None:
    """The error gives the JSON pointer of the invalid value."""
    result = small().to_json()
    result["claims"][1]["verdict"] = "perhaps"
    with pytest.raises(UsageError, match="/claims/1/verdict"):
        validate_result(result, "result.json")


def test_results_of_format_1_are_read(tmp_path: Path) -> None:
    """A result from an earlier version is read with the current names."""
    contract = {"name": "things", "revision": "1", "readings": ["x"], "digest": "d1"}
    interpretation = {
        "passage": "what a page is",
        "name": "x",
        "meaning": "a list",
        "followed": True,
    }
    current = small().to_json()
    previous = {
        key: value
        for key, value in current.items()
        if key not in ("interpretations", "unread_lists", "target_down")
    }
    previous |= {"format": 1, "contract": contract, "readings": [interpretation]}
    previous |= {"unseen": ["a list"], "down": True}
    file = tmp_path / "result.json"
    file.write_text(json.dumps(previous))
    result = read_result_file(str(file))
    assert (result.format, result.contract.interpretations) == (2, ("x",))
    assert result.interpretations[0].ambiguity == "what a page is"
    assert (result.unread_lists, result.target_down) == (("a list",), True)
