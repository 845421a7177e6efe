"""The plan of a package: everything that is to be written, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from conformance.codegen import access, naming
from conformance.codegen.binding import Argument, Payload, arguments, carried, payload
from conformance.codegen.refusal import refusal
from conformance.codegen.shape import (
    ANY,
    BYTES,
    NULL,
    TEXT,
    Alias,
    Many,
    Named,
    Record,
    Shape,
    either,
    write,
)
from conformance.codegen.shaping import Shaper
from conformance.codegen.source import Code, identifier
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.echoing import Echoes
from conformance.contract.json import Json
from conformance.contract.operation import Operation, Response
from conformance.contract.paging import Paginates
from conformance.contract.pointer import join
from conformance.contract.reference import resolve
from conformance.contract.retrying import Retries

CLASSES = frozenset(  # that the modules of groups and clients import
    """Any AsyncCaller AsyncClient AsyncHttpClient AsyncIterator Awaitable Callable Caller Client
    Core Credential HttpClient Integer Iterator Literal Mapping Number ParamSpec Raw Response
    Retries Sequence Timeout Timestamp TypeVar Walk P T""".split()
)
METHODS = frozenset("call close raw with_options".split())  # of a client: no group may be called so
IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE")  # RFC 9110, 9.2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One documented answer; `error` is the name of the exception that it becomes."""

    status: str
    media: str | None
    type: Code
    error: Code | None
    text: str
    success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How a list is walked through: attribute names, and the type of an item."""

    name: Code
    page: Argument
    first: int
    items: tuple[str, ...]
    identity: tuple[str, ...]
    total: tuple[str, ...]
    pages: tuple[str, ...]
    echo: tuple[str, ...]
    item: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One operation as a method; `positional` arguments may go without their names."""

    operation: Operation
    group: Code
    name: Code
    constant: Code
    positional: tuple[Argument, ...]
    options: tuple[Argument, ...]
    payload: Payload | None
    outcomes: tuple[Outcome, ...]
    returns: Code
    accept: str | None
    retries: tuple[str, ...]
    repeatable: bool
    security: tuple[tuple[str, ...], ...]
    server: str | None
    walk: Walk | None
    text: str
    sources: tuple[str, ...]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """Return all arguments in the order of the signature."""
        return (*self.positional, *self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Operations that belong together, as the API groups them."""

    name: Code
    title: Code
    text: str
    methods: tuple[Method, ...]

    @property
    def imported(self) -> Code:
        """Return both classes as an import statement lists them."""
        return Code(", ".join(sorted((f"Async{self.title}", self.title))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception class for one documented status; `base` is the class above it."""

    name: Code
    base: Code
    type: Code
    status: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package to be written."""

    contract: Contract
    distribution: str
    module: Code
    server: str | None
    schemes: tuple[access.Scheme, ...]
    groups: tuple[Group, ...]
    failures: tuple[Failure, ...]
    models: tuple[Record, ...]
    model_aliases: tuple[Alias, ...]
    inputs: tuple[Record, ...]
    input_aliases: tuple[Alias, ...]


def plan(contract: Contract) -> Package:
    """Return the plan of a contract's package.

    Raises ContractError, with the JSON pointer, for anything that no client could be given: nothing
    is left out in silence.
    """
    answered, sent = Shaper(contract, request=False), Shaper(contract, request=True)
    errors: dict[str, list[Shape]] = {}
    titles = {
        id: _group_words(operation, contract) for id, operation in contract.operations.items()
    }
    scope = naming.Scope(METHODS | naming.TYPES)
    names = {
        title: scope.give(naming.snake(title, "api")) for title in dict.fromkeys(titles.values())
    }
    constants = naming.Scope({"OPERATIONS"})
    classes = naming.Scope(CLASSES)
    groups = []
    for title, name in names.items():
        members = [contract.operations[id] for id, its in titles.items() if its == title]
        given = naming.Scope((naming.TYPES - {"list"}) | naming.MODULES)
        named = _method_names(members, contract, title)
        methods = tuple(
            _method(one, contract, named[one.id], name, given, constants, answered, sent, errors)
            for one in members
        )
        capital = classes.give(naming.capital(name))
        groups.append(
            Group(
                name=identifier(name),
                title=identifier(capital),
                text=_tag_text(contract, title),
                methods=methods,
            )
        )
    return Package(
        contract=contract,
        distribution=f"{naming.slug(contract.name)}-client",
        module=identifier(f"{naming.snake(contract.name, 'api')}_client"),
        server=access.server(contract),
        schemes=access.schemes(contract),
        groups=tuple(groups),
        failures=tuple(_failures(errors, contract)),
        models=tuple(answered.records),
        model_aliases=tuple(answered.aliases),
        inputs=tuple(sent.records),
        input_aliases=tuple(sent.aliases),
    )


def _method_names(members: list[Operation], contract: Contract, title: str) -> dict[str, str]:
    """Return the names of a group's methods by operation.

    A name leaves out the words of the group, unless two operations then had names that hardly
    differ: one of them may delete an item, and the other all of them. Those keep all their words,
    and where that is not enough, those of their path too.
    """

    def words(operation: Operation) -> list[str]:
        node = pointers.get(contract.document, operation.pointer)
        if node.get("operationId"):
            return naming.words(operation.id)
        return [operation.method.lower(), *naming.words(operation.path)]

    def short(operation: Operation) -> list[str]:
        return naming.without(words(operation), naming.words(title)) or [operation.method.lower()]

    def with_path(operation: Operation) -> list[str]:
        return [*words(operation), "at", *naming.words(operation.path)]

    found: dict[str, str] = {}
    waiting = list(members)
    for form in (short, words, with_path):
        names = {one.id: naming.snake(" ".join(form(one)), one.method.lower()) for one in waiting}
        alike = Counter(naming.likeness(name) for name in [*names.values(), *found.values()])
        found |= {
            id: name
            for id, name in names.items()
            if alike[naming.likeness(name)] == 1 or form is with_path
        }
        waiting = [one for one in waiting if one.id not in found]
    return found


def _method(
    operation: Operation,
    contract: Contract,
    wanted: str,
    group: str,
    given: naming.Scope,
    constants: naming.Scope,
    answered: Shaper,
    sent: Shaper,
    errors: dict[str, list[Shape]],
) -> Method:
    node = pointers.get(contract.document, operation.pointer)
    name = identifier(given.give(wanted))
    args = arguments(operation, contract, sent)
    body = payload(operation, contract, sent, {argument.name for argument in args})
    options = [
        *(argument for argument in args if argument.location != "path"),
        *(body.arguments if body else ()),
    ]
    options.sort(key=lambda one: not one.required)
    outcomes, value = _outcomes(operation, contract, answered, errors)
    behaviours = contract.behaviours[operation.id]
    switches = [switch for resource in contract.resources for switch in resource.switches]
    returns = write(value, "models.", request=False).replace("list[", "builtins.list[")
    return Method(
        operation=operation,
        group=identifier(group),
        name=name,
        constant=identifier(constants.give(naming.constant(operation.id))),
        positional=tuple(argument for argument in args if argument.location == "path"),
        options=tuple(options),
        payload=body,
        outcomes=outcomes,
        returns=Code(returns),
        accept=", ".join(dict.fromkeys(one.media for one in outcomes if one.media)) or None,
        retries=tuple(
            dict.fromkeys(
                status for one in behaviours if isinstance(one, Retries) for status in one.statuses
            )
        ),
        repeatable=operation.method in IDEMPOTENT
        or any(one.idempotent and operation.id in (one.on, one.off) for one in switches),
        security=access.alternatives(operation, contract),
        server=access.own_server(operation, contract),
        walk=_walk(operation, contract, name, given, options, value, answered),
        text=" ".join(str(node.get("description") or "").split())[:2000],
        sources=_sources(operation, contract),
    )


def _group_words(operation: Operation, contract: Contract) -> str:
    if operation.tags and naming.words(operation.tags[0]):
        return operation.tags[0]
    first = next(
        (part for part in operation.path.split("/") if part and not part.startswith("{")), ""
    )
    return first if naming.words(first) else "api"


def _tag_text(contract: Contract, title: str) -> str:
    node: Json = next(
        (tag for tag in contract.document.get("tags", ()) if tag.get("name") == title), {}
    )
    return " ".join(str(node.get("description", "")).split())


def _outcomes(
    operation: Operation, contract: Contract, answered: Shaper, errors: dict[str, list[Shape]]
) -> tuple[tuple[Outcome, ...], Shape]:
    found = []
    successes: list[Shape] = []
    plain = any(response.status.startswith("2") for response in operation.responses)
    for response in operation.responses:
        success = response.status.startswith("2") or (response.status == "default" and not plain)
        hint = (
            f"{' '.join(naming.words(operation.id))}"
            f" {'answer' if success else f'error {response.status}'}"
        )
        media, shape = _content(response, contract, answered, hint)
        error = None if response.status.startswith("2") else failure_name(response.status)
        successes += [shape] if success else []
        if error is not None:
            errors.setdefault(response.status, []).append(shape)
        text = " ".join(response.description.split())
        outcome = Outcome(
            status=response.status,
            media=media,
            type=write(shape, "models.", request=False),
            error=identifier(error) if error else None,
            text=text,
            success=success,
        )
        found.append(outcome)
    if not found:
        raise refusal("an operation without documented answers", operation.pointer, contract)
    return tuple(found), either(*successes) if successes else NULL


def _content(
    response: Response, contract: Contract, answered: Shaper, hint: str
) -> tuple[str | None, Shape]:
    content = pointers.get(contract.document, response.pointer).get("content") or {}
    media = next((one for one in content if "json" in one), next(iter(content), None))
    if media is None:
        return None, NULL
    at = join(response.pointer, "content", carried(media, response.pointer, contract, media=True))
    if "json" in media:
        return media, answered.shape(content[media].get("schema"), join(at, "schema"), hint)
    schema, _ = resolve(contract.document, content[media].get("schema") or {}, at)
    text = (
        media.startswith("text/")
        or "xml" in media
        or (
            isinstance(schema, dict)
            and schema.get("type") == "string"
            and schema.get("format") != "binary"
        )
    )
    return media, TEXT if text else BYTES


def failure_name(status: str) -> str:
    """Return the name of the exception for a documented status other than success."""
    wide = {
        "4XX": "Refused",
        "5XX": "Unavailable",
        "3XX": "Redirected",
        "1XX": "Informed",
        "DEFAULT": "Failed",
    }
    if status.upper() in wide:
        return wide[status.upper()]
    try:
        return naming.capital(
            "".join(
                letter
                for letter in HTTPStatus(int(status)).phrase
                if letter.isalnum() or letter in " -"
            )
            .title()
            .replace(" ", "")
        )
    except ValueError:
        return f"Status{int(status)}"


def _failures(errors: Mapping[str, list[Shape]], contract: Contract) -> Iterator[Failure]:
    for status in sorted(
        errors, key=lambda one: (one == "default", one.upper().endswith("XX"), one)
    ):
        shape = either(*errors[status])
        base = {"4": "ClientError", "5": "ServerError"}.get(status[0], "StatusError")
        phrase = "Any other error." if status == "default" else f"The API answered {status}."
        yield Failure(
            name=identifier(failure_name(status)),
            base=identifier(base),
            type=write(shape, "models.", request=False),
            status=status,
            text=phrase,
        )


def _walk(
    operation: Operation,
    contract: Contract,
    name: Code,
    given: naming.Scope,
    options: list[Argument],
    value: Shape,
    answered: Shaper,
) -> Walk | None:
    paginates = contract.of(operation.id, Paginates)
    if not isinstance(paginates, Paginates):
        return None
    page = next((argument for argument in options if argument.wire == paginates.page), None)
    resource = next((one for one in contract.resources if one.list == operation.id), None)
    if resource is None or page is None:
        raise refusal(
            "pages of items, but no resource in x-resources says where the items stand",
            paginates.pointer,
            contract,
        )
    echoes = contract.of(operation.id, Echoes)
    echo = (
        next((at for at, parameter in echoes.answers.items() if parameter == paginates.page), None)
        if isinstance(echoes, Echoes)
        else None
    )
    items, shape = _way(value, resource.items, answered)
    item = answered.resolved(shape)
    if not isinstance(item, Many):
        raise refusal(
            f"no list stands at {resource.items} of the answer", resource.pointer, contract
        )
    return Walk(
        name=identifier(given.give(f"iter_{name}")),
        page=page,
        first=paginates.first,
        items=items,
        identity=_way(item.item, resource.identity, answered)[0],
        total=_way(value, paginates.total, answered)[0],
        pages=_way(value, paginates.pages, answered)[0],
        echo=_way(value, echo, answered)[0],
        item=Code(write(item.item, "models.", request=False).replace("list[", "builtins.list[")),
    )


def _way(shape: Shape, pointer: str | None, answered: Shaper) -> tuple[tuple[str, ...], Shape]:
    """Return the attribute names that a pointer into an answer passes, and the type there; nothing
    where the types do not know the way.
    """
    way: list[str] = []
    for token in pointers.tokens(pointer or ""):
        shape = answered.resolved(shape)
        record = answered.record(shape) if isinstance(shape, Named) else None
        field = next((one for one in record.fields if one.wire == token), None) if record else None
        if field is None:
            return (), ANY
        way.append(field.name)
        shape = field.shape
    return tuple(way), shape


def _sources(operation: Operation, contract: Contract) -> tuple[str, ...]:
    """Return where the vendor's pages speak of the operation: document, section and the ids of our
    statements.
    """
    ids = contract.register.cite(operation.source, "answers") or ()
    by_place: dict[str, list[str]] = {}
    for id in ids:
        statement = contract.register.statements.get(id.rstrip("?"))
        if statement is not None:
            known = [
                contract.register.sources[one].title
                for one in statement.documents
                if one in contract.documents and one in contract.register.sources
            ]
            by_place.setdefault(f"{', '.join(known)} › {statement.section}", []).append(
                id.rstrip("?")
            )
    return tuple(f"{place} ({', '.join(its)})" for place, its in by_place.items())
