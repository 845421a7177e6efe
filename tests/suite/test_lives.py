"""What a quick run sees in the one life of a thing is what a longer run sees in many: servers that
would part the two.
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
Before = Callable[[httpx.BaseTransport, httpx.Request], httpx.Request | httpx.Response]
After = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Between(httpx.BaseTransport):
    """A mock behind something that changes what is asked, or what is answered."""

    def __init__(self, inner: httpx.BaseTransport, before: Before, after: After) -> None:
        self.inner, self.before, self.after = inner, before, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        found = self.before(self.inner, request)
        return (
            found
            if isinstance(found, httpx.Response)
            else self.after(request, self.inner.handle_request(found))
        )


def toy(folder: Path, *changes: tuple[str, str]) -> Contract:
    """Return the toy contract with some of its text replaced."""
    texts = {file.name: file.read_text() for file in TOY.glob("*.yaml")}
    for old, new in changes:
        name = next(name for name, text in texts.items() if old in text)
        texts[name] = texts[name].replace(old, new, 1)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return loader.load_contract(str(folder))


def verdicts(
    contract: Contract,
    *claims: str,
    before: Before = lambda inner, request: request,
    after: After = lambda request, answer: answer,
    profile: RunProfile = RunProfile.QUICK,
    workers: int = 1,
    **given: object,
) -> dict[str, Verdict]:
    """Return the verdicts of a run on an embedded mock with something before it."""
    mock = Mock(contract, embedded.build_embedded_mock_config(contract))
    target = replace(
        embedded.build_mock_target(
            mock, contract, transport=Between(Transport(mock), before, after)
        ),
        stocked_transport=None,
        **given,
    )  # type: ignore[arg-type]
    chosen = [claim for claim in contract.claims if any(fnmatch(claim.id, one) for one in claims)]
    assert chosen
    events = run_plan(plans.generate_plan(contract, "1", profile, chosen), target, workers=workers)
    return {event.claim.id: event.verdict for event in events if isinstance(event, ClaimDecided)}


def patched() -> tuple[str, str]:
    """Return the change by which the toy gets an operation that changes only what is sent."""
    text = (TOY / "openapi.yaml").read_text()
    first = text.index("    put:\n      operationId: replaceNote")
    last = text.index("    delete:\n      operationId: deleteNote")
    return (
        text[last : last + 40],
        text[first:last].replace("put:", "patch:").replace("replaceNote", "changeNote")
        + text[last : last + 40],
    )


PATCH = (
    patched(),
    ("replaced: N9,", "replaced: N9, changed: N9,"),
    ("replace: replaceNote,", "replace: replaceNote, change: changeNote,"),
    ("replaceNote: N9,", "replaceNote: N9, changeNote: N9,"),
)


def test_reads_that_lag_are_waited_for(tmp_path: Path) -> None:
    """A server that shows what was written a moment later, as the run was told, breaks nothing."""
    shown: dict[str, tuple[int, bytes]] = {}
    written: dict[str, float] = {}

    def after(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        found = re.match(r".*/notes/([^/]+)(/\w+)?$", request.url.path)
        if found and request.method != "GET":
            written[found[1]] = time.monotonic()
        if not found or request.method != "GET" or found[2]:
            return answer
        if found[1] in shown and time.monotonic() - written.get(found[1], -9) < 0.05:
            status, content = shown[found[1]]
            return httpx.Response(
                status,
                headers={"content-type": "application/json"},
                content=content,
                request=request,
            )
        shown[found[1]] = answer.status_code, answer.content
        return answer

    found = verdicts(
        toy(tmp_path),
        "pinNote/switches/*",
        "pinNote/twice",
        "replaceNote/body/*/replaced",
        "deleteNote/gone",
        after=after,
        settle_seconds=0.08,
    )
    assert set(found.values()) == {Verdict.VERIFIED}


def test_a_read_that_only_a_client_knows_is_not_the_look(tmp_path: Path) -> None:
    """Where things are looked at in the list, that the list answers does not mean that the thing is
    there.
    """
    contract = toy(
        tmp_path,
        ("      operationId: readNote\n", "      operationId: readNote\n      x-basis: client\n"),
    )
    assert verdicts(contract, "deleteNote/gone", "deleteNote/answers") == {
        "deleteNote/gone": Verdict.VERIFIED,
        "deleteNote/answers": Verdict.VERIFIED,
    }


@pytest.mark.parametrize("profile", [RunProfile.QUICK, RunProfile.STANDARD])
def test_a_change_after_a_replacement_changes_something(
    tmp_path: Path, profile: RunProfile
) -> None:
    """An operation that does nothing is found out, though another has changed the thing before; an
    honest one holds.
    """

    def idle(inner: httpx.BaseTransport, request: httpx.Request) -> httpx.Request | httpx.Response:
        headers = {"authorization": request.headers.get("authorization", "")}
        return (
            inner.handle_request(httpx.Request("GET", request.url, headers=headers))
            if request.method == "PATCH"
            else request
        )

    contract = toy(tmp_path, *PATCH)
    claims = {f"changeNote/body/{name}/changed" for name in ("title", "text", "stars")}
    assert verdicts(contract, *claims, before=idle, profile=profile) == dict.fromkeys(
        claims, Verdict.VIOLATED
    )
    assert verdicts(contract, *claims, profile=profile) == dict.fromkeys(claims, Verdict.VERIFIED)


@pytest.mark.parametrize("profile", [RunProfile.QUICK, RunProfile.STANDARD])
def test_a_replacement_does_not_throw_the_switch(tmp_path: Path, profile: RunProfile) -> None:
    """Where bodies may say what a switch says, a switch that does nothing is found out all the
    same.
    """

    def idle(inner: httpx.BaseTransport, request: httpx.Request) -> httpx.Request | httpx.Response:
        return (
            httpx.Response(204, request=request)
            if request.url.path.endswith("/pin") and request.method == "POST"
            else request
        )

    text = "    text: {type: string, x-source: {stored: N7}}\n"
    contract = toy(tmp_path, (text, text + "    pinned: {type: boolean, x-source: {stored: N7}}\n"))
    assert verdicts(contract, "pinNote/switches/pinned", before=idle, profile=profile) == {
        "pinNote/switches/pinned": Verdict.VIOLATED
    }
    assert verdicts(contract, "pinNote/switches/pinned", profile=profile) == {
        "pinNote/switches/pinned": Verdict.VERIFIED
    }


def test_credentials_are_not_verified_by_a_thing_that_is_gone(tmp_path: Path) -> None:
    """A server that looks at no credentials lets another request remove the thing: that it is not
    found then is no refusal.
    """

    def careless(inner: httpx.BaseTransport, request: httpx.Request) -> httpx.Request:
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

    found = verdicts(toy(tmp_path), "*/credentials/*", before=careless, workers=8)
    assert Verdict.VERIFIED not in found.values()


@pytest.mark.parametrize("profile", [RunProfile.QUICK, RunProfile.STANDARD])
def test_what_was_not_deleted_is_not_unknown(tmp_path: Path, profile: RunProfile) -> None:
    """Where the run may not delete what it cannot recognize as its own, nothing follows from its
    being there.
    """

    def shouted(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        text = re.sub(
            r'"title":"([^"\\]*)"', lambda found: f'"title":"{found[1].upper()}"', answer.text
        )
        return httpx.Response(
            answer.status_code,
            headers={"content-type": answer.headers.get("content-type", "")},
            text=text,
            request=request,
        )

    found = verdicts(
        toy(tmp_path), "*/note/unknown", after=shouted, profile=profile, exclusive=False
    )
    assert Verdict.VIOLATED not in found.values()


def test_names_are_as_long_as_they_may_be(tmp_path: Path) -> None:
    """Where an awkward name would be too long, the life's thing gets a plain one."""
    contract = toy(tmp_path, ("minLength: 1, maxLength: 80", "minLength: 1, maxLength: 60"))
    found = verdicts(
        contract,
        "replaceNote/body/text/replaced",
        "replaceNote/fields-untouched",
        "replaceNote/neighbors-untouched",
        "replaceNote/answers",
    )
    assert set(found.values()) == {Verdict.VERIFIED}


def test_plans_of_one_process_do_not_meet() -> None:
    """A quick plan leaves nothing behind that another plan would take for its own."""
    contract = loader.load_contract("losant")
    plain = plans.generate_plan(replace(contract, digest="one"), "1", RunProfile.STANDARD).tasks
    plans.generate_plan(replace(contract, digest="two"), "1", RunProfile.QUICK)
    assert [
        task.scenario
        for task in plans.generate_plan(
            replace(contract, digest="two"), "1", RunProfile.STANDARD
        ).tasks
    ] == [task.scenario for task in plain]
