"""Runs through a generated client: honest ones are not accused, broken ones are found, and what
cannot be said is named.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib import resources
from pathlib import Path

import httpx
import pytest

from conformance.checks.call import ApiCall, CredentialKind
from conformance.codegen import package as packages
from conformance.codegen.plan import plan_package
from conformance.codegen.render import render_package
from conformance.contract.client import add_client_claims
from conformance.contract.json import Json
from conformance.embedded import create_embedded_target
from conformance.errors import UsageError
from conformance.generated_client import GeneratedClientDriver, load_client_driver
from conformance.suite import plan as plans
from conformance.suite.client_driver import UnsupportedByTypedClient
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.run import run_plan
from conformance.suite.target_client import CannotSend, TargetClient
from tests.judgment import load_contract

GENERATED = Path(__file__).parent.parent / "generated"
SOURCES = (
    resources.files("conformance.codegen") / "templates",
    resources.files("conformance.codegen") / "runtime",
)


def through(
    name: str, folder: Path, pattern: str = ""
) -> tuple[dict[str, ClaimDecided], RunFinished]:
    """Return the verdicts of a run of the embedded mock through the client in a folder, of the
    claims whose id holds `pattern`, and its end.
    """
    loaded = add_client_claims(load_contract(name))
    target = replace(create_embedded_target(loaded), driver=load_client_driver(loaded, str(folder)))
    only = [claim for claim in loaded.claims if pattern in claim.id]
    events = list(
        run_plan(
            plans.generate_plan(loaded, "1", plans.RunProfile.STANDARD, only), target, workers=1
        )
    )
    end = events[-1]
    assert isinstance(end, RunFinished)
    return {event.claim.id: event for event in events if isinstance(event, ClaimDecided)}, end


def emitted(name: str, folder: Path, file: str = "", before: str = "", after: str = "") -> Path:
    """Return the folder of a freshly emitted client, of which one template has `after` where
    `before` stands.
    """
    changed = {}
    if file:
        place = next(one for one in (SOURCES[0] / f"{file}.j2", SOURCES[1] / file) if one.is_file())
        source = place.read_text("utf-8")
        assert before in source
        changed = {file: source.replace(before, after)}
    packages.save_package_files(render_package(plan_package(load_contract(name)), changed), folder)
    return folder


@pytest.mark.parametrize(("name", "share"), [("losant", 0.85), ("push-express", 0.9)])
def test_an_honest_client_is_not_accused(name: str, share: float) -> None:
    """Nothing is violated, nearly all is decided, all claims about the client are verified, and
    nothing is left.
    """
    found, end = through(name, GENERATED / name)
    assert [id for id, one in found.items() if one.verdict is Verdict.VIOLATED] == []
    assert sum(one.verdict is Verdict.VERIFIED for one in found.values()) >= share * len(found)
    open_ = {
        id for id, one in found.items() if "/client/" in id and one.verdict is not Verdict.VERIFIED
    }
    assert {
        id for id in open_ if "/client/answers/4" not in id
    } == set()  # a refusal that only an invalid call brings
    assert end.leftovers == ()


@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_what_is_not_decided_says_what_no_client_sends(name: str) -> None:
    """Each claim that is open through a client, and was not without one, names what a typed client
    cannot send.
    """
    found, _ = through(name, GENERATED / name)
    assert [
        one.reason
        for one in found.values()
        if one.verdict is Verdict.UNDECIDED
        and "the typed client cannot send" not in (one.reason or "")
    ] == []


MUTANTS = {
    "drops a parameter": (
        "losant",
        "group.py",
        (
            "{% for argument in method.arguments %}\n                {{ argument.name | literal }}:"
            " {{ argument.name }},"
        ),
        (
            "{% for argument in method.arguments[:1] %}\n                {{ argument.name | literal"
            " }}: {{ argument.name }},"
        ),
        "listExperienceGroups/client/sends",
    ),
    "swaps two parameters": (
        "push-express",
        "group.py",
        "{{ argument.name | literal }}: {{ argument.name }},",
        (
            "{{ argument.name | literal }}: {{ (method.arguments[-1] if loop.first else"
            " method.arguments[0] if loop.last else argument).name }},"
        ),
        "listAppGroups/client/sends",
    ),
    "sends a default of its own": (
        "losant",
        "group.py",
        "{{ argument.name | literal }}: {{ argument.name }},",
        (
            "{{ argument.name | literal }}: {{ argument.name }} if {{ argument.name | literal }} !="
            " 'per_page' or {{ argument.name }} is not MISSING else 7,"
        ),
        "listExperienceGroups/client/sends",
    ),
    "loses null": (
        "losant",
        "_core.py",
        "if arguments.get(python_name, MISSING) is not MISSING\n        }",
        "if arguments.get(python_name) not in (None, MISSING)\n        }",
        "createExperienceGroup/client/sends",
    ),
    "loses a field of the answer": (
        "push-express",
        "_core.py",
        "return _get_type_adapter(documented).validate_json(content)",
        "return documented.type.model_construct()",
        "getAppGroup/client/answers",
    ),
    "takes all errors for one": (
        "push-express",
        "operations.py",
        "exception=errors.{{ response.exception }},",
        "exception=errors.{{ package.exceptions[0].name }},",
        "getAppGroup/client/answers",
    ),
    "returns None for the unknown": (
        "losant",
        "_core.py",
        (
            "raise UnexpectedStatus(\n                "
            'f"{operation.method} {operation.path} answered {status}, which is not documented:"\n'
            '                f" {_shorten_content(outcome)}",\n'
            "                outcome,\n            )"
        ),
        "return None",
        "listExperienceGroups/client/answers",
    ),
    "repeats a creation": (
        "push-express",
        "operations.py",
        "{% if method.idempotent %}",
        "{% if True %}",
        "createAppGroup/client/retries/5XX",
    ),
    "repeats nothing": (
        "push-express",
        "operations.py",
        "{% if method.idempotent %}",
        "{% if False %}",
        "getAppGroup/client/retries/5XX",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_broken_clients_are_found(mutant: str, tmp_path: Path) -> None:
    """The claim about the client that a mutated template breaks is violated; what the run made is
    removed all the same.
    """
    name, file, before, after, claim = MUTANTS[mutant]
    operation = claim.partition("/")[0]
    found, end = through(
        name,
        emitted(name, tmp_path / "client", file, before, after),
        "" if file == "operations.py" else operation,
    )
    assert found[claim].verdict is Verdict.VIOLATED
    assert end.leftovers == ()


def test_other_parts_of_a_run_see_a_broken_client_too(tmp_path: Path) -> None:
    """A client that loses a parameter also breaks the claims about what that parameter does."""
    folder = emitted("losant", tmp_path / "client", *MUTANTS["drops a parameter"][1:4])
    found, _ = through("losant", folder, "listExperienceGroups/")
    assert [
        id for id, one in found.items() if one.verdict is Verdict.VIOLATED and "/client/" not in id
    ]


def line(name: str, handler: Json, folder: Path | None = None) -> TargetClient:
    """Return a line to a handler, spoken through a client."""
    loaded = load_contract(name)
    target = replace(
        create_embedded_target(loaded),
        transport=httpx.MockTransport(handler),
        driver=load_client_driver(loaded, str(folder or GENERATED / name)),
    )
    return TargetClient(loaded, target)


UNSPEAKABLE = [
    (ApiCall(operation="getAppGroup", arguments={"app_group_id": 1}, query={"more": "1"}), "more"),
    (ApiCall(operation="getAppGroup", arguments={"app_group_id": "x"}), "app_group_id"),
    (ApiCall(operation="getAppGroup", arguments={"app_group_id": 1}, body={}), "a body"),
    (ApiCall(operation="createAppGroup", text="{"), "no JSON"),
    (ApiCall(operation="createAppGroup", body=[]), "no object"),
    (ApiCall(operation="createAppGroup", body={"name": "x"}), "app_ids"),
    (
        ApiCall(
            operation="createAppGroup",
            body={"name": "x", "app_ids": [], "all_apps": True, "more": 1},
        ),
        "more",
    ),
    (ApiCall(operation="listAppGroups", credential=CredentialKind.WITHOUT_SCHEME), "Bearer"),
]


@pytest.mark.parametrize(("call", "named"), UNSPEAKABLE)
def test_what_is_no_valid_call_is_not_sent(call: ApiCall, named: str) -> None:
    """Nothing is sent, nothing is counted, and the reason names what cannot be sent."""
    sent: list[httpx.Request] = []
    one = line("push-express", lambda request: sent.append(request))
    with pytest.raises(CannotSend, match=f"the typed client cannot send .*{named}"):
        one.send("any", call)
    assert (sent, one.budget.requests) == ([], 0)
    one.close()


def test_what_is_kept_is_what_was_sent() -> None:
    """The exchange holds the request of the client, its secrets masked, and the value that the
    client made of the answer.
    """
    body = {
        "id": 1,
        "app_ids": [2],
        "name": "x",
        "all_apps": False,
        "archived": True,
        "new": {"a": [1.5]},
    }
    one = line("push-express", lambda request: httpx.Response(200, json=body))
    exchange = one.send("any", ApiCall(operation="getAppGroup", arguments={"app_group_id": 1}))
    one.close()
    assert exchange.client_call is not None
    assert exchange.request.headers["authorization"] == "Bearer $TOKEN"
    assert exchange.request.headers["user-agent"] == "conformance"
    assert exchange.client_call.outcome.value == exchange.json == body
    assert (
        exchange.client_call.attempts,
        exchange.client_call.server_attempts,
        one.budget.requests,
    ) == (1, 1, 1)


def test_the_line_tries_again_not_the_client() -> None:
    """An answer that may pass is asked for again by the line; each try is one call of the
    client.
    """
    answers = iter([503, 200])
    one = line(
        "push-express", lambda request: httpx.Response(next(answers), json={"app_groups": []})
    )
    exchange = one.send("any", ApiCall(operation="listAppGroups"))
    one.close()
    assert exchange.client_call is not None
    assert (exchange.status, exchange.client_call.attempts, one.budget.requests) == (200, 1, 2)


def test_a_failing_gateway_keeps_the_server_out() -> None:
    """The statuses of a gateway are answered by the line: the server sees only the tries after
    them.
    """
    sent: list[httpx.Request] = []
    one = line(
        "push-express",
        lambda request: (sent.append(request), httpx.Response(200, json={"app_groups": []}))[1],
    )
    again = one.send("any", ApiCall(operation="listAppGroups", gateway_statuses=(503,)))
    never = one.send("any", ApiCall(operation="listAppGroups", gateway_statuses=(502,) * 9))
    one.close()
    assert again.client_call is not None
    assert never.client_call is not None
    assert (
        again.client_call.attempts,
        again.client_call.server_attempts,
        never.client_call.server_attempts,
        len(sent),
    ) == (2, 1, 0, 1)
    assert never.client_call.outcome.exception_names[0] == "Unavailable"


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("no_such_package", "cannot be imported"),
        ("json", "cannot be imported"),
        (str(GENERATED), "no generated package"),
        (str(GENERATED / "losant"), "another"),
    ],
)
def test_other_packages_are_refused(package: str, message: str) -> None:
    """What is no generated client of this contract is a mistake of the user's, which is told."""
    with pytest.raises(UsageError, match=message):
        load_client_driver(load_contract("push-express"), package)


def test_a_package_is_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An importable package is imported by its name."""
    shutil.copytree(GENERATED / "push-express" / "push_express_client", tmp_path / "spoken_by_name")
    monkeypatch.syspath_prepend(tmp_path)
    assert (
        load_client_driver(load_contract("push-express"), "spoken_by_name").module.__name__
        == "spoken_by_name"
    )


def test_operations_that_a_client_lacks_are_named() -> None:
    """A call of an operation that is not in the package cannot be sent."""
    found = load_client_driver(load_contract("push-express"), str(GENERATED / "push-express"))
    lacking = GeneratedClientDriver(found.contract, found.module, {})
    with pytest.raises(UnsupportedByTypedClient, match="no such operation"):
        lacking.send_call(
            ApiCall(operation="listAppGroups"),
            create_embedded_target(found.contract),
            httpx.MockTransport(lambda request: httpx.Response(200)),
        )
