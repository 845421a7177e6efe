"""A quick run with one lifecycle of an item decides the same as a longer run with many.

The tests use servers on which the two could differ.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from conformance import embedded
from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.mock.mock import Mock
from conformance.mock.transport import Transport
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile
from conformance.suite.run import run_plan

TOY = Path(__file__).parent.parent / "toy"
EditRequest = Callable[[httpx.BaseTransport, httpx.Request], httpx.Request | httpx.Response]
EditResponse = Callable[[httpx.Request, httpx.Response], httpx.Response]


class InterceptingTransport(httpx.BaseTransport):
    """A transport that changes the requests or the responses of another."""

    def __init__(
        self,
        inner_transport: httpx.BaseTransport,
        edit_request: EditRequest,
        edit_response: EditResponse,
    ) -> None:
        self.inner_transport, self.edit_request, self.edit_response = (
            inner_transport,
            edit_request,
            edit_response,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        edited = self.edit_request(self.inner_transport, request)
        return (
            edited
            if isinstance(edited, httpx.Response)
            else self.edit_response(request, self.inner_transport.handle_request(edited))
        )


def build_toy_contract(folder: Path, *changes: tuple[str, str]) -> Contract:
    """Return the toy contract with some of its text replaced."""
    texts = {file.name: file.read_text() for file in TOY.glob("*.yaml")}
    for old_text, new_text in changes:
        name = next(name for name, text in texts.items() if old_text in text)
        texts[name] = texts[name].replace(old_text, new_text, 1)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return loader.load_contract(str(folder))


def decide_claims(
    contract: Contract,
    *claim_patterns: str,
    edit_request: EditRequest = lambda inner_transport, request: request,
    edit_response: EditResponse = lambda request, response: response,
    profile: RunProfile = RunProfile.QUICK,
    workers: int = 1,
    **target_fields: object,
) -> dict[str, Verdict]:
    """Return the verdicts of a run on an embedded mock behind an intercepting transport."""
    mock = Mock(contract, embedded.build_embedded_mock_config(contract))
    target = replace(
        embedded.build_mock_target(
            mock,
            contract,
            transport=InterceptingTransport(Transport(mock), edit_request, edit_response),
        ),
        stocked_transport=None,
        **target_fields,
    )  # type: ignore[arg-type]
    selected_claims = [
        claim
        for claim in contract.claims
        if any(fnmatch(claim.id, pattern) for pattern in claim_patterns)
    ]
    assert selected_claims
    events = run_plan(
        plans.generate_plan(contract, "1", profile, selected_claims), target, workers=workers
    )
    return {event.claim.id: event.verdict for event in events if isinstance(event, ClaimDecided)}


def build_patch_operation_change() -> tuple[str, str]:
    """Return the text change that adds an operation for partial updates to the toy contract."""
    text = (TOY / "openapi.yaml").read_text()
    put_start = text.index("    put:\n      operationId: replaceNote")
    delete_start = text.index("    delete:\n      operationId: deleteNote")
    return (
        text[delete_start : delete_start + 40],
        text[put_start:delete_start].replace("put:", "patch:").replace("replaceNote", "changeNote")
        + text[delete_start : delete_start + 40],
    )


PATCH_OPERATION_CHANGES = (
    build_patch_operation_change(),
    ("replaced: N9,", "replaced: N9, changed: N9,"),
    ("replace: replaceNote,", "replace: replaceNote, change: changeNote,"),
    ("replaceNote: N9,", "replaceNote: N9, changeNote: N9,"),
)


def test_lagging_reads_are_repeated(tmp_path: Path) -> None:
    """Reads that lag violate nothing if the run has a settle time."""
    shown_responses: dict[str, tuple[int, bytes]] = {}
    written_at: dict[str, float] = {}

    def edit_response(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        match = re.match(r".*/notes/([^/]+)(/\w+)?$", request.url.path)
        if match and request.method != "GET":
            written_at[match[1]] = time.monotonic()
        if not match or request.method != "GET" or match[2]:
            return response
        if match[1] in shown_responses and time.monotonic() - written_at.get(match[1], -9) < 0.05:
            status, content = shown_responses[match[1]]
            return httpx.Response(
                status,
                headers={"content-type": "application/json"},
                content=content,
                request=request,
            )
        shown_responses[match[1]] = response.status_code, response.content
        return response

    verdicts = decide_claims(
        build_toy_contract(tmp_path),
        "pinNote/switches/*",
        "pinNote/twice",
        "replaceNote/body/*/replaced",
        "deleteNote/gone",
        edit_response=edit_response,
        settle_seconds=0.08,
    )
    assert set(verdicts.values()) == {Verdict.VERIFIED}


def test_items_are_read_back_from_the_list(tmp_path: Path) -> None:
    """A read operation that only a client defines is not used.

    Items are then read back from the list, and a successful list response does not mean that the
    item exists.
    """
    contract = build_toy_contract(
        tmp_path,
        ("      operationId: readNote\n", "      operationId: readNote\n      x-basis: client\n"),
    )
    assert decide_claims(contract, "deleteNote/gone", "deleteNote/answers") == {
        "deleteNote/gone": Verdict.VERIFIED,
        "deleteNote/answers": Verdict.VERIFIED,
    }


@pytest.mark.parametrize("profile", [RunProfile.QUICK, RunProfile.STANDARD])
def test_ignored_change_after_a_replacement_is_detected(
    tmp_path: Path, profile: RunProfile
) -> None:
    """A change without effect is detected, even after another operation changed the item.

    On an honest server the claim is verified.
    """

    def ignore_patch(
        inner_transport: httpx.BaseTransport, request: httpx.Request
    ) -> httpx.Request | httpx.Response:
        headers = {"authorization": request.headers.get("authorization", "")}
        return (
            inner_transport.handle_request(httpx.Request("GET", request.url, headers=headers))
            if request.method == "PATCH"
            else request
        )

    contract = build_toy_contract(tmp_path, *PATCH_OPERATION_CHANGES)
    claims = {f"changeNote/body/{name}/changed" for name in ("title", "text", "stars")}
    assert decide_claims(
        contract, *claims, edit_request=ignore_patch, profile=profile
    ) == dict.fromkeys(claims, Verdict.VIOLATED)
    assert decide_claims(contract, *claims, profile=profile) == dict.fromkeys(
        claims, Verdict.VERIFIED
    )


@pytest.mark.parametrize("profile", [RunProfile.QUICK, RunProfile.STANDARD])
def test_ignored_switch_is_detected_despite_a_replacement(
    tmp_path: Path, profile: RunProfile
) -> None:
    """A switch without effect is detected even if bodies can contain the field of the switch."""

    def ignore_pin(
        inner_transport: httpx.BaseTransport, request: httpx.Request
    ) -> httpx.Request | httpx.Response:
        return (
            httpx.Response(204, request=request)
            if request.url.path.endswith("/pin") and request.method == "POST"
            else request
        )

    text = "    text: {type: string, x-source: {stored: N7}}\n"
    contract = build_toy_contract(
        tmp_path, (text, text + "    pinned: {type: boolean, x-source: {stored: N7}}\n")
    )
    assert decide_claims(
        contract, "pinNote/switches/pinned", edit_request=ignore_pin, profile=profile
    ) == {"pinNote/switches/pinned": Verdict.VIOLATED}
    assert decide_claims(contract, "pinNote/switches/pinned", profile=profile) == {
        "pinNote/switches/pinned": Verdict.VERIFIED
    }


def test_deleted_item_does_not_verify_credentials(tmp_path: Path) -> None:
    """A "not found" response is not a refusal of credentials.

    The server checks no credentials, so another request of the run can delete the item first.
    """

    def replace_credentials(
        inner_transport: httpx.BaseTransport, request: httpx.Request
    ) -> httpx.Request:
        if (
            request.headers.get("authorization") != f"Bearer {embedded.TOKEN}"
            and request.method == "GET"
            and "/notes/" in request.url.path
        ):
            time.sleep(0.1)
        return httpx.Request(
            request.method,
            request.url,
            headers={**request.headers, "authorization": f"Bearer {embedded.TOKEN}"},
            content=request.read(),
        )

    verdicts = decide_claims(
        build_toy_contract(tmp_path), "*/credentials/*", edit_request=replace_credentials, workers=8
    )
    assert Verdict.VERIFIED not in verdicts.values()


@pytest.mark.parametrize("profile", [RunProfile.QUICK, RunProfile.STANDARD])
def test_item_that_was_not_deleted_violates_nothing(tmp_path: Path, profile: RunProfile) -> None:
    """The existence of an item that the run could not delete violates no claim.

    The run deletes no item whose mark it cannot recognize.
    """

    def uppercase_titles(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        text = re.sub(
            r'"title":"([^"\\]*)"', lambda match: f'"title":"{match[1].upper()}"', response.text
        )
        return httpx.Response(
            response.status_code,
            headers={"content-type": response.headers.get("content-type", "")},
            text=text,
            request=request,
        )

    verdicts = decide_claims(
        build_toy_contract(tmp_path),
        "*/note/unknown",
        edit_response=uppercase_titles,
        profile=profile,
        exclusive=False,
    )
    assert Verdict.VIOLATED not in verdicts.values()


def test_names_respect_the_maximum_length(tmp_path: Path) -> None:
    """An item gets a plain name if an awkward one would be too long."""
    contract = build_toy_contract(
        tmp_path, ("minLength: 1, maxLength: 80", "minLength: 1, maxLength: 60")
    )
    verdicts = decide_claims(
        contract,
        "replaceNote/body/text/replaced",
        "replaceNote/fields-untouched",
        "replaceNote/neighbors-untouched",
        "replaceNote/answers",
    )
    assert set(verdicts.values()) == {Verdict.VERIFIED}


def test_plans_of_one_process_are_independent() -> None:
    """A quick plan does not affect later plans in the same process."""
    contract = loader.load_contract("losant")
    expected_tasks = plans.generate_plan(
        replace(contract, digest="one"), "1", RunProfile.STANDARD
    ).tasks
    plans.generate_plan(replace(contract, digest="two"), "1", RunProfile.QUICK)
    assert [
        task.scenario
        for task in plans.generate_plan(
            replace(contract, digest="two"), "1", RunProfile.STANDARD
        ).tasks
    ] == [task.scenario for task in expected_tasks]
