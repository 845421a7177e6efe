"""Judges traffic that others cause: what passes a proxy between a client and a server.

Nothing was made for this and nobody waits for a verdict, so only what an exchange shows by itself
counts: the checks that hear every answer, and what a list answer says of its own order, filter and
page. A breach must show in two answers, as in a run.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from conformance.checks import passing
from conformance.checks.call import Call
from conformance.checks.check import Check, Setting, watched
from conformance.checks.exchange import Exchange, Request, Response
from conformance.checks.observation import Broken, Held, Observation, Unreached, Unsettled
from conformance.checks.register import CHECKS
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.suite.event import Decided, Event, Finished, Started, Verdict
from conformance.suite.json_limits import beyond
from conformance.suite.line import Heard, unheard
from conformance.suite.passage import (
    Passage,
    decoded,
    excerpt,
    joined,
    secrets,
    shown,
    veiled,
    veiled_target,
)
from conformance.suite.recognition import asked, recognised
from conformance.suite.target import Target
from conformance.suite.traffic import Traffic
from conformance.suite.verdict import decide

KEPT = 3  # observations of one sort that are kept of a claim
LONGEST = 8 * 1024 * 1024  # bytes of a body that is judged
STRANGERS = (
    50  # requests outside the contract that are named, and ways in which the upstream failed
)
# what HTTP has servers answer to the form of a request, whatever the API
OF_HTTP = (206, 304, 408, 411, 412, 414, 416, 417, 421, 426, 431, 501, 505)
CONDITIONAL = (
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "range",
)


@dataclass(slots=True)
class Tally:
    """What passed, in numbers. `outside` counts requests that the contract does not know, `failed`
    those without an answer, `unjudged` says why not.
    """

    passed: int = 0
    judged: int = 0
    outside: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    unjudged: Counter[str] = field(default_factory=Counter)


class Listener:
    """Hears every passage, one at a time, and knows in the end what they say of each claim. Its
    memory does not grow with the traffic.

    `tap` is called with each exchange as reports may show it: secrets masked, long bodies cut.
    `secret_names` are names of headers, parameters and fields that hold secrets, besides those that
    are known.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        tap: Heard = unheard,
        secret_names: Iterable[str] = (),
    ) -> None:
        self.contract, self.target, self.tally, self._tap = contract, target, Tally(), tap
        self._base = urlsplit(target.url).path.rstrip("/")
        self._private = credentials(contract) | {name.lower() for name in secret_names}
        self._began = time.time()
        self._traffic = Traffic()
        self._seen: defaultdict[str, list[Observation]] = defaultdict(list)
        self._held: Counter[str] = Counter()
        self._settings = {
            claim.id: Setting(contract=contract, claim=claim, seed="") for claim in contract.claims
        }
        self._hearing: defaultdict[str, list[tuple[Setting, Check]]] = defaultdict(list)
        for setting in self._settings.values():
            check = CHECKS[setting.claim.kind]
            if check.watch is not None or setting.claim.kind in passing.JUDGES:
                self._hearing[setting.claim.operation].append((setting, check))

    def hear(self, passage: Passage) -> None:
        """Judge what passed."""
        self.tally.passed += 1
        if passage.failure is not None:
            _count(self.tally.failed, veiled(passage.failure, secrets(passage, self._private)))
        path, _, query = passage.target.partition("?")
        found = (
            recognised(self.contract, passage.method, path.removeprefix(self._base))
            if path.startswith(self._base + "/")
            else None
        )
        if found is None:
            known = secrets(passage, self._private)
            _count(self.tally.outside, f"{passage.method} {veiled(path, known)[:200]}")
            self._tap(self._outside(passage))
            return
        operation, values = found
        body = (
            None
            if passage.received is None
            else decoded(
                passage.received, joined(passage.answered).get("content-encoding", ""), LONGEST
            )
        )
        call = asked(self.contract, operation, values, query) if passage.quiet else None
        exchange = self._exchange(
            passage, call or Call(operation=operation.id, arguments=values), body
        )
        known = secrets(passage, self._private, *_documents(passage.sent), *_documents(body))
        public = self._public(exchange, passage, known)
        self._traffic.hear(public)
        self._tap(public)
        reason = _unfit(operation, passage, body)
        if reason is not None:
            self.tally.unjudged[reason] += passage.status != 0
            return
        self.tally.judged += 1
        for setting, check in self._hearing[operation.id]:
            observations = (
                watched(check, setting, exchange) if call is not None or check.anything else []
            )
            if call is not None:
                observations += passing.passed(setting, exchange)
            for one in observations:
                self._keep(setting.claim.id, one, public, known)

    def _keep(self, id: str, one: Observation, public: Exchange, known: dict[str, str]) -> None:
        """Keep an observation as it may be shown, unless enough of its sort are kept."""
        self._held[id] += isinstance(one, Held)
        match one:
            case Held():
                one = Held(public)
            case Broken():
                one = Broken(veiled(one.message, known), (public,))
            case Unreached() | Unsettled():
                one = replace(one, reason=veiled(one.reason, known))
        told = isinstance(one, Unreached | Unsettled) and one in self._seen[id]
        if not told and sum(type(other) is type(one) for other in self._seen[id]) < KEPT:
            self._seen[id].append(one)

    def _exchange(self, passage: Passage, call: Call, body: bytes | None) -> Exchange:
        request = Request(
            method=passage.method, url=self._url(passage.target), headers={}, body=None
        )
        response = (
            Response(status=passage.status, headers=joined(passage.answered), body=body or b"")
            if passage.status
            else None
        )
        return Exchange(
            step="passed",
            call=call,
            request=request,
            response=response,
            failure=passage.failure,
            elapsed=passage.elapsed,
        )

    def _public(self, exchange: Exchange, passage: Passage, known: dict[str, str]) -> Exchange:
        """Return the exchange as reports may show it."""
        form = (
            "application/x-www-form-urlencoded"
            in joined(passage.asked).get("content-type", "").lower()
        )
        sent = (
            excerpt(passage.sent, known, form).decode("utf-8", "replace") if passage.sent else None
        )
        headers = shown(passage.asked, known, self._private)
        url = self._url(veiled_target(passage.target, known, self._private))
        request = Request(method=passage.method, url=url, headers=headers, body=sent)
        response = exchange.response
        if response is not None:
            response = Response(
                status=response.status,
                headers=shown(passage.answered, known, self._private),
                body=excerpt(response.body, known),
            )
        failure = None if exchange.failure is None else veiled(exchange.failure, known)
        call = Call(operation=exchange.call.operation)
        return replace(exchange, call=call, request=request, response=response, failure=failure)

    def _outside(self, passage: Passage) -> Exchange:
        """Return a passage that the contract does not know: without bodies, as nothing says what in
        them is secret.
        """
        bare = replace(passage, sent=None, received=b"")
        known = secrets(bare, self._private)
        return self._public(
            self._exchange(bare, Call(operation="not in the contract"), b""), bare, known
        )

    def _url(self, target: str) -> str:
        parts = urlsplit(self.target.url)
        return f"{parts.scheme}://{parts.netloc}{target}"

    def events(self) -> Iterator[Event]:
        """Yield the events of a run for what was heard so far: Started, Decided for each claim,
        Finished.
        """
        count = len(self._settings)
        yield Started(
            contract=self.contract,
            target=self.target,
            seed="",
            claims=count,
            scripts=0,
            started=self._began,
            profile="proxy",
        )
        summary: Counter[Verdict] = Counter()
        flows = {flow.operation: flow for flow in self._traffic.flows()}
        for id, setting in self._settings.items():
            requests = (
                flows[setting.claim.operation].requests if setting.claim.operation in flows else 0
            )
            decided = self._decided(id, setting, requests)
            summary[decided.verdict] += 1
            yield decided
        silent = bool(self.tally.failed) and not any(
            status for flow in flows.values() for status in flow.statuses
        )
        yield Finished(
            summary={verdict: summary[verdict] for verdict in Verdict},
            requests=self.tally.passed,
            duration=time.time() - self._began,
            leftovers=(),
            stopped=(
                f"the upstream gave no answer: {next(iter(self.tally.failed))}" if silent else None
            ),
            down=silent,
            traffic=tuple(flows.values()),
        )

    def _decided(self, id: str, setting: Setting, requests: int) -> Decided:
        observations, kind = list(self._seen[id]), setting.claim.kind
        if not requests:
            observations.append(Unreached("no request of this operation passed"))
        elif CHECKS[kind].watch is None and kind not in passing.JUDGES:
            observations.append(
                Unreached(
                    "traffic that passes cannot show this for certain: `conformance run` tries it"
                )
            )
        elif not observations:
            observations.append(Unreached("nothing that passed showed it"))
        last = decide(setting.claim, observations, 0, twice=True)
        return replace(
            last,
            examples=last.examples
            + self._held[id]
            - sum(isinstance(one, Held) for one in observations),
        )


def credentials(contract: Contract) -> frozenset[str]:
    """Return the names, in lower case, of headers and parameters that carry credentials (OpenAPI
    3.1, 4.8.27).
    """
    schemes = contract.document.get("components", {}).get("securitySchemes", {}).values()
    return frozenset(str(scheme["name"]).lower() for scheme in schemes if "name" in scheme)


def _unfit(operation: Operation, passage: Passage, body: bytes | None) -> str | None:
    """Return why an answer says nothing of the promises: it is none, or one that HTTP itself
    explains; None when it is to be judged.
    """
    if not passage.status:
        return "no answer"
    if body is None:
        return "a body that is too long, or coded in a way that is not known here"
    if (reason := beyond(body)) is not None:
        return f"a body that is too large to be judged: {reason}"
    asked = joined(passage.asked)
    if passage.status in OF_HTTP or any(name in asked for name in CONDITIONAL):
        return (
            "an answer to the form of the request (a condition, a range, a refusal by HTTP itself)"
        )
    return (
        None
        if _welcome(operation, asked)
        else "a media type was asked for that the contract does not document"
    )


def _welcome(operation: Operation, asked: dict[str, str]) -> bool:
    """Tell whether the client takes every documented media type (RFC 9110, 12.5.1)."""
    ranges = [
        one.partition(";")[0].strip().lower() for one in asked.get("accept", "*/*").split(",")
    ]
    medias = {response.media.lower() for response in operation.responses if response.media}
    return all({"*/*", media, media.partition("/")[0] + "/*"} & set(ranges) for media in medias)


def _count(counter: Counter[str], what: str) -> None:
    counter[what if what in counter or len(counter) < STRANGERS else "others"] += 1


def _documents(body: bytes | None) -> list[Json]:
    """Return the JSON documents in a body: one, or one a line."""
    if not body or body.lstrip()[:1] not in (b"{", b"[") or beyond(body) is not None:
        return []
    found: list[Json] = []
    for text in (body, *(body.splitlines() if body.count(b"\n") < 1000 else ())):
        try:
            found.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
        if text is body:
            break
    return found
