"""The pytest plugin: claims as test items."""

from __future__ import annotations

import pytest

from conformance.contract import loader
from conformance.embedded import build_embedded_mock_config
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread

pytest_plugins = ["pytester"]
CLAIM = "conformance:push-express::archiveAppGroup/twice"


def test_each_claim_is_an_item(pytester: pytest.Pytester) -> None:
    """All claims of the contract pass on the embedded mock."""
    result = pytester.runpytest_subprocess("--conformance", "push-express", "-q")
    result.assert_outcomes(passed=len(loader.load_contract("push-express").claims))


def test_a_claim_can_be_run_by_node_id(pytester: pytest.Pytester) -> None:
    """The node id of one claim runs that claim alone."""
    result = pytester.runpytest_subprocess("--conformance", "push-express", CLAIM, "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*{CLAIM} PASSED*"])


def test_k_and_xdist(pytester: pytest.Pytester) -> None:
    """-k selects claims by id, also with several xdist workers."""
    selected_claims = [
        claim for claim in loader.load_contract("push-express").claims if "archived" in claim.id
    ]
    result = pytester.runpytest_subprocess(
        "--conformance", "push-express", "-k", "archived", "-n", "2"
    )
    result.assert_outcomes(passed=len(selected_claims))


def test_a_violation_fails_with_promise_source_and_curl(pytester: pytest.Pytester) -> None:
    """A violation fails its item without an internal traceback, and JUnit XML has the item."""
    contract = loader.load_contract("push-express")
    fault = next(
        candidate
        for candidate in list_contract_faults(contract)
        if candidate.claim == "archiveAppGroup/switches/archived"
    )
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract), fault)) as url:
        result = pytester.runpytest_subprocess(
            "--conformance",
            "push-express",
            "--conformance-url",
            url,
            "--conformance-token",
            "mock-token",
            "-k",
            "archiveAppGroup/switches",
            "--junit-xml",
            "junit.xml",
        )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["promised*", "written*P51*", "instead*archived*", "try*curl*$TOKEN*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert 'name="archiveAppGroup/switches/archived"' in (pytester.path / "junit.xml").read_text()


def test_undecided_claims_are_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    """An undecided claim is skipped, and the reason says what is missing."""
    contract = loader.load_contract("losant")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        result = pytester.runpytest_subprocess(
            "--conformance",
            "losant",
            "--conformance-url",
            url,
            "--conformance-token",
            "mock-token",
            "-k",
            "isolated",
            "-rs",
        )
    result.assert_outcomes(skipped=1)
    for pattern in (
        "*give --fixture applicationId=ID*",
        "only 0 % of the claims could be decided*",
    ):
        result.stdout.fnmatch_lines([pattern])
    assert result.ret == 3


@pytest.mark.parametrize(
    ("extra_options", "min_decided", "status"),
    [([], "50", 3), ([], "0", 0), (["-n", "2"], "50", 3)],
    ids=["alone", "allowed", "spread"],
)
def test_an_expired_token_does_not_pass(
    pytester: pytest.Pytester, extra_options: list[str], min_decided: str, status: int
) -> None:
    """If no claim could be decided, the exit status says so, also with xdist, unless that is
    allowed.
    """
    contract = loader.load_contract("push-express")
    with serve_in_thread(Mock(contract, build_embedded_mock_config(contract))) as url:
        options = [
            "--conformance-url",
            url,
            "--conformance-token",
            "expired",
            "--conformance-min-decided",
            min_decided,
            "-k",
            "getAppGroup and not credentials",
            *extra_options,
        ]
        result = pytester.runpytest_subprocess("--conformance", "push-express", *options)
    assert result.ret == status
    assert result.parseoutcomes()["skipped"] > 5 > result.parseoutcomes().get("passed", 0)
    assert "failed" not in result.parseoutcomes()


def test_fixtures_need_no_import(pytester: pytest.Pytester) -> None:
    """A test uses the mock by the name of its fixture; its mistake names sentence and line."""
    pytester.makepyfile(
        """
        import httpx
        import requests

        KEY = {"Authorization": "Bearer any"}

        def test_it_is_there(push_express_mock):
            push_express_mock.create({"app_ids": [7], "name": "a", "all_apps": False})
            url = push_express_mock.base_url + "/app/groups"
            for library in (httpx, requests):
                assert len(library.get(url, headers=KEY).json()["app_groups"]) == 1

        def test_it_is_wrong(push_express_mock):
            body = {"app_ids": [], "name": "a", "all_apps": False}
            httpx.post(push_express_mock.base_url + "/app/groups", headers=KEY, json=body)

        def test_nobody_asked(losant_mock):
            losant_mock.answer_next(404)
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "not allowed by push-express: POST /api/b/v2/app/groups → 400 (*_import.py:14)",
            "*P8:*",
            "*no request took what was ordered*",
            "*answer_next(404) at *test_fixtures_need_no_import.py:*",
        ]
    )


def test_without_the_option_nothing_is_added(pytester: pytest.Pytester) -> None:
    """Without --conformance, the plugin does not affect other projects."""
    pytester.makepyfile("def test_one(): pass")
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)
