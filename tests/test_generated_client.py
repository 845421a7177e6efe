"""Runs through a generated client: correct clients get no violation, mutated ones do, and
unsupported calls are named.
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


def run_through_client(
    name: str, folder: Path, pattern: str = ""
) -> tuple[dict[str, ClaimDecided], RunFinished]:
    """Return the verdicts and the end of a run on the embedded mock through the client in a folder.

    The run is limited to claims whose id contains `pattern`.
    """
    contract = add_client_claims(load_contract(name))
    target = replace(
        create_embedded_target(contract), driver=load_client_driver(contract, str(folder))
    )
    claims = [claim for claim in contract.claims if pattern in claim.id]
    events = list(
        run_plan(
            plans.generate_plan(contract, "1", plans.RunProfile.STANDARD, claims), target, workers=1
        )
    )
    end = events[-1]
    assert isinstance(end, RunFinished)
    return {event.claim.id: event for event in events if isinstance(event, ClaimDecided)}, end


def emit_client(name: str, folder: Path, file: str = "", before: str = "", after: str = "") -> Path:
    """Emit a client and return its folder. In one template, `after` replaces `before`."""
    changed_templates = {}
    if file:
        template = next(
            path for path in (SOURCES[0] / f"{file}.j2", SOURCES[1] / file) if path.is_file()
        )
        source = template.read_text("utf-8")
        assert before in source
        changed_templates = {file: source.replace(before, after)}
    packages.save_package_files(
        render_package(plan_package(load_contract(name)), changed_templates), folder
    )
    return folder


@pytest.mark.parametrize(("name", "share"), [("losant", 0.85), ("push-express", 0.9)])
def test_an_unmodified_client_has_no_violations(name: str, share: float) -> None:
    """No claim is violated, nearly all are decided, all claims about the client are verified, and
    no items are left over.
    """
    decisions_by_claim, end = run_through_client(name, GENERATED / name)
    assert [
        id for id, decision in decisions_by_claim.items() if decision.verdict is Verdict.VIOLATED
    ] == []
    assert sum(
        decision.verdict is Verdict.VERIFIED for decision in decisions_by_claim.values()
    ) >= share * len(decisions_by_claim)
    undecided_ids = {
        id
        for id, decision in decisions_by_claim.items()
        if "/client/" in id and decision.verdict is not Verdict.VERIFIED
    }
    assert {
        id for id in undecided_ids if "/client/answers/4" not in id
    } == set()  # an error status that only an invalid call causes
    assert end.leftovers == ()


@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_undecided_claims_name_the_unsupported_call(name: str) -> None:
    """Each claim that is undecided through the client, and was decided without one, names what a
    typed client cannot send.
    """
    decisions_by_claim, _ = run_through_client(name, GENERATED / name)
    assert [
        decision.reason
        for decision in decisions_by_claim.values()
        if decision.verdict is Verdict.UNDECIDED
        and "the typed client cannot send" not in (decision.reason or "")
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
        ("raise self._create_status_error(UnexpectedStatus, text, outcome)"),
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
def test_mutated_clients_are_found(mutant: str, tmp_path: Path) -> None:
    """The claim about the client that the mutated template breaks is violated.

    The items of the run are still removed.
    """
    name, file, before, after, claim = MUTANTS[mutant]
    operation = claim.partition("/")[0]
    decisions_by_claim, end = run_through_client(
        name,
        emit_client(name, tmp_path / "client", file, before, after),
        "" if file == "operations.py" else operation,
    )
    assert decisions_by_claim[claim].verdict is Verdict.VIOLATED
    assert end.leftovers == ()


def test_other_claims_detect_a_mutated_client(tmp_path: Path) -> None:
    """A client that drops a parameter also breaks the claims about the effect of that parameter."""
    folder = emit_client("losant", tmp_path / "client", *MUTANTS["drops a parameter"][1:4])
    decisions_by_claim, _ = run_through_client("losant", folder, "listExperienceGroups/")
    assert [
        id
        for id, decision in decisions_by_claim.items()
        if decision.verdict is Verdict.VIOLATED and "/client/" not in id
    ]


def build_target_client(name: str, handler: Json, folder: Path | None = None) -> TargetClient:
    """Return a target client that sends through a generated client to a handler."""
    contract = load_contract(name)
    target = replace(
        create_embedded_target(contract),
        transport=httpx.MockTransport(handler),
        driver=load_client_driver(contract, str(folder or GENERATED / name)),
    )
    return TargetClient(contract, target)


UNSUPPORTED_CALLS = [
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


@pytest.mark.parametrize(("call", "reason"), UNSUPPORTED_CALLS)
def test_unsupported_calls_are_not_sent(call: ApiCall, reason: str) -> None:
    """Nothing is sent or counted, and the error names what cannot be sent."""
    sent: list[httpx.Request] = []
    target_client = build_target_client("push-express", lambda request: sent.append(request))
    with pytest.raises(CannotSend, match=f"the typed client cannot send .*{reason}"):
        target_client.send("any", call)
    assert (sent, target_client.budget.requests) == ([], 0)
    target_client.close()


def test_the_exchange_records_the_sent_request() -> None:
    """The exchange has the client's request with masked secrets, and the value that the client
    parsed from the response.
    """
    body = {
        "id": 1,
        "app_ids": [2],
        "name": "x",
        "all_apps": False,
        "archived": True,
        "new": {"a": [1.5]},
    }
    target_client = build_target_client(
        "push-express", lambda request: httpx.Response(200, json=body)
    )
    exchange = target_client.send(
        "any", ApiCall(operation="getAppGroup", arguments={"app_group_id": 1})
    )
    target_client.close()
    assert exchange.client_call is not None
    assert exchange.request.headers["authorization"] == "Bearer $TOKEN"
    assert exchange.request.headers["user-agent"] == "conformance"
    assert exchange.client_call.outcome.value == exchange.json == body
    assert (
        exchange.client_call.attempts,
        exchange.client_call.server_attempts,
        target_client.budget.requests,
    ) == (1, 1, 1)


def test_the_target_client_retries() -> None:
    """After a transient status, the target client retries.

    Each attempt is one call of the generated client.
    """
    statuses = iter([503, 200])
    target_client = build_target_client(
        "push-express", lambda request: httpx.Response(next(statuses), json={"app_groups": []})
    )
    exchange = target_client.send("any", ApiCall(operation="listAppGroups"))
    target_client.close()
    assert exchange.client_call is not None
    assert (exchange.status, exchange.client_call.attempts, target_client.budget.requests) == (
        200,
        1,
        2,
    )


def test_simulated_gateway_errors_do_not_reach_the_server() -> None:
    """The target client returns the gateway statuses itself.

    The server receives only the attempts after them.
    """
    sent: list[httpx.Request] = []
    target_client = build_target_client(
        "push-express",
        lambda request: (sent.append(request), httpx.Response(200, json={"app_groups": []}))[1],
    )
    recovered = target_client.send(
        "any", ApiCall(operation="listAppGroups", gateway_statuses=(503,))
    )
    failed = target_client.send(
        "any", ApiCall(operation="listAppGroups", gateway_statuses=(502,) * 9)
    )
    target_client.close()
    assert recovered.client_call is not None
    assert failed.client_call is not None
    assert (
        recovered.client_call.attempts,
        recovered.client_call.server_attempts,
        failed.client_call.server_attempts,
        len(sent),
    ) == (2, 1, 0, 1)
    assert failed.client_call.outcome.exception_names[0] == "Unavailable"


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("no_such_package", "cannot be imported"),
        ("json", "cannot be imported"),
        (str(GENERATED), "no generated package"),
        (str(GENERATED / "losant"), "another"),
    ],
)
def test_invalid_packages_are_refused(package: str, message: str) -> None:
    """A package that is not a generated client of this contract is a usage error."""
    with pytest.raises(UsageError, match=message):
        load_client_driver(load_contract("push-express"), package)


def test_a_package_is_imported_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An importable package is imported by its name."""
    shutil.copytree(GENERATED / "push-express" / "push_express_client", tmp_path / "spoken_by_name")
    monkeypatch.syspath_prepend(tmp_path)
    assert (
        load_client_driver(load_contract("push-express"), "spoken_by_name").module.__name__
        == "spoken_by_name"
    )


def test_an_operation_missing_in_the_client_is_unsupported() -> None:
    """A call of an operation that is not in the package cannot be sent."""
    driver = load_client_driver(load_contract("push-express"), str(GENERATED / "push-express"))
    empty_driver = GeneratedClientDriver(driver.contract, driver.module, {})
    with pytest.raises(UnsupportedByTypedClient, match="no such operation"):
        empty_driver.send_call(
            ApiCall(operation="listAppGroups"),
            create_embedded_target(driver.contract),
            httpx.MockTransport(lambda request: httpx.Response(200)),
        )
