"""An in-process server for Losant experience groups, written from the vendor's documents alone.

`Server` keeps every promise of the documented pages. Where the documents are silent, a field of
`Choices` decides, so that many different servers are equally honest: `HONEST` names them.
`DISHONEST` holds servers that each break one documented promise.

Each breach names the statements of specs/losant/statements.yaml that it breaks, or the schema.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import operator
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Literal, get_args, get_type_hints
from urllib.parse import unquote

import httpx

Json = Any
Rule = Callable[[Json], bool]

OBJECT_ID = re.compile(r"[A-Fa-f0-9]{24}")
TAG_KEY = re.compile(r"[0-9a-zA-Z_-]{1,255}")
INTEGER = re.compile(r"-?[0-9]{1,400}")
ID_MIDDLE = "9b1deb4d3b"

APPLICATIONS = ("575ec8687ae143cd83dc4a97", "575ec8687ae143cd83dc4a98")
SAMPLE_REFERENCES = frozenset(
    {
        "575ed70c7ae143cd83dc4aa9",
        "675ed70c7ae143cd83dc4aa9",
        "58b9d743cbfafe1be675744b",
        "58b9d743cbfafe1be675744c",
        "58b9d743cbfafe1be675744d",
        "58b9d743cbfafe1be675744e",
    }
)

FULL_SCOPES = frozenset({"all.Application", "all.Organization", "all.User"})
READ_SCOPES = frozenset({"all.Application.read", "all.Organization.read", "all.User.read"})
BOUNDED_SCOPES = frozenset(
    {"all.Application.bounded", "all.Organization.bounded", "all.User.bounded"}
)
SCOPES: dict[str, frozenset[str]] = {
    "list": FULL_SCOPES | READ_SCOPES | {"experienceGroups.*", "experienceGroups.get"},
    "create": FULL_SCOPES | {"experienceGroups.*", "experienceGroups.post"},
    "get": FULL_SCOPES | READ_SCOPES | {"experienceGroup.*", "experienceGroup.get"},
    "patch": FULL_SCOPES | {"experienceGroup.*", "experienceGroup.patch"},
    "delete": FULL_SCOPES | {"experienceGroup.*", "experienceGroup.delete"},
}
SCOPED_TOKENS: dict[str, str] = {
    f"token-{scope}": scope
    for scope in sorted(
        frozenset().union(*SCOPES.values(), BOUNDED_SCOPES, {"all.Device", "devices.get"})
    )
}
"""One token per scope, `token-<scope>`; every server of `HONEST` and `DISHONEST` knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the documents leave open; a server is honest whatever it answers here.

    One limit: the 2017 edition serves 1000 items per page by default, so its `per_page_maximum` is
    at least 1000.
    """

    # Refusals
    malformed_id_status: Literal[400, 404] = 404
    missing_credentials_status: Literal[401, 403] = 401
    invalid_token_status: Literal[401, 403] = 401
    malformed_scheme_status: Literal[400, 401, 403] = 401
    insufficient_scope_status: Literal[401, 403] = 403
    wrong_method_status: Literal[404, 405] = 405  # 1.6
    unmapped_path_status: Literal[404, 405] = 404  # 1.6
    error_body: Literal[
        "standard", "message-only", "type-only", "empty-message", "extra-keys", "empty"
    ] = "standard"  # 1.4
    credentials_checked: Literal["before-application", "after-application"] = (
        "before-application"  # unstated
    )
    # Credentials
    scheme_case: Literal["exact", "any"] = "exact"
    bounded_scopes: Literal["unknown", "accepted"] = "unknown"
    # Addresses
    upper_case_ids: Literal["same", "different"] = "same"
    trailing_slash: Literal["tolerated", "unmapped"] = "unmapped"  # unstated
    item_operations: Literal["present", "absent"] = "present"  # 1.3: not on the pages
    delete_answer: Literal["success", "no-content"] = "success"  # 1.3: not on the pages
    # Responses
    content_type: Literal["plain", "charset"] = "charset"  # 1.6
    extra_fields: Literal["none", "links"] = "none"  # 1.5
    filter_echo: Literal["always", "used", "never"] = "used"
    counters: Literal["present", "absent"] = "present"  # count, totalCount
    paging_echo: Literal["present", "absent"] = "present"  # page, perPage
    sort_echo: Literal["present", "absent"] = "present"  # sortField, sortDirection
    application_echo: Literal["present", "absent"] = "present"  # applicationId of the collection
    direction_echo: Literal["effective", "as-sent"] = "effective"  # current edition only
    omitted_fields: Literal["absent", "empty", "nulls"] = "absent"
    explicit_null: Literal["kept", "dropped"] = "kept"
    dates: Literal["milliseconds", "seconds", "offset"] = "milliseconds"  # 1.4: only "date-time"
    id_order: Literal["increasing", "scattered"] = "increasing"
    # Paging
    past_end: Literal["empty", 400, 404] = "empty"
    per_page_maximum: int = 1000
    over_maximum: Literal["capped", "refused", "served"] = "capped"
    out_of_range_paging: Literal["refused", "clamped", "default"] = "refused"
    non_integer_paging: Literal["refused", "default"] = "refused"
    blank_paging: Literal["refused", "default"] = "default"
    repeated_parameter: Literal["first", "last", "refused"] = "last"  # unstated
    # Sorting
    unaccepted_values: Literal["refused", "ignored"] = "refused"
    upper_case_direction: Literal["accepted", "unaccepted"] = "accepted"
    blank_sort: Literal["default", "refused"] = "default"
    name_order: Literal["code-point", "case-folded"] = "code-point"
    tie_break: Literal["insertion", "reverse-insertion", "id"] = "insertion"
    # Filtering
    glob_syntax: Literal["star", "shell"] = "star"
    glob_case: Literal["sensitive", "insensitive"] = "sensitive"
    filter_without_field: Literal["ignored", "name", "refused"] = "ignored"
    whitespace_filter: Literal["blank", "text"] = "text"  # unstated: what "blank" covers
    # Advanced query
    overridden_filter: Literal["ignored", "validated"] = "ignored"
    blank_query: Literal["ignored", "refused"] = "ignored"
    empty_query: Literal["overrides", "ignored"] = "overrides"
    string_query: Literal["refused", "decoded"] = "refused"  # 3.3: JSON encoded twice
    empty_nor: Literal["matches-none", "matches-all"] = (
        "matches-none"  # 1.4: said of the form, not of the JSON
    )
    case_insensitive_reach: Literal["string-operators", "all-operators"] = (
        "string-operators"  # 1.4: unstated
    )
    unreadable_query_date: Literal["matches-nothing", "refused"] = (
        "matches-nothing"  # 1.4: any string is valid
    )
    # Creation
    non_json_content_type: Literal["parsed", 400, 415] = "parsed"  # 1.6
    duplicate_names: Literal["allowed", "refused"] = "allowed"
    repeated_ids: Literal["kept", "merged"] = "kept"  # 1.4: no uniqueItems
    dangling_references: Literal["accepted", "dropped", 400, 404] = "accepted"
    # what exists besides the groups created
    existing_references: frozenset[str] = frozenset()
    group_limit: int | None = None


DEFAULT_CHOICES = Choices()


class Refusal(Exception):
    """A request that the server answers with an Error body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


ERROR_TYPES = {
    400: "Validation",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    415: "UnsupportedMediaType",
    500: "Server",
}


# Bodies: the Experience Group Post schema


def text(minimum: int, maximum: int) -> Rule:
    """Accept a string whose length in code points lies between the two bounds."""
    return lambda value: isinstance(value, str) and minimum <= len(value) <= maximum


def nullable(rule: Rule) -> Rule:
    """Accept null and whatever the rule accepts."""
    return lambda value: value is None or rule(value)


def is_id(value: Json) -> bool:
    """Accept 24 hexadecimal digits."""
    return isinstance(value, str) and OBJECT_ID.fullmatch(value) is not None


def is_id_list(value: Json) -> bool:
    """Accept at most 1000 ids; repeated ids are valid."""
    return isinstance(value, list) and len(value) <= 1000 and all(map(is_id, value))


def is_tag_key(value: Json) -> bool:
    """Accept 1 to 255 ASCII letters, digits, hyphens and underscores."""
    return isinstance(value, str) and TAG_KEY.fullmatch(value) is not None


def is_group_tags(value: Json) -> bool:
    """Accept an object from tag keys to strings of 1 to 255 characters."""
    return isinstance(value, dict) and all(
        is_tag_key(key) and text(1, 255)(item) for key, item in value.items()
    )


def is_device_tag(value: Json) -> bool:
    """Accept an object with at most a key and a value; neither is required."""
    rules: dict[str, Rule] = {"key": is_tag_key, "value": text(1, 255)}
    return isinstance(value, dict) and all(
        name in rules and rules[name](item) for name, item in value.items()
    )


def is_device_tags(value: Json) -> bool:
    """Accept at most 100 device tags."""
    return isinstance(value, list) and len(value) <= 100 and all(map(is_device_tag, value))


RULES_2017: dict[str, Rule] = {
    "name": text(1, 255),
    "description": text(0, 32767),
    "experienceUserIds": is_id_list,
    "experienceEndpointIds": is_id_list,
}
RULES_CURRENT: dict[str, Rule] = {
    **RULES_2017,
    "deviceIds": is_id_list,
    "groupTags": is_group_tags,
    "deviceTags": is_device_tags,
    "deviceQueryJson": nullable(text(0, 8192)),
    "parentId": nullable(is_id),
}
REFERENCE_LISTS = ("experienceUserIds", "experienceEndpointIds", "deviceIds")
EMPTY_COLLECTIONS: dict[str, Json] = {
    "experienceUserIds": [],
    "experienceEndpointIds": [],
    "deviceIds": [],
    "groupTags": {},
    "deviceTags": [],
}
STAND_INS: dict[str, dict[str, Json]] = {
    "absent": {},
    "empty": {"description": "", **EMPTY_COLLECTIONS},
    "nulls": {"deviceQueryJson": None, "parentId": None, **EMPTY_COLLECTIONS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What differs between the two editions of the page."""

    sort_fields: tuple[str, ...]
    per_page: int
    has_query: bool
    rules: dict[str, Rule]


EDITIONS = {
    "2017": Edition(
        sort_fields=("name", "id", "creationDate"), per_page=1000, has_query=False, rules=RULES_2017
    ),
    "current": Edition(
        sort_fields=("name", "id", "creationDate", "lastUpdated"),
        per_page=100,
        has_query=True,
        rules=RULES_CURRENT,
    ),
}


def read_json(content: str) -> Json:
    """Return the JSON value of the text; raise ValueError for anything that cannot be written back
    as JSON in UTF-8.
    """

    def refuse_constant(name: str) -> Json:
        raise ValueError(f"{name} is not JSON")

    value = json.loads(content, parse_constant=refuse_constant)
    json.dumps(value, ensure_ascii=False).encode()
    return value


# Advanced queries: the Advanced Experience Group Query schema

ID_FIELDS = frozenset({"id", "parentId", "ancestorId", "experienceUserId", "experienceEndpointId"})
DATE_FIELDS = frozenset({"creationDate", "lastUpdated"})
LOGICAL = frozenset({"$and", "$or", "$nor"})
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$gt": operator.gt,
    "$lt": operator.lt,
    "$gte": operator.ge,
    "$lte": operator.le,
}
STRING_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "$startsWith": str.startswith,
    "$endsWith": str.endswith,
    "$contains": operator.contains,
}


def is_scalar(value: Json) -> bool:
    """Accept a string, a number or a boolean."""
    return isinstance(value, str | int | float)


def list_of(rule: Rule) -> Rule:
    """Accept an array of at most 100 values that satisfy the rule."""
    return lambda value: isinstance(value, list) and len(value) <= 100 and all(map(rule, value))


def operators(value: Rule) -> dict[str, Rule]:
    """Return the rules of the operators that compare with such values."""
    comparisons = dict.fromkeys([*COMPARISONS, "$ne"], nullable(value))
    return {**comparisons, "$in": list_of(value), "$nin": list_of(value)}


ID_OPERATORS = operators(is_id)
SCALAR_OPERATORS: dict[str, Rule] = {
    **operators(is_scalar),
    **dict.fromkeys(STRING_OPERATORS, lambda value: isinstance(value, str) and value != ""),
    "$ci": lambda value: isinstance(value, bool),
}
ANY_TAG: dict[str, Json] = {"$nin": []}


def is_id_condition(value: Json) -> bool:
    """Accept an id, null, or an object with exactly one operator."""
    if not isinstance(value, dict):
        return value is None or is_id(value)
    return len(value) == 1 and all(
        name in ID_OPERATORS and ID_OPERATORS[name](item) for name, item in value.items()
    )


def is_scalar_condition(value: Json) -> bool:
    """Accept a scalar, null, or an object with any operators, even none."""
    if not isinstance(value, dict):
        return value is None or is_scalar(value)
    return all(
        name in SCALAR_OPERATORS and SCALAR_OPERATORS[name](item) for name, item in value.items()
    )


def is_tag_text(value: Json) -> bool:
    """Accept a string or null, or an object that lists strings under $in or $nin; none is over 255
    characters.
    """
    if isinstance(value, dict):
        return set(value) in ({"$in"}, {"$nin"}) and all(map(list_of(text(0, 255)), value.values()))
    return value is None or text(0, 255)(value)


def is_tag_query(value: Json) -> bool:
    """Accept $tagKey and $tagValue, or an object from tag keys to wanted values."""
    if not isinstance(value, dict) or not all(map(is_tag_text, value.values())):
        return False
    return set(value) <= {"$tagKey", "$tagValue"} or all(TAG_KEY.match(key) for key in value)


def is_tag_condition(value: Json) -> bool:
    """Accept a tag query, bare or wrapped in $eq or $ne."""
    if isinstance(value, dict) and len(value) == 1 and set(value) <= {"$eq", "$ne"}:
        return all(map(is_tag_query, value.values()))
    return is_tag_query(value)


def is_query(value: Json) -> bool:
    """Accept an object of known fields and logical operators, each with a valid condition."""
    return isinstance(value, dict) and all(
        is_clause(key, condition) for key, condition in value.items()
    )


def is_clause(key: str, condition: Json) -> bool:
    """Accept a condition that the schema allows under the key."""
    if key in LOGICAL:
        return list_of(is_query)(condition)
    if key in ID_FIELDS:
        return is_id_condition(condition)
    if key == "name" or key in DATE_FIELDS:
        return is_scalar_condition(condition)
    return key == "groupTags" and is_tag_condition(condition)


def read_date(value: Json) -> datetime | None:
    """Return the instant that an ISO 8601 string (in UTC by default) or a number of milliseconds
    names.
    """
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
    except (OverflowError, ValueError):
        return None
    return None


def has_unreadable_date(query: Json) -> bool:
    """Say whether a date field is compared with a string that names no instant."""
    for key, condition in query.items():
        if key in LOGICAL and any(map(has_unreadable_date, condition)):
            return True
        if key in DATE_FIELDS:
            parts = condition if isinstance(condition, dict) else {"$eq": condition}
            compared = [parts[name] for name in (*COMPARISONS, "$ne") if name in parts]
            compared += [*parts.get("$in", ()), *parts.get("$nin", ())]
            if any(isinstance(value, str) and read_date(value) is None for value in compared):
                return True
    return False


@dataclass(frozen=True, slots=True)
class Fold:
    """Which operators disregard case."""

    strings: bool
    values: bool


class Matcher:
    """Evaluates valid advanced queries against the queryable values of a group.

    Every field is a list of values: one name, one date, no or one parent, any number of users. A
    comparison holds if it holds for one value; null asks for an empty list; $ne and $nin negate $eq
    and $in.
    """

    def __init__(self, choices: Choices, display: Callable[[datetime], str]) -> None:
        self.choices = choices
        self.display = display

    def matches(self, query: Json, record: Mapping[str, Json]) -> bool:
        """All clauses of a query must hold, so an empty query matches."""
        return all(self.clause(key, condition, record) for key, condition in query.items())

    def clause(self, key: str, condition: Json, record: Mapping[str, Json]) -> bool:
        """Evaluate one key of a query."""
        match key:
            case "$and":
                return self.every(condition, record)
            case "$or":
                return self.some(condition, record)
            case "$nor":
                return self.none(condition, record)
            case "groupTags":
                return self.tags(condition, record[key])
            case _:
                return self.condition(condition, record[key], folds_ids=key in ID_FIELDS)

    def every(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        """$and: all match; without queries everything matches."""
        return all(self.matches(query, record) for query in queries)

    def some(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        """$or: any matches; without queries everything matches."""
        return not queries or any(self.matches(query, record) for query in queries)

    def none(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        """$nor: none matches; without queries the documents say that nothing matches."""
        if not queries:
            return self.choices.empty_nor == "matches-all"
        return not any(self.matches(query, record) for query in queries)

    def condition(self, condition: Json, values: Sequence[Json], *, folds_ids: bool) -> bool:
        """All operators must hold; a bare value means $eq."""
        parts = condition if isinstance(condition, dict) else {"$eq": condition}
        insensitive = parts.get("$ci") is True
        fold = Fold(
            insensitive, insensitive and self.choices.case_insensitive_reach == "all-operators"
        )
        if folds_ids:
            fold = Fold(False, self.choices.upper_case_ids == "same")
        return all(
            self.operator(name, operand, values, fold)
            for name, operand in parts.items()
            if name != "$ci"
        )

    def operator(self, name: str, operand: Json, values: Sequence[Json], fold: Fold) -> bool:
        """Evaluate one operator."""
        match name:
            case "$ne":
                return not self.operator("$eq", operand, values, fold)
            case "$nin":
                return not self.operator("$in", operand, values, fold)
            case "$in":
                return any(self.operator("$eq", item, values, fold) for item in operand)
            case "$eq" | "$gte" | "$lte" if operand is None:
                return not values
            case _:
                return any(self.compare(name, value, operand, fold) for value in values)

    def compare(self, name: str, value: Json, operand: Json, fold: Fold) -> bool:
        """Compare one value; values of different types never match, and dates compare as
        instants.
        """
        if name in STRING_OPERATORS:
            shown = self.display(value) if isinstance(value, datetime) else value
            return STRING_OPERATORS[name](
                *(item.casefold() if fold.strings else item for item in (shown, operand))
            )
        if isinstance(value, datetime):
            moment = read_date(operand)
            return moment is not None and COMPARISONS[name](value, moment)
        if not isinstance(operand, str):
            return False
        return COMPARISONS[name](
            *(item.casefold() if fold.values else item for item in (value, operand))
        )

    def tags(self, condition: Json, tags: Mapping[str, str]) -> bool:
        """A tag query may name a key and a value, or the wanted value of each of several keys."""
        if "$eq" in condition:
            return self.tags(condition["$eq"], tags)
        if "$ne" in condition:
            return not self.tags(condition["$ne"], tags)
        if "$tagKey" in condition or "$tagValue" in condition:
            return self.tag_pair(
                condition.get("$tagKey", ANY_TAG), condition.get("$tagValue", ANY_TAG), tags
            )
        return all(self.tag_text(wanted, tags.get(key)) for key, wanted in condition.items())

    def tag_pair(self, key: Json, value: Json, tags: Mapping[str, str]) -> bool:
        """One tag must satisfy both parts; null for a part asks that no tag satisfies the other
        one.
        """
        wanted_key, wanted_value = (ANY_TAG if part is None else part for part in (key, value))
        found = any(
            self.tag_text(wanted_key, name) and self.tag_text(wanted_value, item)
            for name, item in tags.items()
        )
        return found != (key is None or value is None)

    def tag_text(self, wanted: Json, actual: str | None) -> bool:
        """Compare a tag with a text, a list of texts, or null for absence."""
        if not isinstance(wanted, dict):
            return bool(actual == wanted)
        return actual in wanted["$in"] if "$in" in wanted else actual not in wanted["$nin"]


# The server


@dataclass(slots=True, kw_only=True)
class Group:
    """A stored group; `properties` holds what the client sent."""

    number: int
    id: str
    application_id: str
    created: datetime
    updated: datetime
    properties: dict[str, Json]

    @property
    def name(self) -> str:
        """The name, which every group has."""
        return str(self.properties["name"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list request asks for, with the defaults filled in.

    `pattern` is the glob in force and `query` the advanced query in force; at most one of them is
    set. `sent` holds the parameters as they came.
    """

    sort_field: str
    direction: str
    page: int
    per_page: int
    pattern: str | None
    query: Json
    sent: Mapping[str, str]

    @property
    def descending(self) -> bool:
        """Whether the greatest value comes first."""
        return self.direction == "desc"


def now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


class Server:
    """An honest server for the experience groups of some applications; `handle` is an
    httpx.MockTransport handler.
    """

    matcher_class: ClassVar[type[Matcher]] = Matcher
    default_sort_field: ClassVar[str] = "name"
    default_direction: ClassVar[str] = "asc"

    def __init__(
        self,
        *,
        edition: str = "current",
        tokens: frozenset[str] = frozenset({"token"}),
        scoped_tokens: dict[str, str] | None = None,
        applications: tuple[str, ...] = APPLICATIONS,
        choices: Choices = DEFAULT_CHOICES,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.edition_name = edition
        self.edition = EDITIONS[edition]
        self.tokens = tokens
        self.scoped_tokens = dict(scoped_tokens or {})
        self.applications = applications
        self.choices = choices
        self.clock = clock
        self.groups: list[Group] = []
        self.matcher = self.matcher_class(choices, self.display)
        self.created_count = 0
        self.last_moment = datetime(1970, 1, 1, tzinfo=UTC)
        self.lock = threading.Lock()

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; requests are handled one at a time."""
        with self.lock:
            try:
                return self.answer(request)
            except Refusal as refusal:
                return self.error_response(refusal)
            except RecursionError:
                return self.error_response(Refusal(400, "the JSON is nested too deeply"))

    # Routing

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Route, check credentials and application, then act."""
        application_id, group_id, action = self.route(request)
        if self.choices.credentials_checked == "before-application":
            self.authorize(request, action)
        application = self.find_application(application_id, action)
        if self.choices.credentials_checked == "after-application":
            self.authorize(request, action)
        match action:
            case "list":
                return self.list_groups(request, application)
            case "create":
                return self.create_group(request, application)
            case "get":
                return self.get_group(request, self.find_group(application, group_id))
            case "patch":
                return self.patch_group(request, self.find_group(application, group_id))
            case _:
                return self.delete_group(self.find_group(application, group_id))

    def route(self, request: httpx.Request) -> tuple[str, str, str]:
        """Return the application id, the group id (blank for the collection) and the action that
        the request names.
        """
        segments = [
            unquote(part)
            for part in request.url.raw_path.decode("ascii").partition("?")[0].split("/")[1:]
        ]
        if self.choices.trailing_slash == "tolerated" and len(segments) > 1 and segments[-1] == "":
            segments.pop()
        match segments:
            case ["applications", application_id, "experience", "groups"]:
                group_id, actions = "", {"GET": "list", "POST": "create"}
            case ["applications", application_id, "experience", "groups", group_id] if (
                group_id and self.choices.item_operations == "present"
            ):
                actions = {"GET": "get", "PATCH": "patch", "DELETE": "delete"}
            case _:
                raise Refusal(self.choices.unmapped_path_status, f"{request.method} is not allowed")
        if request.method not in actions:
            raise Refusal(self.choices.wrong_method_status, f"{request.method} is not allowed")
        return application_id, group_id, actions[request.method]

    def find_application(self, application_id: str, action: str) -> str:
        """Return the id of the application as the server writes it."""
        return self.find_id(application_id, self.applications, "Application was not found")

    def find_group(self, application: str, group_id: str) -> Group:
        """Return the group of the application with that id."""
        groups = {group.id: group for group in self.of_application(application)}
        return groups[self.find_id(group_id, tuple(groups), "Experience group was not found")]

    def of_application(self, application: str) -> list[Group]:
        """Return the groups of an application in the order of creation."""
        return [group for group in self.groups if group.application_id == application]

    def find_id(self, wanted: str, known: Sequence[str], message: str) -> str:
        """Return the known id that equals the wanted one; refuse a malformed and an unknown one."""
        if not is_id(wanted):
            raise Refusal(self.choices.malformed_id_status, message)
        found = [item for item in known if self.same_id(item) == self.same_id(wanted)]
        if not found:
            raise Refusal(404, message)
        return found[0]

    def same_id(self, value: str) -> str:
        """Return the form under which ids are compared."""
        return value.lower() if self.choices.upper_case_ids == "same" else value

    # Credentials

    def authorize(self, request: httpx.Request, action: str) -> None:
        """A valid token, prepended with Bearer, must hold one of the scopes of the action."""
        header = request.headers.get("Authorization")
        if header is None:
            raise Refusal(
                self.choices.missing_credentials_status, "No authorization token was found"
            )
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" and not (
            self.choices.scheme_case == "any" and scheme.lower() == "bearer"
        ):
            raise Refusal(
                self.choices.malformed_scheme_status, "Format is Authorization: Bearer [token]"
            )
        if token in self.tokens:
            return
        scope = self.scope_of(token)
        if scope is None:
            raise Refusal(self.choices.invalid_token_status, "Invalid token")
        if scope not in self.scopes(action):
            raise Refusal(self.choices.insufficient_scope_status, "Insufficient scope")

    def scope_of(self, token: str) -> str | None:
        """Return the scope of a token, or None for an invalid token."""
        return self.scoped_tokens.get(token)

    def scopes(self, action: str) -> frozenset[str]:
        """Return the scopes of which a token needs one."""
        return SCOPES[action] | (
            BOUNDED_SCOPES if self.choices.bounded_scopes == "accepted" else frozenset()
        )

    # Responses

    def respond(self, status: int, payload: Json) -> httpx.Response:
        """Answer with JSON."""
        media_type = "application/json" + (
            "; charset=utf-8" if self.choices.content_type == "charset" else ""
        )
        content = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        return httpx.Response(status, headers={"Content-Type": media_type}, content=content)

    def error_response(self, refusal: Refusal) -> httpx.Response:
        """Answer with an Error, of which the schema requires no property."""
        kind = ERROR_TYPES[refusal.status]
        match self.choices.error_body:
            case "message-only":
                body: dict[str, Json] = {"message": refusal.message}
            case "type-only":
                body = {"type": kind}
            case "empty-message":
                body = {"type": kind, "message": ""}
            case "extra-keys":
                body = {
                    "type": kind,
                    "message": refusal.message,
                    "statusCode": refusal.status,
                    "details": [],
                }
            case "empty":
                body = {}
            case _:
                body = {"type": kind, "message": refusal.message}
        return self.respond(refusal.status, body)

    def display(self, moment: datetime) -> str:
        """Write an instant in UTC as RFC 3339."""
        match self.choices.dates:
            case "seconds":
                return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            case "offset":
                return moment.isoformat(timespec="milliseconds")
            case _:
                return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

    def represent(self, group: Group) -> dict[str, Json]:
        """Write an Experience Group; what was sent comes back unchanged, and `id` equals
        `experienceGroupId`.
        """
        body: dict[str, Json] = {
            "id": group.id,
            "experienceGroupId": group.id,
            "applicationId": group.application_id,
            "creationDate": self.display(group.created),
            "lastUpdated": self.display(group.updated),
            **self.omitted(group),
            **group.properties,
        }
        if self.choices.extra_fields == "links":
            own = f"/applications/{group.application_id}/experience/groups/{group.id}"
            body |= {
                "_type": "experienceGroup",
                "_etag": f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:27]}"',
                "_links": {
                    "self": {"href": own},
                    "application": {"href": f"/applications/{group.application_id}"},
                },
                "createdById": "58b9d6f2cbfafe1be6757440",
                "createdByType": "user",
            }
        return body

    def omitted(self, group: Group) -> dict[str, Json]:
        """Return the stand-ins for what was not sent; the ancestors of a group are never sent."""
        stand_ins = STAND_INS[self.choices.omitted_fields]
        body = {name: value for name, value in stand_ins.items() if name in self.edition.rules}
        ancestors = self.ancestors(group)
        if self.edition_name == "current" and (
            ancestors or self.choices.omitted_fields != "absent"
        ):
            body["ancestorIds"] = ancestors
        return body

    def ancestors(self, group: Group) -> list[str]:
        """Return the parent, the parent's parent and so on."""
        parent = group.properties.get("parentId")
        if parent is None:
            return []
        known = {self.same_id(item.id): item for item in self.groups}
        chain: list[str] = []
        while parent is not None:
            above = known.get(self.same_id(parent))
            chain.append(above.id if above else parent)
            parent = above.properties.get("parentId") if above else None
        return chain

    # List

    def list_groups(self, request: httpx.Request, application: str) -> httpx.Response:
        """Answer with one page of the groups that the request asks for."""
        listing = self.read_listing(self.parameters(request))
        selected = self.select(application, listing)
        if (
            self.choices.past_end != "empty"
            and listing.page > 0
            and listing.page * listing.per_page >= len(selected)
        ):
            raise Refusal(self.choices.past_end, "page is past the end")
        items = self.window(selected, listing)
        return self.respond(200, self.collection(application, items, len(selected), listing))

    def parameters(self, request: httpx.Request) -> dict[str, str]:
        """Return the query parameters by name; unknown ones do no harm."""
        pairs = request.url.params.multi_items()
        parameters = dict(pairs)
        if len(pairs) > len(parameters) and self.choices.repeated_parameter == "refused":
            raise Refusal(400, "a parameter is repeated")
        return dict(reversed(pairs)) if self.choices.repeated_parameter == "first" else parameters

    def read_listing(self, parameters: Mapping[str, str]) -> Listing:
        """Fill in the defaults and refuse what is malformed."""
        query = self.read_query(parameters)
        return Listing(
            sort_field=self.read_sort_field(parameters.get("sortField")),
            direction=self.read_direction(parameters.get("sortDirection")),
            page=self.read_page(parameters.get("page")),
            per_page=self.read_per_page(parameters.get("perPage")),
            pattern=self.pattern_in_force(parameters, query),
            query=query,
            sent=parameters,
        )

    def read_sort_field(self, value: str | None) -> str:
        """Results are sorted by name unless an accepted field is named."""
        if value in self.edition.sort_fields:
            return value
        return self.unaccepted("sortField", value, self.default_sort_field)

    def read_direction(self, value: str | None) -> str:
        """Results ascend unless `desc` is given."""
        if value in ("asc", "desc"):
            return value
        if value in ("ASC", "DESC") and self.choices.upper_case_direction == "accepted":
            return value.lower()
        return self.unaccepted("sortDirection", value, self.default_direction)

    def unaccepted(self, name: str, value: str | None, default: str) -> str:
        """Return the default for a value that is absent, or refuse it if it is present and not
        accepted.
        """
        refused = self.choices.blank_sort if value == "" else self.choices.unaccepted_values
        if value is not None and refused == "refused":
            raise Refusal(400, f"{name} is not an accepted value")
        return default

    def read_page(self, value: str | None) -> int:
        """Pages are counted from 0, which is the default."""
        return self.read_number("page", value, default=0, minimum=0)

    def read_per_page(self, value: str | None) -> int:
        """A page holds the edition's default number of items unless perPage is given."""
        number = self.read_number("perPage", value, default=self.default_per_page(), minimum=1)
        if number <= self.choices.per_page_maximum or self.choices.over_maximum == "served":
            return number
        if self.choices.over_maximum == "refused":
            raise Refusal(400, "perPage is too large")
        return self.choices.per_page_maximum

    def default_per_page(self) -> int:
        """Return how many items a page holds if the request does not say."""
        return self.edition.per_page

    def read_number(self, name: str, value: str | None, *, default: int, minimum: int) -> int:
        """Read an integer parameter."""
        if value is None:
            return default
        if INTEGER.fullmatch(value) is None:
            if (
                self.choices.non_integer_paging if value else self.choices.blank_paging
            ) == "refused":
                raise Refusal(400, f"{name} is not an integer")
            return default
        number = int(value)
        if number >= minimum:
            return number
        if self.choices.out_of_range_paging == "refused":
            raise Refusal(400, f"{name} is out of range")
        return minimum if self.choices.out_of_range_paging == "clamped" else default

    def pattern_in_force(self, parameters: Mapping[str, str], query: Json) -> str | None:
        """Return the glob to apply; a query overrides filter and filterField."""
        if query is None:
            return self.read_filter(parameters)
        if self.choices.overridden_filter == "validated":
            self.read_filter(parameters)
        return None

    def read_filter(self, parameters: Mapping[str, str]) -> str | None:
        """Return the glob that names must match; a blank or absent filter or filterField means no
        filtering.
        """
        filter_field, pattern = parameters.get("filterField", ""), parameters.get("filter", "")
        if filter_field not in ("", "name"):
            if self.choices.unaccepted_values == "refused":
                raise Refusal(400, "filterField is not an accepted value")
            return None
        if pattern == "" or (self.choices.whitespace_filter == "blank" and pattern.isspace()):
            return None
        if filter_field == "":
            if self.choices.filter_without_field == "refused":
                raise Refusal(400, "filterField is required with filter")
            return pattern if self.choices.filter_without_field == "name" else None
        return pattern

    def read_query(self, parameters: Mapping[str, str]) -> Json:
        """Return the advanced query in force, or None; the 2017 edition knows no such parameter."""
        content = parameters.get("query")
        if (
            content is None
            or not self.edition.has_query
            or (content == "" and self.choices.blank_query == "ignored")
        ):
            return None
        try:
            query = read_json(content)
            if isinstance(query, str) and self.choices.string_query == "decoded":
                query = read_json(query)
            valid = is_query(query)
        except ValueError as error:
            raise Refusal(400, "query is not JSON") from error
        if not valid or (
            self.choices.unreadable_query_date == "refused" and has_unreadable_date(query)
        ):
            raise Refusal(400, "query is not a valid advanced query")
        return None if query == {} and self.choices.empty_query == "ignored" else query

    def select(self, application: str, listing: Listing) -> list[Group]:
        """Return the groups of the application that the filter or the query lets through."""
        return [
            group for group in self.candidates(application, listing) if self.passes(group, listing)
        ]

    def candidates(self, application: str, listing: Listing) -> list[Group]:
        """Return the groups that a list request may show: those of the application."""
        return self.of_application(application)

    def passes(self, group: Group, listing: Listing) -> bool:
        """Say whether a group satisfies the query or else the filter."""
        if listing.query is not None and not self.matcher.matches(
            listing.query, self.record(group)
        ):
            return False
        return listing.pattern is None or self.glob_matches(listing.pattern, group.name)

    def record(self, group: Group) -> dict[str, Json]:
        """Return what an advanced query can ask about."""
        parent = group.properties.get("parentId")
        return {
            "id": [group.id],
            "name": [group.name],
            "creationDate": [group.created],
            "lastUpdated": [group.updated],
            "parentId": [] if parent is None else [parent],
            "ancestorId": self.ancestors(group),
            "experienceUserId": group.properties.get("experienceUserIds", []),
            "experienceEndpointId": group.properties.get("experienceEndpointIds", []),
            "groupTags": group.properties.get("groupTags", {}),
        }

    def glob_matches(self, pattern: str, name: str) -> bool:
        """A glob must match the whole name."""
        return self.glob(pattern).fullmatch(name) is not None

    def glob(self, pattern: str) -> re.Pattern[str]:
        """`*` stands for any run of characters, also for none."""
        is_shell = self.choices.glob_syntax == "shell"
        expression = (
            fnmatch.translate(pattern)
            if is_shell
            else ".*".join(map(re.escape, pattern.split("*")))
        )
        return re.compile(
            expression,
            re.DOTALL | (re.IGNORECASE if self.choices.glob_case == "insensitive" else 0),
        )

    def window(self, selected: list[Group], listing: Listing) -> list[Group]:
        """Order everything that was selected, then cut the page out."""
        return self.page_of(self.ordered(selected, listing), listing)

    def ordered(self, groups: Sequence[Group], listing: Listing) -> list[Group]:
        """Sort by the field in the direction; equal values come in the order of the tie-break."""
        match self.choices.tie_break:
            case "insertion":
                groups = sorted(groups, key=lambda group: group.number)
            case "reverse-insertion":
                groups = sorted(groups, key=lambda group: -group.number)
            case "id":
                groups = sorted(groups, key=lambda group: group.id, reverse=listing.descending)
        return sorted(
            groups,
            key=lambda group: self.sort_key(group, listing.sort_field),
            reverse=listing.descending,
        )

    def sort_key(self, group: Group, sort_field: str) -> Json:
        """Return the value that a field sorts by."""
        match sort_field:
            case "id":
                return group.id
            case "creationDate":
                return group.created
            case "lastUpdated":
                return group.updated
            case _:
                return (
                    group.name.casefold()
                    if self.choices.name_order == "case-folded"
                    else group.name
                )

    def page_of(self, ordered: list[Group], listing: Listing) -> list[Group]:
        """Cut out a page, counted from 0."""
        start = listing.page * listing.per_page
        return ordered[start : start + listing.per_page]

    def collection(
        self, application: str, items: list[Group], total: int, listing: Listing
    ) -> dict[str, Json]:
        """Write Experience Groups: `count` counts the page, `totalCount` all that match."""
        body: dict[str, Json] = {"items": [self.represent(group) for group in items]}
        if self.choices.counters == "present":
            body |= {"count": len(items), "totalCount": total}
        if self.choices.paging_echo == "present":
            body |= {"perPage": listing.per_page, "page": listing.page}
        if self.choices.sort_echo == "present":
            body |= {"sortField": listing.sort_field, "sortDirection": self.direction_echo(listing)}
        if self.choices.filter_echo == "used" and listing.pattern is not None:
            body |= {"filter": listing.pattern, "filterField": "name"}
        if self.choices.filter_echo == "always":
            body |= {name: listing.sent.get(name, "") for name in ("filter", "filterField")}
        if self.choices.application_echo == "present":
            body["applicationId"] = application
        if self.choices.extra_fields == "links":
            own = f"/applications/{application}/experience/groups"
            body |= {"_type": "experienceGroups", "_links": {"self": {"href": own}}}
        return body

    def direction_echo(self, listing: Listing) -> str:
        """Return the direction in force, or what was sent if the schema of the edition lists that
        spelling.
        """
        sent = listing.sent.get("sortDirection")
        is_listed = self.edition_name == "current" and sent in ("", listing.direction.upper())
        return (
            sent
            if sent is not None and is_listed and self.choices.direction_echo == "as-sent"
            else listing.direction
        )

    # Create and the item operations

    def create_group(self, request: httpx.Request, application: str) -> httpx.Response:
        """Create a group and answer with it."""
        properties = self.settled(
            application, self.checked(self.read_body(request), frozenset({"name"})), None
        )
        siblings = self.of_application(application)
        if self.choices.group_limit is not None and len(siblings) >= self.choices.group_limit:
            raise Refusal(400, "the limit of experience groups is reached")
        return self.respond(201, self.represent(self.store(application, self.kept(properties))))

    def get_group(self, request: httpx.Request, group: Group) -> httpx.Response:
        """Answer with one group, and with its counts of devices if asked for."""
        parameters = self.parameters(request)
        body = self.represent(group)
        if parameters.get("includeDirectDeviceCount", "").lower() == "true":
            body["directDeviceCount"] = len(set(group.properties.get("deviceIds", ())))
        if parameters.get("includeTotalDeviceCount", "").lower() == "true":
            family = [
                item for item in self.groups if item is group or group.id in self.ancestors(item)
            ]
            body["totalDeviceCount"] = len(
                {device for item in family for device in item.properties.get("deviceIds", ())}
            )
        return self.respond(200, body)

    def patch_group(self, request: httpx.Request, group: Group) -> httpx.Response:
        """Change the properties that the body names and answer with the group."""
        body = self.checked(self.read_body(request), frozenset())
        group.properties |= self.kept(self.settled(group.application_id, body, group))
        if self.choices.explicit_null == "dropped":
            group.properties = {
                name: value for name, value in group.properties.items() if value is not None
            }
        group.updated = self.tick()
        return self.respond(200, self.represent(group))

    def delete_group(self, group: Group) -> httpx.Response:
        """Remove a group; its children lose their parent."""
        for item in self.groups:
            if self.ancestors(item)[:1] == [group.id]:
                del item.properties["parentId"]
        self.groups.remove(group)
        if self.choices.delete_answer == "no-content":
            return httpx.Response(204)
        return self.respond(200, {"success": True})

    def read_body(self, request: httpx.Request) -> Json:
        """Return the JSON of the request body."""
        content = request.read()
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if (
            content
            and media_type != "application/json"
            and self.choices.non_json_content_type != "parsed"
        ):
            raise Refusal(
                self.choices.non_json_content_type, "the content type must be application/json"
            )
        try:
            return read_json(content.decode())
        except ValueError as error:
            raise Refusal(400, "the body is not JSON") from error

    def checked(self, body: Json, required: frozenset[str]) -> dict[str, Json]:
        """Return a body that validates against the schema of the edition; refuse any other."""
        if not isinstance(body, dict):
            raise Refusal(400, "the body is not an object")
        for name in required:
            if name not in body:
                raise Refusal(400, f"{name} is required")
        rules = self.rules()
        for name, value in body.items():
            if name not in rules:
                raise Refusal(400, f"{name} is not allowed")
            if not rules[name](value):
                raise Refusal(400, f"{name} is invalid")
        return body

    def rules(self) -> dict[str, Rule]:
        """Return the rule of each property that a body may have."""
        return self.edition.rules

    def settled(
        self, application: str, body: dict[str, Json], changed: Group | None
    ) -> dict[str, Json]:
        """Return the properties to store after the names and the references have been checked."""
        others = [group for group in self.of_application(application) if group is not changed]
        if self.choices.duplicate_names == "refused" and body.get("name") in {
            group.name for group in others
        }:
            raise Refusal(400, "name is not unique")
        body = self.referenced(application, body)
        if changed is not None and body.get("parentId") is not None:
            parents = [
                group
                for group in self.groups
                if self.same_id(group.id) == self.same_id(body["parentId"])
            ]
            if any(changed.id in (parent.id, *self.ancestors(parent)) for parent in parents):
                raise Refusal(400, "parentId is the group itself or below it")
        if self.choices.repeated_ids == "merged":
            body |= {
                name: list(dict.fromkeys(body[name])) for name in REFERENCE_LISTS if name in body
            }
        return body

    def referenced(self, application: str, body: dict[str, Json]) -> dict[str, Json]:
        """Return the body without, or refuse it for, references to nothing."""
        if self.choices.dangling_references == "accepted":
            return body
        existing = {self.same_id(item) for item in self.choices.existing_references}
        parents = existing | {group.id for group in self.of_application(application)}
        kept = {**body}
        for name in REFERENCE_LISTS:
            if name in body:
                kept[name] = [item for item in body[name] if self.same_id(item) in existing]
        if body.get("parentId") is not None and self.same_id(body["parentId"]) not in parents:
            del kept["parentId"]
        if kept != body and self.choices.dangling_references != "dropped":
            raise Refusal(self.choices.dangling_references, "a referenced resource was not found")
        return kept

    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        """Return what is stored of the properties: all of them, unchanged."""
        return properties

    def store(self, application: str, properties: dict[str, Json]) -> Group:
        """Store a new group."""
        if self.choices.explicit_null == "dropped":
            properties = {name: value for name, value in properties.items() if value is not None}
        self.created_count += 1
        moment = self.tick()
        group = Group(
            number=self.created_count,
            id=self.new_id(moment),
            application_id=application,
            created=moment,
            updated=moment,
            properties=properties,
        )
        self.groups.append(group)
        return group

    def new_id(self, moment: datetime) -> str:
        """Return an id like an ObjectId: seconds, a constant, a counter."""
        identifier = f"{int(moment.timestamp()):08x}{ID_MIDDLE}{0xDC4A99 + self.created_count:06x}"
        if self.choices.id_order == "scattered":
            return hashlib.sha256(identifier.encode()).hexdigest()[:24]
        return identifier

    def tick(self) -> datetime:
        """Return the time of a change; it grows with each call, but whole seconds may repeat."""
        moment = self.clock().astimezone(UTC)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        self.last_moment = max(moment, self.last_moment + timedelta(milliseconds=1))
        return (
            self.last_moment.replace(microsecond=0)
            if self.choices.dates == "seconds"
            else self.last_moment
        )


# Honest variants

STRICT = Choices(
    credentials_checked="after-application",
    past_end=404,
    over_maximum="refused",
    blank_paging="refused",
    repeated_parameter="refused",
    upper_case_direction="unaccepted",
    blank_sort="refused",
    filter_without_field="refused",
    overridden_filter="validated",
    blank_query="refused",
    unreadable_query_date="refused",
    non_json_content_type=415,
    duplicate_names="refused",
    upper_case_ids="different",
)
LENIENT = Choices(
    scheme_case="any",
    bounded_scopes="accepted",
    trailing_slash="tolerated",
    over_maximum="served",
    out_of_range_paging="clamped",
    non_integer_paging="default",
    repeated_parameter="first",
    direction_echo="as-sent",
    glob_syntax="shell",
    glob_case="insensitive",
    filter_without_field="name",
    whitespace_filter="blank",
    empty_query="ignored",
    string_query="decoded",
    empty_nor="matches-all",
    case_insensitive_reach="all-operators",
    repeated_ids="merged",
    dangling_references="dropped",
)
BARE = Choices(
    error_body="empty",
    filter_echo="never",
    counters="absent",
    paging_echo="absent",
    sort_echo="absent",
    application_echo="absent",
    explicit_null="dropped",
    content_type="plain",
    item_operations="absent",
    malformed_id_status=400,
)
ORNATE = Choices(
    error_body="extra-keys",
    extra_fields="links",
    filter_echo="always",
    omitted_fields="nulls",
    dates="offset",
    delete_answer="no-content",
    direction_echo="as-sent",
)
COARSE = Choices(
    dates="seconds",
    id_order="scattered",
    name_order="case-folded",
    tie_break="reverse-insertion",
    past_end=400,
    out_of_range_paging="default",
    omitted_fields="empty",
)
CLOSED = Choices(
    missing_credentials_status=403,
    invalid_token_status=403,
    malformed_scheme_status=400,
    insufficient_scope_status=401,
    wrong_method_status=404,
    unmapped_path_status=405,
    item_operations="absent",
    dangling_references=404,
    non_json_content_type=400,
    duplicate_names="refused",
    group_limit=150,
)
COMBINED = {
    "strict": STRICT,
    "lenient": LENIENT,
    "bare": BARE,
    "ornate": ORNATE,
    "coarse": COARSE,
    "closed": CLOSED,
}


def single_choices() -> dict[str, Choices]:
    """Return one set of choices for every alternative of every field, named after both."""
    hints = get_type_hints(Choices)
    singles: list[dict[str, Json]] = [
        {item.name: value}
        for item in fields(Choices)
        for value in get_args(hints[item.name])
        if isinstance(value, str | int) and value != item.default
    ]
    variants = {
        f"{name}-{value}".replace("_", "-"): Choices(**single)
        for single in singles
        for name, value in single.items()
    }
    del variants["unaccepted-values-ignored"]  # the page lists the accepted values: see DISHONEST
    cap = Choices(per_page_maximum=100)
    return variants | {
        "per-page-maximum-100": cap,
        "per-page-maximum-100-refused": replace(cap, over_maximum="refused"),
        "group-limit-150": Choices(group_limit=150),
        "dangling-references-400-samples-exist": Choices(
            dangling_references=400, existing_references=SAMPLE_REFERENCES
        ),
    }


def honest(choices: Choices, edition: str = "current") -> Callable[[], Server]:
    """Return a maker of honest servers that know `token` and `SCOPED_TOKENS`."""
    return partial(Server, edition=edition, scoped_tokens=SCOPED_TOKENS, choices=choices)


HONEST: dict[str, Callable[[], Server]] = {
    "plain": honest(DEFAULT_CHOICES),
    **{name: honest(choices) for name, choices in single_choices().items()},
    **{name: honest(choices) for name, choices in COMBINED.items()},
    "2017-plain": honest(DEFAULT_CHOICES, "2017"),
    **{f"2017-{name}": honest(choices, "2017") for name, choices in COMBINED.items()},
}


# Dishonest servers


@dataclass(frozen=True)
class Dishonest:
    """A server that breaks one promise, the promise and where it is made."""

    promise: str
    source: str
    make: Callable[[], Server]


DISHONEST: dict[str, Dishonest] = {
    "unaccepted-values-ignored": Dishonest(
        "Values outside the listed ones are not accepted.",
        "L15",
        honest(Choices(unaccepted_values="ignored")),
    )
}


def breaks(
    name: str, promise: str, source: str, edition: str = "current"
) -> Callable[[type[Server]], type[Server]]:
    """Register a subclass that breaks the promise and is otherwise the plain honest server."""

    def register(server: type[Server]) -> type[Server]:
        DISHONEST[name] = Dishonest(
            promise, source, partial(server, edition=edition, scoped_tokens=SCOPED_TOKENS)
        )
        return server

    return register


def misreads(name: str, promise: str, source: str) -> Callable[[type[Matcher]], type[Matcher]]:
    """Register a server whose advanced queries are evaluated by the subclass."""

    def register(matcher: type[Matcher]) -> type[Matcher]:
        breaks(name, promise, source)(
            type(f"With{matcher.__name__}", (Server,), {"matcher_class": matcher})
        )
        return matcher

    return register


# Dishonest about access


@breaks("junk-token-accepted", "Only a valid access token opens the endpoint.", "L6")
class _JunkTokenAccepted(Server):
    def scope_of(self, token: str) -> str | None:
        return super().scope_of(token) or "all.User"


@breaks("listing-needs-no-credentials", "Listing requires the Authorization header.", "L6, L47")
class _OpenListing(Server):
    def authorize(self, request: httpx.Request, action: str) -> None:
        if action != "list" or "Authorization" in request.headers:
            super().authorize(request, action)


@breaks(
    "read-scope-may-create",
    "A token that may only read an application may not create groups.",
    "L62",
)
class _ReadScopeCreates(Server):
    def scopes(self, action: str) -> frozenset[str]:
        return super().scopes(action) | {"all.Application.read"}


@breaks(
    "post-scope-may-list", "The scope experienceGroups.post alone does not allow listing.", "L9"
)
class _PostScopeLists(Server):
    def scopes(self, action: str) -> frozenset[str]:
        return super().scopes(action) | {"experienceGroups.post"}


@breaks("organization-read-refused", "The scope all.Organization.read allows listing.", "L8d")
class _OrganizationReadRefused(Server):
    def scopes(self, action: str) -> frozenset[str]:
        return super().scopes(action) - {"all.Organization.read"}


@breaks("star-scope-may-not-create", "The scope experienceGroups.* allows creating.", "L61d")
class _StarScopeRefused(Server):
    def scopes(self, action: str) -> frozenset[str]:
        return super().scopes(action) - ({"experienceGroups.*"} if action == "create" else set())


# Dishonest about paging


@breaks("last-page-loses-its-last-item", "The pages together hold every group.", "L23")
class _LastPageShort(Server):
    def page_of(self, ordered: list[Group], listing: Listing) -> list[Group]:
        items = super().page_of(ordered, listing)
        is_last = (listing.page + 1) * listing.per_page >= len(ordered)
        return items[:-1] if listing.page and is_last else items


@breaks("later-pages-start-one-late", "Page n begins where page n-1 ended.", "L23, L25")
class _PagesOffByOne(Server):
    def page_of(self, ordered: list[Group], listing: Listing) -> list[Group]:
        start = listing.page * listing.per_page + (1 if listing.page else 0)
        return ordered[start : start + listing.per_page]


@breaks("pages-counted-from-one", "Pages are counted from 0.", "L25")
class _PagesFromOne(Server):
    def page_of(self, ordered: list[Group], listing: Listing) -> list[Group]:
        return super().page_of(ordered, replace(listing, page=max(listing.page - 1, 0)))


@breaks("default-per-page-50", "A page holds 100 groups by default.", "L28")
class _FiftyPerPage(Server):
    def default_per_page(self) -> int:
        return 50


@breaks(
    "2017-default-per-page-100",
    "In the 2017 edition a page holds 1000 groups by default.",
    "L28",
    "2017",
)
class _HundredPerPage(Server):
    def default_per_page(self) -> int:
        return 100


@breaks(
    "filter-ignores-per-page",
    "perPage sets the number of items also in a filtered list.",
    "L27, L46",
)
class _FilterUnpaged(Server):
    def page_of(self, ordered: list[Group], listing: Listing) -> list[Group]:
        return ordered if listing.pattern is not None else super().page_of(ordered, listing)


@breaks(
    "total-count-counts-the-page",
    "totalCount counts all groups that match.",
    "schema Experience Groups, L83",
)
class _TotalOfPage(Server):
    def collection(
        self, application: str, items: list[Group], total: int, listing: Listing
    ) -> dict[str, Json]:
        return super().collection(application, items, len(items), listing)


@breaks(
    "count-is-the-page-size",
    "count is the number of items in the answer.",
    "schema Experience Groups, L83",
)
class _CountOfCapacity(Server):
    def collection(
        self, application: str, items: list[Group], total: int, listing: Listing
    ) -> dict[str, Json]:
        return {**super().collection(application, items, total, listing), "count": listing.per_page}


# Dishonest about sorting


@breaks("default-direction-desc", "Results ascend by default.", "L18")
class _DescendingByDefault(Server):
    default_direction = "desc"


@breaks("default-sort-creation-date", "Results are sorted by name by default.", "L14")
class _CreationDateByDefault(Server):
    default_sort_field = "creationDate"


@breaks(
    "last-updated-sorts-by-creation", "sortField=lastUpdated sorts by the last change.", "L12d, L13"
)
class _LastUpdatedIsCreation(Server):
    def sort_key(self, group: Group, sort_field: str) -> Json:
        return super().sort_key(
            group, "creationDate" if sort_field == "lastUpdated" else sort_field
        )


@breaks(
    "creation-date-sorts-by-day",
    "sortField=creationDate sorts by the time of creation.",
    "L12c, L13",
)
class _CreationDay(Server):
    def sort_key(self, group: Group, sort_field: str) -> Json:
        return (
            (group.created.date(), group.name)
            if sort_field == "creationDate"
            else super().sort_key(group, sort_field)
        )


@breaks(
    "descending-within-the-page", "desc reverses the whole list before pages are cut.", "L20, L23"
)
class _DescendingPage(Server):
    def window(self, selected: list[Group], listing: Listing) -> list[Group]:
        page = super().window(selected, replace(listing, direction="asc"))
        return page[::-1] if listing.descending else page


@breaks(
    "sorted-within-the-page",
    "The whole list is sorted by sortField before pages are cut.",
    "L13, L23",
)
class _SortedPage(Server):
    def window(self, selected: list[Group], listing: Listing) -> list[Group]:
        by_name = self.ordered(selected, replace(listing, sort_field="name", direction="asc"))
        return self.ordered(self.page_of(by_name, listing), listing)


@breaks("ids-never-descend", "sortDirection applies to sortField=id too.", "L20")
class _IdsAscend(Server):
    def ordered(self, groups: Sequence[Group], listing: Listing) -> list[Group]:
        ascending = replace(listing, direction="asc")
        return super().ordered(groups, ascending if listing.sort_field == "id" else listing)


# Dishonest about filtering


@breaks("glob-not-anchored", "A glob matches the whole name, not a part of it.", "L37")
class _GlobFloats(Server):
    def glob_matches(self, pattern: str, name: str) -> bool:
        return self.glob(pattern).search(name) is not None


@breaks("star-stops-at-a-space", "* in a glob stands for any run of characters.", "L37")
class _StarStops(Server):
    def glob(self, pattern: str) -> re.Pattern[str]:
        return re.compile(re.escape(pattern).replace(r"\*", "[^ ]*"))


@breaks(
    "filter-dot-matches-any-character",
    "A character of the filter other than a wildcard stands for itself.",
    "L36",
)
class _FilterIsExpression(Server):
    def glob(self, pattern: str) -> re.Pattern[str]:
        return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\.", "."), re.DOTALL)


@breaks("blank-filter-matches-nothing", "A blank filter means no filtering.", "L39")
class _BlankFilterMatches(Server):
    def read_filter(self, parameters: Mapping[str, str]) -> str | None:
        return "" if parameters.get("filter") == "" else super().read_filter(parameters)


@breaks("blank-filter-field-refused", "A blank filterField means no filtering.", "L34")
class _BlankFieldRefused(Server):
    def read_filter(self, parameters: Mapping[str, str]) -> str | None:
        if parameters.get("filterField") == "":
            raise Refusal(400, "filterField is not an accepted value")
        return super().read_filter(parameters)


@breaks(
    "filter-leaks-other-application", "A list holds the groups of that application only.", "L52"
)
class _FilterLeaks(Server):
    def candidates(self, application: str, listing: Listing) -> list[Group]:
        return (
            self.groups if listing.pattern is not None else super().candidates(application, listing)
        )


@breaks(
    "nested-groups-unlisted",
    "A list holds all groups of the application, also those with a parent.",
    "L52",
)
class _NestedUnlisted(Server):
    def candidates(self, application: str, listing: Listing) -> list[Group]:
        groups = super().candidates(application, listing)
        return [group for group in groups if group.properties.get("parentId") is None]


# Dishonest about the advanced query


@breaks("query-merges-with-filter", "query overrides filter and filterField.", "L43")
class _QueryMerges(Server):
    def pattern_in_force(self, parameters: Mapping[str, str], query: Json) -> str | None:
        return self.read_filter(parameters)


@breaks("malformed-query-ignored", "A query that is not JSON is a malformed request.", "L53")
class _MalformedQueryIgnored(Server):
    def read_query(self, parameters: Mapping[str, str]) -> Json:
        try:
            return super().read_query(parameters)
        except Refusal:
            return None


@misreads("nor-read-as-or", "$nor returns what no condition matches.", "advanced queries page, L44")
class _NorIsOr(Matcher):
    def none(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        return self.some(queries, record)


@misreads(
    "and-reads-first-condition",
    "$and returns what all conditions match.",
    "advanced queries page, L44",
)
class _AndIsFirst(Matcher):
    def every(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        return super().every(queries[:1], record)


@misreads(
    "in-reads-first-value",
    "$in matches any of the listed values.",
    "schema Advanced Experience Group Query, L44",
)
class _InIsFirst(Matcher):
    def operator(self, name: str, operand: Json, values: Sequence[Json], fold: Fold) -> bool:
        return super().operator(name, operand[:1] if name == "$in" else operand, values, fold)


@misreads(
    "gte-excludes-equal",
    "$gte matches an equal value.",
    "schema Advanced Experience Group Query, L44",
)
class _GteIsGt(Matcher):
    def compare(self, name: str, value: Json, operand: Json, fold: Fold) -> bool:
        return super().compare("$gt" if name == "$gte" else name, value, operand, fold)


@misreads(
    "ends-with-read-as-contains",
    "$endsWith compares the end.",
    "schema Advanced Experience Group Query, L44",
)
class _EndsWithIsContains(Matcher):
    def compare(self, name: str, value: Json, operand: Json, fold: Fold) -> bool:
        return super().compare("$contains" if name == "$endsWith" else name, value, operand, fold)


@misreads(
    "tag-value-ignored",
    "$tagKey with $tagValue asks for both.",
    "schema Advanced Experience Group Query, L44",
)
class _TagKeyOnly(Matcher):
    def tag_pair(self, key: Json, value: Json, tags: Mapping[str, str]) -> bool:
        return super().tag_pair(key, ANY_TAG if key != ANY_TAG else value, tags)


@misreads(
    "query-name-hides-last-updated", "name and lastUpdated in one query must both match.", "L42"
)
class _NameOnly(Matcher):
    def matches(self, query: Json, record: Mapping[str, Json]) -> bool:
        kept = {
            key: value
            for key, value in query.items()
            if key != "lastUpdated" or "name" not in query
        }
        return super().matches(kept, record)


# Dishonest about creating


@breaks("create-answers-200", "Creating answers 201.", "L75")
class _CreateAnswers200(Server):
    def create_group(self, request: httpx.Request, application: str) -> httpx.Response:
        response = super().create_group(request, application)
        response.status_code = 200
        return response


@breaks("create-returns-namesake", "A successful POST creates a new group.", "L58")
class _CreateReturnsNamesake(Server):
    def store(self, application: str, properties: dict[str, Json]) -> Group:
        namesakes = [
            group for group in self.of_application(application) if group.name == properties["name"]
        ]
        return namesakes[0] if namesakes else super().store(application, properties)


@breaks(
    "names-cut-at-64",
    "The name comes back as sent; up to 255 characters are valid.",
    "schema Experience Group Post, L76",
)
class _NamesCut(Server):
    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        return (
            {**properties, "name": properties["name"][:64]} if "name" in properties else properties
        )


@breaks("names-lose-accents", "The name comes back as sent, whatever its letters.", "L76")
class _NamesAscii(Server):
    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        name = (
            {"name": properties["name"].encode("ascii", "replace").decode()}
            if "name" in properties
            else {}
        )
        return {**properties, **name}


@breaks(
    "description-dropped",
    "The created group has the description that was sent.",
    "schema Experience Group, L76",
)
class _DescriptionDropped(Server):
    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        return {name: value for name, value in properties.items() if name != "description"}


@breaks("device-tags-lose-their-key", "A device tag is a pair of key and value.", "L72, L76")
class _DeviceTagsKeyless(Server):
    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        tags = [
            {"value": tag["value"]} for tag in properties.get("deviceTags", []) if "value" in tag
        ]
        return {**properties, "deviceTags": tags} if "deviceTags" in properties else properties


@breaks(
    "only-first-user-kept", "The created group has all experience users that were sent.", "L69, L76"
)
class _OneUser(Server):
    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        users = (
            {"experienceUserIds": properties["experienceUserIds"][:1]}
            if "experienceUserIds" in properties
            else {}
        )
        return {**properties, **users}


@breaks("parent-dropped", "The created group has the parent that was sent.", "L73")
class _ParentDropped(Server):
    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        return {name: value for name, value in properties.items() if name != "parentId"}


@breaks(
    "2017-endpoints-dropped", "The created group has the endpoints that were sent.", "L70", "2017"
)
class _EndpointsDropped(Server):
    def kept(self, properties: dict[str, Json]) -> dict[str, Json]:
        return {
            name: value for name, value in properties.items() if name != "experienceEndpointIds"
        }


@breaks(
    "names-of-255-refused", "A name may have 255 characters.", "schema Experience Group Post, L82"
)
class _NamesTooShort(Server):
    def rules(self) -> dict[str, Rule]:
        return {**super().rules(), "name": text(1, 254)}


@breaks(
    "names-of-256-accepted",
    "A name has at most 255 characters.",
    "schema Experience Group Post, L77",
)
class _NamesTooLong(Server):
    def rules(self) -> dict[str, Rule]:
        return {**super().rules(), "name": text(1, 256)}


@breaks(
    "unknown-properties-accepted",
    "A body may have no other properties.",
    "schema Experience Group Post, L77",
)
class _UnknownAccepted(Server):
    def checked(self, body: Json, required: frozenset[str]) -> dict[str, Json]:
        known = (
            {name: body[name] for name in body if name in self.rules()}
            if isinstance(body, dict)
            else body
        )
        return super().checked(known, required)


@breaks("nameless-group-created", "A body needs a name.", "schema Experience Group Post, L77")
class _NamelessCreated(Server):
    def checked(self, body: Json, required: frozenset[str]) -> dict[str, Json]:
        return super().checked(
            {"name": "Untitled", **body} if required and isinstance(body, dict) else body, required
        )


@breaks(
    "items-name-the-first-application", "applicationId is the application asked for.", "L4, L52"
)
class _FirstApplication(Server):
    def represent(self, group: Group) -> dict[str, Json]:
        return {**super().represent(group), "applicationId": self.applications[0]}


# Dishonest about errors


@breaks("malformed-body-answers-500", "A malformed POST answers 400.", "L64, L77")
class _BodyCrashes(Server):
    def read_body(self, request: httpx.Request) -> Json:
        try:
            return super().read_body(request)
        except Refusal as refusal:
            raise Refusal(500, "internal error") from refusal


@breaks("unknown-application-lists-empty", "Listing an unknown application answers 404.", "L55")
class _UnknownListsEmpty(Server):
    def find_application(self, application_id: str, action: str) -> str:
        is_excused = action == "list" and is_id(application_id)
        return application_id if is_excused else super().find_application(application_id, action)


@breaks("unknown-application-creates", "Creating in an unknown application answers 404.", "L78")
class _UnknownCreates(Server):
    def find_application(self, application_id: str, action: str) -> str:
        is_excused = action == "create" and is_id(application_id)
        return application_id if is_excused else super().find_application(application_id, action)


@breaks("not-found-in-plain-text", "The body of a 404 is an Error.", "L56")
class _NotFoundText(Server):
    def error_response(self, refusal: Refusal) -> httpx.Response:
        return (
            httpx.Response(404, text=refusal.message)
            if refusal.status == 404
            else super().error_response(refusal)
        )


@breaks("error-message-is-an-object", "The message of an Error is a string.", "schema Error, L54")
class _MessageObject(Server):
    def error_response(self, refusal: Refusal) -> httpx.Response:
        return self.respond(
            refusal.status,
            {"type": ERROR_TYPES[refusal.status], "message": {"text": refusal.message}},
        )


@breaks("errors-declared-as-html", "Errors are declared as JSON.", "REST overview, L81")
class _ErrorsAsHtml(Server):
    def error_response(self, refusal: Refusal) -> httpx.Response:
        response = super().error_response(refusal)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        return response
