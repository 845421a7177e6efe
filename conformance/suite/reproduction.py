"""A finding as a script that stands alone: Python, without this tool or any other package."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from pprint import pformat
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.call import (
    ApiCall,
    EarlierRequestValue,
    EarlierResponseValue,
    FixtureValue,
    OtherParentId,
    Placeholder,
    TextWithRunMark,
    fill_placeholders,
)
from conformance.checks.listing import find_pagination, get_largest_documented_page_size
from conformance.checks.scenario import AnyStep, PagedReadStep
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.mark import SAMPLE_MARK
from conformance.contract.pointer import MISSING
from conformance.errors import Problem, UsageError
from conformance.protocol import is_json
from conformance.suite import request_encoding
from conformance.suite.body_encoding import encode_body
from conformance.suite.credentials import explain_impossible_credentials, list_secret_placeholders
from conformance.suite.plan import Plan, ScenarioTask
from conformance.suite.replay import DecisiveStep, find_tasks_to_replay
from conformance.suite.target import Target, get_path_parameter_value

MAX_SCENARIOS = 6  # of one script
MAX_SHOWN_STEPS = 3  # of a scenario: the last ones of the finding
_RUNTIME_FILE = Path(__file__).parent / "reproduction_runtime.py"


def build_reproduction(plan: Plan, target: Target, claim: Json, decisive_step: DecisiveStep) -> str:
    """Return a script that makes what a finding needs, shows the answer, and deletes what it made.

    `claim` is the violated claim of a result. Secrets of the target become environment variables.
    Raises UsageError if no script can show it: it was found by a typed client, the fuzzer, or with
    values that the target lacks.
    """
    tasks = find_tasks_to_replay(plan, claim["id"], decisive_step)
    if not tasks:
        raise UsageError(Problem(message=f"no scenario of the contract shows {claim['id']}"))
    exchanges = claim["findings"][0]["exchanges"][-MAX_SHOWN_STEPS:]
    shown_steps = {exchange.get("step", "") for exchange in exchanges}
    queries = [
        dict(parse_qsl(urlsplit(exchange["request"]["url"]).query)) for exchange in exchanges
    ]
    builder = _ReproductionBuilder(plan.contract, target, shown_steps, queries)
    data = builder.build_data(_select_tasks(tasks, decisive_step.step), claim)
    runtime = _RUNTIME_FILE.read_text("utf-8")
    return (
        "#!/usr/bin/env python3\n"
        f"{runtime}\n\nDATA = {pformat(data, width=96, sort_dicts=False)}\n\n"
        'if __name__ == "__main__":\n    main(DATA)\n'
    )


def _select_tasks(tasks: list[ScenarioTask], decisive_step: str) -> list[ScenarioTask]:
    """Return the tasks that hold the decisive step; a result does not say in which it showed."""
    holding = [
        task
        for task in tasks
        if decisive_step in {*task.scenario.aliases, *(step.name for step in list_steps(task))}
    ]
    return (holding or tasks)[:MAX_SCENARIOS]


def list_steps(task: ScenarioTask) -> list[AnyStep]:
    """Return the steps of a scenario, those of its setup first."""
    scenario = task.scenario
    return [*(scenario.setup.steps if scenario.setup else ()), *scenario.steps]


class _ReproductionBuilder:
    """Turns the steps of scenarios into requests whose unknown values have names."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        shown_steps: set[str],
        queries: list[dict[str, str]],
    ) -> None:
        self._contract = contract
        self._target = _replace_secrets_by_stand_ins(contract, target)
        self._shown_steps = shown_steps
        self._queries = queries  # of the requests that showed the finding
        self._placeholders = {
            secret: f"placeholder-secret_{name[1:]}-x"
            for secret, name in list_secret_placeholders(self._target).items()
        }
        self._references: dict[str, tuple[str, str]] = {}
        self._bodies: dict[str, Json] = {}

    def build_data(self, tasks: list[ScenarioTask], claim: Json) -> Json:
        """Return what the script's runtime wants."""
        setups: dict[str, list[Json]] = {}
        scenarios = []
        for task in tasks:
            self._bodies = {}
            setup, aliases = task.scenario.setup, task.scenario.aliases
            self._shown_in_task = {aliases.get(name, name) for name in self._shown_steps}
            setup_requests = [self._build_step(step) for step in (setup.steps if setup else ())]
            requests = [self._build_step(step) for step in task.scenario.steps]
            if not any(request["decisive"] for request in (*setup_requests, *requests)):
                (requests or setup_requests)[-1]["decisive"] = True
            if setup is not None:
                setups.setdefault(setup.name, setup_requests)
            scenarios.append(
                {
                    "label": task.scenario.label,
                    "setup": setup.name if setup else "",
                    "steps": requests,
                }
            )
        finding = claim["findings"][0]
        return {
            "claim": claim["id"],
            "promised": claim["text"],
            "instead": finding["message"][:1000],
            "base_url": self._target.url.rstrip("/"),
            "mark": SAMPLE_MARK,
            "references": self._references,
            "setups": setups,
            "scenarios": scenarios,
        }

    def _build_step(self, step: AnyStep) -> Json:
        call = self._fill(step.name, step.call)
        paging = find_pagination(self._contract, call.operation)
        resource = self._contract.resource_for(call.operation)
        page: Json = None
        if isinstance(step, PagedReadStep) and paging is not None and resource is not None:
            shown_sizes = [query.get(paging.size_parameter, "") for query in self._queries]
            size = (
                # what a larger page hides is not shown by it
                next((int(text) for text in shown_sizes if text.isdecimal()), None)
                or step.size
                or get_largest_documented_page_size(self._contract, call.operation)
            )
            page = {
                "first": paging.first_page,
                "step": size if paging.counts_items else 1,
                "size": size,
                "items": resource.items_pointer,
            }
            call = replace(
                call,
                arguments={
                    **call.arguments,
                    paging.page_parameter: "placeholder-page-x",
                    paging.size_parameter: size,
                },
            )
        request = self._build_request(call)
        is_creation = (
            resource is not None
            and call.operation == resource.create
            and resource.delete is not None
            and resource.id_parameter is not None
        )
        return {
            "name": step.name,
            **request,
            "skip_if_succeeded": getattr(step, "skip_if_succeeded", None),
            "decisive": step.name in self._shown_in_task,
            "paging": page,
            "identity": resource.identity_pointer if resource else "",
            "delete": self._build_item_request(call, resource.delete)
            if is_creation and resource
            else None,
            "before_delete": [
                self._build_item_request(call, switch.on) for switch in resource.switches
            ]
            if is_creation and resource
            else [],
        }

    def _build_item_request(self, creation: ApiCall, operation_id: str | None) -> Json:
        """Return a request about what a creation made; its identity is a placeholder."""
        operation = self._contract.operations[operation_id or ""]
        resource = self._contract.resource_for(creation.operation)
        arguments = {
            parameter.name: creation.arguments[parameter.name]
            for parameter in operation.parameters
            if parameter.location is ParameterLocation.PATH and parameter.name in creation.arguments
        }
        if resource is not None and resource.id_parameter is not None:
            arguments[resource.id_parameter] = "placeholder-identity-x"
        return self._build_request(ApiCall(operation=operation.id, arguments=arguments))

    def _build_request(self, call: ApiCall) -> Json:
        operation = self._contract.operations[call.operation]
        reason = explain_impossible_credentials(self._contract, self._target, call)
        if call.gateway_statuses:
            reason = "it is about a typed client"
        if reason is not None:
            raise UsageError(Problem(message=f"no script can show it: {reason}"))
        url = request_encoding.build_request_url(self._contract, self._target, call)
        base_url = self._target.url.rstrip("/")
        if not url.startswith(base_url):
            raise UsageError(
                Problem(message=f"no script can show it: {operation.id} has a server of its own")
            )
        headers = request_encoding.build_request_headers(self._contract, self._target, call)
        body = encode_body(operation.body, call)
        masked = {name: self._name_secrets(value) for name, value in headers.items()}
        return {
            "method": operation.method,
            "url": self._name_secrets(url.removeprefix(base_url)),
            "headers": masked,
            "encodes_basic": "placeholder-secret" in masked.get("Authorization", ""),
            "body": None if body is None else self._name_secrets(body.text),
            "is_json": body is not None and is_json(body.content_type),
        }

    def _name_secrets(self, text: str) -> str:
        """Return a text with a placeholder for each stand-in of a secret, longest first."""
        for secret in sorted(self._placeholders, key=len, reverse=True):
            text = text.replace(secret, self._placeholders[secret])
        return text

    def _fill(self, name: str, call: ApiCall) -> ApiCall:
        """Return a call in which what only the run knows is a named placeholder."""
        arguments: dict[str, Json] = dict(fill_placeholders(call.arguments, self._fill_placeholder))
        for parameter in self._contract.operations[call.operation].parameters:
            if parameter.location is ParameterLocation.PATH and parameter.name not in arguments:
                arguments[parameter.name] = get_path_parameter_value(
                    self._contract, self._target, call.operation, parameter.name
                )
        body = (
            call.body
            if call.body is MISSING
            else fill_placeholders(call.body, self._fill_placeholder)
        )
        self._bodies[name] = body
        text = None if call.text is None else call.text.replace("{m}", SAMPLE_MARK)
        headers = fill_placeholders(call.headers, self._fill_placeholder)
        return replace(call, arguments=arguments, body=body, text=text, headers=headers)

    def _fill_placeholder(self, placeholder: Placeholder) -> Json:
        match placeholder:
            case EarlierResponseValue(pointer=pointer) if pointer.startswith("header:"):
                message = f"a script cannot send the {pointer} of an earlier answer"
                raise UsageError(Problem(message=message, hint="use `conformance replay` alone"))
            case EarlierResponseValue(step, pointer):
                key = next(
                    (name for name, value in self._references.items() if value == (step, pointer)),
                    f"r{len(self._references)}",
                )
                self._references[key] = (step, pointer)
                return f"placeholder-{key}-x"
            case EarlierRequestValue(step, pointer):
                return pointers.get_at_pointer(self._bodies.get(step), pointer)
            case TextWithRunMark():
                return (
                    placeholder.unmarked
                    if placeholder.unmarked is not None and self._target.exclusive
                    else placeholder.render(SAMPLE_MARK)
                )
            case FixtureValue(name, index, fallback):
                values = self._target.fixtures.get(name, ())
                return values[index] if index < len(values) else fallback
            case OtherParentId(name):
                values = self._target.fixtures.get(name, ())
                if len(values) < 2:
                    hint = f"give --fixture {name}=ID,ID"
                    raise UsageError(Problem(message=f"it needs a second {name}", hint=hint))
                return values[1]


def _replace_secrets_by_stand_ins(contract: Contract, target: Target) -> Target:
    """Return the target with a stand-in for each secret, those that it lacks included.

    A script holds no secret, and a report may have been made with other ones.
    """

    def stand_in(name: str) -> str:
        return f"stand-in-{hashlib.sha256(name.encode()).hexdigest()[:20]}"

    return replace(
        target,
        token=stand_in("token"),
        user=f"{stand_in('user')}:{stand_in('password')}",
        other_token=stand_in("other token"),
        other_user=f"{stand_in('other user')}:{stand_in('other password')}",
        scoped_tokens={scope: stand_in(f"scope {scope}") for scope in contract.scopes},
        credentials={name: stand_in(f"credential {name}") for name in target.credentials},
        headers={name: stand_in(f"header {name}") for name in target.headers},
        token_source=None,
    )
