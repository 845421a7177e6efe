"""An in-process server for Losant experience groups, written from the vendor's documents only.

`Server` keeps every promise of the documentation. Where the documentation does not specify a
behavior, a field of `Choices` selects it, so that many different servers are equally honest:
`HONEST` lists them. `DISHONEST` holds servers that each break one documented promise.

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
    """Behavior that the documentation does not specify; a server is honest with any of these
    values.

    One restriction: the 2017 edition serves 1000 items per page by default, so its
    `per_page_maximum` is at least 1000.
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
        "matches-none"  # 1.4: documented for the form, not for the JSON
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
    # resources that exist besides the created groups
    existing_references: frozenset[str] = frozenset()
    group_limit: int | None = None


DEFAULT_CHOICES = Choices()


class Refusal(Exception):
    """A rejected request: the response has this status and an Error body."""

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


def build_text_rule(minimum: int, maximum: int) -> Rule:
    """Accept a string whose length in code points lies between the two bounds."""
    return lambda value: isinstance(value, str) and minimum <= len(value) <= maximum


def nullable(rule: Rule) -> Rule:
    """Accept null and every value that the rule accepts."""
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
        is_tag_key(key) and build_text_rule(1, 255)(item) for key, item in value.items()
    )


def is_device_tag(value: Json) -> bool:
    """Accept an object with at most a key and a value; neither is required."""
    rules: dict[str, Rule] = {"key": is_tag_key, "value": build_text_rule(1, 255)}
    return isinstance(value, dict) and all(
        name in rules and rules[name](item) for name, item in value.items()
    )


def is_device_tags(value: Json) -> bool:
    """Accept at most 100 device tags."""
    return isinstance(value, list) and len(value) <= 100 and all(map(is_device_tag, value))


RULES_2017: dict[str, Rule] = {
    "name": build_text_rule(1, 255),
    "description": build_text_rule(0, 32767),
    "experienceUserIds": is_id_list,
    "experienceEndpointIds": is_id_list,
}
RULES_CURRENT: dict[str, Rule] = {
    **RULES_2017,
    "deviceIds": is_id_list,
    "groupTags": is_group_tags,
    "deviceTags": is_device_tags,
    "deviceQueryJson": nullable(build_text_rule(0, 8192)),
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
OMITTED_DEFAULTS: dict[str, dict[str, Json]] = {
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


def build_operator_rules(value: Rule) -> dict[str, Rule]:
    """Return the rules of the operators that compare with values of this kind."""
    comparisons = dict.fromkeys([*COMPARISONS, "$ne"], nullable(value))
    return {**comparisons, "$in": list_of(value), "$nin": list_of(value)}


ID_OPERATORS = build_operator_rules(is_id)
SCALAR_OPERATORS: dict[str, Rule] = {
    **build_operator_rules(is_scalar),
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
        return set(value) in ({"$in"}, {"$nin"}) and all(
            map(list_of(build_text_rule(0, 255)), value.values())
        )
    return value is None or build_text_rule(0, 255)(value)


def is_tag_query(value: Json) -> bool:
    """Accept $tagKey and $tagValue, or an object from tag keys to expected values."""
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
    denotes.
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
    """Whether a date field is compared with a string that is not a date."""
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
    """Which operators ignore case."""

    strings: bool
    values: bool


class Matcher:
    """Evaluates valid advanced queries against the queryable values of a group.

    Every field is a list of values: one name, one date, no or one parent, any number of users. A
    comparison is true if it is true for one value; null matches an empty list; $ne and $nin negate
    $eq and $in.
    """

    def __init__(self, choices: Choices, display: Callable[[datetime], str]) -> None:
        self.choices = choices
        self.display = display

    def matches(self, query: Json, record: Mapping[str, Json]) -> bool:
        """All clauses of a query must match, so an empty query matches."""
        return all(self.match_clause(key, condition, record) for key, condition in query.items())

    def match_clause(self, key: str, condition: Json, record: Mapping[str, Json]) -> bool:
        """Evaluate one key of a query."""
        match key:
            case "$and":
                return self.match_all(condition, record)
            case "$or":
                return self.match_any(condition, record)
            case "$nor":
                return self.match_none(condition, record)
            case "groupTags":
                return self.match_tags(condition, record[key])
            case _:
                return self.match_condition(condition, record[key], folds_ids=key in ID_FIELDS)

    def match_all(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        """$and: all queries must match; without queries everything matches."""
        return all(self.matches(query, record) for query in queries)

    def match_any(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        """$or: any query must match; without queries everything matches."""
        return not queries or any(self.matches(query, record) for query in queries)

    def match_none(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        """$nor: no query may match; without queries, by the documentation, nothing matches."""
        if not queries:
            return self.choices.empty_nor == "matches-all"
        return not any(self.matches(query, record) for query in queries)

    def match_condition(self, condition: Json, values: Sequence[Json], *, folds_ids: bool) -> bool:
        """All operators must match; a bare value means $eq."""
        parts = condition if isinstance(condition, dict) else {"$eq": condition}
        insensitive = parts.get("$ci") is True
        fold = Fold(
            insensitive, insensitive and self.choices.case_insensitive_reach == "all-operators"
        )
        if folds_ids:
            fold = Fold(False, self.choices.upper_case_ids == "same")
        return all(
            self.match_operator(name, operand, values, fold)
            for name, operand in parts.items()
            if name != "$ci"
        )

    def match_operator(self, name: str, operand: Json, values: Sequence[Json], fold: Fold) -> bool:
        """Evaluate one operator."""
        match name:
            case "$ne":
                return not self.match_operator("$eq", operand, values, fold)
            case "$nin":
                return not self.match_operator("$in", operand, values, fold)
            case "$in":
                return any(self.match_operator("$eq", item, values, fold) for item in operand)
            case "$eq" | "$gte" | "$lte" if operand is None:
                return not values
            case _:
                return any(self.compare(name, value, operand, fold) for value in values)

    def compare(self, name: str, value: Json, operand: Json, fold: Fold) -> bool:
        """Compare one value; values of different types never match, and dates compare as
        instants.
        """
        if name in STRING_OPERATORS:
            displayed = self.display(value) if isinstance(value, datetime) else value
            return STRING_OPERATORS[name](
                *(item.casefold() if fold.strings else item for item in (displayed, operand))
            )
        if isinstance(value, datetime):
            moment = read_date(operand)
            return moment is not None and COMPARISONS[name](value, moment)
        if not isinstance(operand, str):
            return False
        return COMPARISONS[name](
            *(item.casefold() if fold.values else item for item in (value, operand))
        )

    def match_tags(self, condition: Json, tags: Mapping[str, str]) -> bool:
        """A tag query may name a key and a value, or the expected value of each of several keys."""
        if "$eq" in condition:
            return self.match_tags(condition["$eq"], tags)
        if "$ne" in condition:
            return not self.match_tags(condition["$ne"], tags)
        if "$tagKey" in condition or "$tagValue" in condition:
            return self.match_tag_pair(
                condition.get("$tagKey", ANY_TAG), condition.get("$tagValue", ANY_TAG), tags
            )
        return all(
            self.match_tag_text(expected, tags.get(key)) for key, expected in condition.items()
        )

    def match_tag_pair(self, key: Json, value: Json, tags: Mapping[str, str]) -> bool:
        """One tag must match both parts; null for one part requires that no tag matches the other
        one.
        """
        expected_key, expected_value = (ANY_TAG if part is None else part for part in (key, value))
        is_matched = any(
            self.match_tag_text(expected_key, name) and self.match_tag_text(expected_value, item)
            for name, item in tags.items()
        )
        return is_matched != (key is None or value is None)

    def match_tag_text(self, expected: Json, actual: str | None) -> bool:
        """Compare a tag with a string, a list of strings, or null for absence."""
        if not isinstance(expected, dict):
            return bool(actual == expected)
        return actual in expected["$in"] if "$in" in expected else actual not in expected["$nin"]


# The server


@dataclass(slots=True, kw_only=True)
class Group:
    """A stored group; `properties` holds the properties that the client sent."""

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
    """The parameters of a list request, with the defaults filled in.

    `pattern` is the effective glob and `query` the effective advanced query; at most one of them is
    set. `sent` holds the parameters as sent.
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
    """Return the current time."""
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
        """Respond to a request; requests are handled one at a time."""
        with self.lock:
            try:
                return self.run_action(request)
            except Refusal as refusal:
                return self.build_error_response(refusal)
            except RecursionError:
                return self.build_error_response(Refusal(400, "the JSON is nested too deeply"))

    # Routing

    def run_action(self, request: httpx.Request) -> httpx.Response:
        """Route the request, check credentials and application, and run the action."""
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
        """Return the application id, the group id (blank for the collection) and the action of the
        request.
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
        """Return the id of the application in the spelling of the server."""
        return self.find_id(application_id, self.applications, "Application was not found")

    def find_group(self, application: str, group_id: str) -> Group:
        """Return the group of the application with that id."""
        groups = {group.id: group for group in self.list_groups_of(application)}
        return groups[self.find_id(group_id, tuple(groups), "Experience group was not found")]

    def list_groups_of(self, application: str) -> list[Group]:
        """Return the groups of an application in the order of creation."""
        return [group for group in self.groups if group.application_id == application]

    def find_id(self, requested: str, known: Sequence[str], message: str) -> str:
        """Return the known id that equals the requested one; reject malformed and unknown ids."""
        if not is_id(requested):
            raise Refusal(self.choices.malformed_id_status, message)
        matches = [
            item for item in known if self.normalize_id(item) == self.normalize_id(requested)
        ]
        if not matches:
            raise Refusal(404, message)
        return matches[0]

    def normalize_id(self, value: str) -> str:
        """Return the form of an id that is used for comparison."""
        return value.lower() if self.choices.upper_case_ids == "same" else value

    # Credentials

    def authorize(self, request: httpx.Request, action: str) -> None:
        """Require a valid token, prefixed with Bearer, that has one of the scopes of the action."""
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
        scope = self.find_scope(token)
        if scope is None:
            raise Refusal(self.choices.invalid_token_status, "Invalid token")
        if scope not in self.list_accepted_scopes(action):
            raise Refusal(self.choices.insufficient_scope_status, "Insufficient scope")

    def find_scope(self, token: str) -> str | None:
        """Return the scope of a token, or None for an invalid token."""
        return self.scoped_tokens.get(token)

    def list_accepted_scopes(self, action: str) -> frozenset[str]:
        """Return the scopes of which a token needs one."""
        return SCOPES[action] | (
            BOUNDED_SCOPES if self.choices.bounded_scopes == "accepted" else frozenset()
        )

    # Responses

    def respond(self, status: int, payload: Json) -> httpx.Response:
        """Build a JSON response."""
        media_type = "application/json" + (
            "; charset=utf-8" if self.choices.content_type == "charset" else ""
        )
        content = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        return httpx.Response(status, headers={"Content-Type": media_type}, content=content)

    def build_error_response(self, refusal: Refusal) -> httpx.Response:
        """Build an Error response; the schema of Error requires no property."""
        error_type = ERROR_TYPES[refusal.status]
        match self.choices.error_body:
            case "message-only":
                body: dict[str, Json] = {"message": refusal.message}
            case "type-only":
                body = {"type": error_type}
            case "empty-message":
                body = {"type": error_type, "message": ""}
            case "extra-keys":
                body = {
                    "type": error_type,
                    "message": refusal.message,
                    "statusCode": refusal.status,
                    "details": [],
                }
            case "empty":
                body = {}
            case _:
                body = {"type": error_type, "message": refusal.message}
        return self.respond(refusal.status, body)

    def display(self, moment: datetime) -> str:
        """Format an instant in UTC as RFC 3339."""
        match self.choices.dates:
            case "seconds":
                return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            case "offset":
                return moment.isoformat(timespec="milliseconds")
            case _:
                return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

    def represent(self, group: Group) -> dict[str, Json]:
        """Build an Experience Group; sent properties are returned unchanged, and `id` equals
        `experienceGroupId`.
        """
        body: dict[str, Json] = {
            "id": group.id,
            "experienceGroupId": group.id,
            "applicationId": group.application_id,
            "creationDate": self.display(group.created),
            "lastUpdated": self.display(group.updated),
            **self.build_omitted_fields(group),
            **group.properties,
        }
        if self.choices.extra_fields == "links":
            own_url = f"/applications/{group.application_id}/experience/groups/{group.id}"
            body |= {
                "_type": "experienceGroup",
                "_etag": f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:27]}"',
                "_links": {
                    "self": {"href": own_url},
                    "application": {"href": f"/applications/{group.application_id}"},
                },
                "createdById": "58b9d6f2cbfafe1be6757440",
                "createdByType": "user",
            }
        return body

    def build_omitted_fields(self, group: Group) -> dict[str, Json]:
        """Return defaults for properties that were not sent, and the ancestors (never sent)."""
        defaults = OMITTED_DEFAULTS[self.choices.omitted_fields]
        body = {name: value for name, value in defaults.items() if name in self.edition.rules}
        ancestors = self.list_ancestors(group)
        if self.edition_name == "current" and (
            ancestors or self.choices.omitted_fields != "absent"
        ):
            body["ancestorIds"] = ancestors
        return body

    def list_ancestors(self, group: Group) -> list[str]:
        """Return the parent, the parent's parent and so on."""
        parent = group.properties.get("parentId")
        if parent is None:
            return []
        groups_by_id = {self.normalize_id(item.id): item for item in self.groups}
        ancestors: list[str] = []
        while parent is not None:
            parent_group = groups_by_id.get(self.normalize_id(parent))
            ancestors.append(parent_group.id if parent_group else parent)
            parent = parent_group.properties.get("parentId") if parent_group else None
        return ancestors

    # List

    def list_groups(self, request: httpx.Request, application: str) -> httpx.Response:
        """Respond with one page of the groups that the request selects."""
        listing = self.read_listing(self.parameters(request))
        selected = self.select(application, listing)
        if (
            self.choices.past_end != "empty"
            and listing.page > 0
            and listing.page * listing.per_page >= len(selected)
        ):
            raise Refusal(self.choices.past_end, "page is past the end")
        items = self.select_page(selected, listing)
        return self.respond(200, self.build_collection(application, items, len(selected), listing))

    def parameters(self, request: httpx.Request) -> dict[str, str]:
        """Return the query parameters by name; unknown ones are ignored."""
        pairs = request.url.params.multi_items()
        parameters = dict(pairs)
        if len(pairs) > len(parameters) and self.choices.repeated_parameter == "refused":
            raise Refusal(400, "a parameter is repeated")
        return dict(reversed(pairs)) if self.choices.repeated_parameter == "first" else parameters

    def read_listing(self, parameters: Mapping[str, str]) -> Listing:
        """Read the list parameters: fill in the defaults and reject malformed values."""
        query = self.read_query(parameters)
        return Listing(
            sort_field=self.read_sort_field(parameters.get("sortField")),
            direction=self.read_direction(parameters.get("sortDirection")),
            page=self.read_page(parameters.get("page")),
            per_page=self.read_per_page(parameters.get("perPage")),
            pattern=self.read_pattern(parameters, query),
            query=query,
            sent=parameters,
        )

    def read_sort_field(self, value: str | None) -> str:
        """Read sortField; results are sorted by name unless an accepted field is given."""
        if value in self.edition.sort_fields:
            return value
        return self.read_unaccepted("sortField", value, self.default_sort_field)

    def read_direction(self, value: str | None) -> str:
        """Read sortDirection; results ascend unless `desc` is given."""
        if value in ("asc", "desc"):
            return value
        if value in ("ASC", "DESC") and self.choices.upper_case_direction == "accepted":
            return value.lower()
        return self.read_unaccepted("sortDirection", value, self.default_direction)

    def read_unaccepted(self, name: str, value: str | None, default: str) -> str:
        """Return the default for an absent value, or reject a value that is present and not
        accepted.
        """
        behavior = self.choices.blank_sort if value == "" else self.choices.unaccepted_values
        if value is not None and behavior == "refused":
            raise Refusal(400, f"{name} is not an accepted value")
        return default

    def read_page(self, value: str | None) -> int:
        """Read the page number; pages are numbered from 0, which is the default."""
        return self.read_number("page", value, default=0, minimum=0)

    def read_per_page(self, value: str | None) -> int:
        """Read the page size; without perPage it is the default of the edition."""
        number = self.read_number("perPage", value, default=self.default_per_page(), minimum=1)
        if number <= self.choices.per_page_maximum or self.choices.over_maximum == "served":
            return number
        if self.choices.over_maximum == "refused":
            raise Refusal(400, "perPage is too large")
        return self.choices.per_page_maximum

    def default_per_page(self) -> int:
        """Return the page size of requests without perPage."""
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

    def read_pattern(self, parameters: Mapping[str, str], query: Json) -> str | None:
        """Return the effective glob; a query overrides filter and filterField."""
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
        """Return the effective advanced query, or None; the 2017 edition has no such parameter."""
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
        """Return the groups of the application that match the filter or the query."""
        return [
            group
            for group in self.list_candidates(application, listing)
            if self.is_selected(group, listing)
        ]

    def list_candidates(self, application: str, listing: Listing) -> list[Group]:
        """Return the groups that a list request may show: those of the application."""
        return self.list_groups_of(application)

    def is_selected(self, group: Group, listing: Listing) -> bool:
        """Whether a group matches the query and the filter."""
        if listing.query is not None and not self.matcher.matches(
            listing.query, self.build_query_record(group)
        ):
            return False
        return listing.pattern is None or self.glob_matches(listing.pattern, group.name)

    def build_query_record(self, group: Group) -> dict[str, Json]:
        """Return the fields of a group that an advanced query can use."""
        parent = group.properties.get("parentId")
        return {
            "id": [group.id],
            "name": [group.name],
            "creationDate": [group.created],
            "lastUpdated": [group.updated],
            "parentId": [] if parent is None else [parent],
            "ancestorId": self.list_ancestors(group),
            "experienceUserId": group.properties.get("experienceUserIds", []),
            "experienceEndpointId": group.properties.get("experienceEndpointIds", []),
            "groupTags": group.properties.get("groupTags", {}),
        }

    def glob_matches(self, pattern: str, name: str) -> bool:
        """Whether a glob matches the whole name."""
        return self.compile_glob(pattern).fullmatch(name) is not None

    def compile_glob(self, pattern: str) -> re.Pattern[str]:
        """Compile a glob; `*` matches any sequence of characters, also an empty one."""
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

    def select_page(self, selected: list[Group], listing: Listing) -> list[Group]:
        """Sort all selected groups, then return the page."""
        return self.cut_page(self.sort_groups(selected, listing), listing)

    def sort_groups(self, groups: Sequence[Group], listing: Listing) -> list[Group]:
        """Sort by the field in the direction; equal values are in the order of the tie-break."""
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
        """Return the value that a group is sorted by."""
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

    def cut_page(self, ordered: list[Group], listing: Listing) -> list[Group]:
        """Return a page; pages are numbered from 0."""
        start = listing.page * listing.per_page
        return ordered[start : start + listing.per_page]

    def build_collection(
        self, application: str, items: list[Group], total: int, listing: Listing
    ) -> dict[str, Json]:
        """Build Experience Groups: `count` counts the page, `totalCount` all matching groups."""
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
            own_url = f"/applications/{application}/experience/groups"
            body |= {"_type": "experienceGroups", "_links": {"self": {"href": own_url}}}
        return body

    def direction_echo(self, listing: Listing) -> str:
        """Return the effective direction, or the sent value if the schema of the edition lists that
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
        """Create a group and respond with it."""
        properties = self.resolve_properties(
            application, self.validate_body(self.read_body(request), frozenset({"name"})), None
        )
        siblings = self.list_groups_of(application)
        if self.choices.group_limit is not None and len(siblings) >= self.choices.group_limit:
            raise Refusal(400, "the limit of experience groups is reached")
        return self.respond(
            201, self.represent(self.store(application, self.get_stored_properties(properties)))
        )

    def get_group(self, request: httpx.Request, group: Group) -> httpx.Response:
        """Respond with one group, and with its device counts if the request includes them."""
        parameters = self.parameters(request)
        body = self.represent(group)
        if parameters.get("includeDirectDeviceCount", "").lower() == "true":
            body["directDeviceCount"] = len(set(group.properties.get("deviceIds", ())))
        if parameters.get("includeTotalDeviceCount", "").lower() == "true":
            linked_groups = [
                item
                for item in self.groups
                if item is group or group.id in self.list_ancestors(item)
            ]
            body["totalDeviceCount"] = len(
                {
                    device
                    for item in linked_groups
                    for device in item.properties.get("deviceIds", ())
                }
            )
        return self.respond(200, body)

    def patch_group(self, request: httpx.Request, group: Group) -> httpx.Response:
        """Change the properties that the body names and respond with the group."""
        body = self.validate_body(self.read_body(request), frozenset())
        group.properties |= self.get_stored_properties(
            self.resolve_properties(group.application_id, body, group)
        )
        if self.choices.explicit_null == "dropped":
            group.properties = {
                name: value for name, value in group.properties.items() if value is not None
            }
        group.updated = self.tick()
        return self.respond(200, self.represent(group))

    def delete_group(self, group: Group) -> httpx.Response:
        """Remove a group; its children lose their parent."""
        for item in self.groups:
            if self.list_ancestors(item)[:1] == [group.id]:
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

    def validate_body(self, body: Json, required: frozenset[str]) -> dict[str, Json]:
        """Return a body that validates against the schema of the edition; reject any other."""
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

    def resolve_properties(
        self, application: str, body: dict[str, Json], changed: Group | None
    ) -> dict[str, Json]:
        """Return the properties to store after the names and the references have been checked."""
        other_groups = [group for group in self.list_groups_of(application) if group is not changed]
        if self.choices.duplicate_names == "refused" and body.get("name") in {
            group.name for group in other_groups
        }:
            raise Refusal(400, "name is not unique")
        body = self.resolve_references(application, body)
        if changed is not None and body.get("parentId") is not None:
            parents = [
                group
                for group in self.groups
                if self.normalize_id(group.id) == self.normalize_id(body["parentId"])
            ]
            if any(changed.id in (parent.id, *self.list_ancestors(parent)) for parent in parents):
                raise Refusal(400, "parentId is the group itself or below it")
        if self.choices.repeated_ids == "merged":
            body |= {
                name: list(dict.fromkeys(body[name])) for name in REFERENCE_LISTS if name in body
            }
        return body

    def resolve_references(self, application: str, body: dict[str, Json]) -> dict[str, Json]:
        """Return the body without dangling references, or reject it because of them."""
        if self.choices.dangling_references == "accepted":
            return body
        existing = {self.normalize_id(item) for item in self.choices.existing_references}
        parents = existing | {group.id for group in self.list_groups_of(application)}
        resolved = {**body}
        for name in REFERENCE_LISTS:
            if name in body:
                resolved[name] = [
                    item for item in body[name] if self.normalize_id(item) in existing
                ]
        if body.get("parentId") is not None and self.normalize_id(body["parentId"]) not in parents:
            del resolved["parentId"]
        if resolved != body and self.choices.dangling_references != "dropped":
            raise Refusal(self.choices.dangling_references, "a referenced resource was not found")
        return resolved

    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        """Return the properties as they are stored: all of them, unchanged."""
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


def list_single_choices() -> dict[str, Choices]:
    """Return one set of choices for every alternative of every field, named after both."""
    hints = get_type_hints(Choices)
    alternatives: list[dict[str, Json]] = [
        {item.name: value}
        for item in fields(Choices)
        for value in get_args(hints[item.name])
        if isinstance(value, str | int) and value != item.default
    ]
    variants = {
        f"{name}-{value}".replace("_", "-"): Choices(**alternative)
        for alternative in alternatives
        for name, value in alternative.items()
    }
    del variants["unaccepted-values-ignored"]  # the page lists the accepted values: see DISHONEST
    capped = Choices(per_page_maximum=100)
    return variants | {
        "per-page-maximum-100": capped,
        "per-page-maximum-100-refused": replace(capped, over_maximum="refused"),
        "group-limit-150": Choices(group_limit=150),
        "dangling-references-400-samples-exist": Choices(
            dangling_references=400, existing_references=SAMPLE_REFERENCES
        ),
    }


def build_server_factory(choices: Choices, edition: str = "current") -> Callable[[], Server]:
    """Return a factory of honest servers that accept `token` and `SCOPED_TOKENS`."""
    return partial(Server, edition=edition, scoped_tokens=SCOPED_TOKENS, choices=choices)


HONEST: dict[str, Callable[[], Server]] = {
    "plain": build_server_factory(DEFAULT_CHOICES),
    **{name: build_server_factory(choices) for name, choices in list_single_choices().items()},
    **{name: build_server_factory(choices) for name, choices in COMBINED.items()},
    "2017-plain": build_server_factory(DEFAULT_CHOICES, "2017"),
    **{f"2017-{name}": build_server_factory(choices, "2017") for name, choices in COMBINED.items()},
}


# Dishonest servers


@dataclass(frozen=True)
class DishonestServer:
    """A server that breaks one promise: the promise, its source, and a factory of the server."""

    promise: str
    source: str
    make: Callable[[], Server]


DISHONEST: dict[str, DishonestServer] = {
    "unaccepted-values-ignored": DishonestServer(
        "Values outside the listed ones are not accepted.",
        "L15",
        build_server_factory(Choices(unaccepted_values="ignored")),
    )
}


def register_breach(
    name: str, promise: str, source: str, edition: str = "current"
) -> Callable[[type[Server]], type[Server]]:
    """Register a subclass that breaks the promise and otherwise behaves as the plain server."""

    def register(server: type[Server]) -> type[Server]:
        DISHONEST[name] = DishonestServer(
            promise, source, partial(server, edition=edition, scoped_tokens=SCOPED_TOKENS)
        )
        return server

    return register


def register_query_breach(
    name: str, promise: str, source: str
) -> Callable[[type[Matcher]], type[Matcher]]:
    """Register a server that evaluates advanced queries with the subclass."""

    def register(matcher: type[Matcher]) -> type[Matcher]:
        register_breach(name, promise, source)(
            type(f"With{matcher.__name__}", (Server,), {"matcher_class": matcher})
        )
        return matcher

    return register


# Breaches: access


@register_breach("junk-token-accepted", "Only a valid access token opens the endpoint.", "L6")
class _JunkTokenAccepted(Server):
    def find_scope(self, token: str) -> str | None:
        return super().find_scope(token) or "all.User"


@register_breach(
    "listing-needs-no-credentials", "Listing requires the Authorization header.", "L6, L47"
)
class _OpenListing(Server):
    def authorize(self, request: httpx.Request, action: str) -> None:
        if action != "list" or "Authorization" in request.headers:
            super().authorize(request, action)


@register_breach(
    "read-scope-may-create",
    "A token that may only read an application may not create groups.",
    "L62",
)
class _ReadScopeCreates(Server):
    def list_accepted_scopes(self, action: str) -> frozenset[str]:
        return super().list_accepted_scopes(action) | {"all.Application.read"}


@register_breach(
    "post-scope-may-list", "The scope experienceGroups.post alone does not allow listing.", "L9"
)
class _PostScopeLists(Server):
    def list_accepted_scopes(self, action: str) -> frozenset[str]:
        return super().list_accepted_scopes(action) | {"experienceGroups.post"}


@register_breach(
    "organization-read-refused", "The scope all.Organization.read allows listing.", "L8d"
)
class _OrganizationReadRefused(Server):
    def list_accepted_scopes(self, action: str) -> frozenset[str]:
        return super().list_accepted_scopes(action) - {"all.Organization.read"}


@register_breach(
    "star-scope-may-not-create", "The scope experienceGroups.* allows creating.", "L61d"
)
class _StarScopeRefused(Server):
    def list_accepted_scopes(self, action: str) -> frozenset[str]:
        return super().list_accepted_scopes(action) - (
            {"experienceGroups.*"} if action == "create" else set()
        )


# Breaches: paging


@register_breach("last-page-loses-its-last-item", "The pages together hold every group.", "L23")
class _LastPageShort(Server):
    def cut_page(self, ordered: list[Group], listing: Listing) -> list[Group]:
        items = super().cut_page(ordered, listing)
        is_last = (listing.page + 1) * listing.per_page >= len(ordered)
        return items[:-1] if listing.page and is_last else items


@register_breach("later-pages-start-one-late", "Page n begins where page n-1 ended.", "L23, L25")
class _PagesOffByOne(Server):
    def cut_page(self, ordered: list[Group], listing: Listing) -> list[Group]:
        start = listing.page * listing.per_page + (1 if listing.page else 0)
        return ordered[start : start + listing.per_page]


@register_breach("pages-counted-from-one", "Pages are counted from 0.", "L25")
class _PagesFromOne(Server):
    def cut_page(self, ordered: list[Group], listing: Listing) -> list[Group]:
        return super().cut_page(ordered, replace(listing, page=max(listing.page - 1, 0)))


@register_breach("default-per-page-50", "A page holds 100 groups by default.", "L28")
class _FiftyPerPage(Server):
    def default_per_page(self) -> int:
        return 50


@register_breach(
    "2017-default-per-page-100",
    "In the 2017 edition a page holds 1000 groups by default.",
    "L28",
    "2017",
)
class _HundredPerPage(Server):
    def default_per_page(self) -> int:
        return 100


@register_breach(
    "filter-ignores-per-page",
    "perPage sets the number of items also in a filtered list.",
    "L27, L46",
)
class _FilterUnpaged(Server):
    def cut_page(self, ordered: list[Group], listing: Listing) -> list[Group]:
        return ordered if listing.pattern is not None else super().cut_page(ordered, listing)


@register_breach(
    "total-count-counts-the-page",
    "totalCount counts all groups that match.",
    "schema Experience Groups, L83",
)
class _TotalOfPage(Server):
    def build_collection(
        self, application: str, items: list[Group], total: int, listing: Listing
    ) -> dict[str, Json]:
        return super().build_collection(application, items, len(items), listing)


@register_breach(
    "count-is-the-page-size",
    "count is the number of items in the answer.",
    "schema Experience Groups, L83",
)
class _CountOfCapacity(Server):
    def build_collection(
        self, application: str, items: list[Group], total: int, listing: Listing
    ) -> dict[str, Json]:
        return {
            **super().build_collection(application, items, total, listing),
            "count": listing.per_page,
        }


# Breaches: sorting


@register_breach("default-direction-desc", "Results ascend by default.", "L18")
class _DescendingByDefault(Server):
    default_direction = "desc"


@register_breach("default-sort-creation-date", "Results are sorted by name by default.", "L14")
class _CreationDateByDefault(Server):
    default_sort_field = "creationDate"


@register_breach(
    "last-updated-sorts-by-creation", "sortField=lastUpdated sorts by the last change.", "L12d, L13"
)
class _LastUpdatedIsCreation(Server):
    def sort_key(self, group: Group, sort_field: str) -> Json:
        return super().sort_key(
            group, "creationDate" if sort_field == "lastUpdated" else sort_field
        )


@register_breach(
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


@register_breach(
    "descending-within-the-page", "desc reverses the whole list before pages are cut.", "L20, L23"
)
class _DescendingPage(Server):
    def select_page(self, selected: list[Group], listing: Listing) -> list[Group]:
        page = super().select_page(selected, replace(listing, direction="asc"))
        return page[::-1] if listing.descending else page


@register_breach(
    "sorted-within-the-page",
    "The whole list is sorted by sortField before pages are cut.",
    "L13, L23",
)
class _SortedPage(Server):
    def select_page(self, selected: list[Group], listing: Listing) -> list[Group]:
        by_name = self.sort_groups(selected, replace(listing, sort_field="name", direction="asc"))
        return self.sort_groups(self.cut_page(by_name, listing), listing)


@register_breach("ids-never-descend", "sortDirection applies to sortField=id too.", "L20")
class _IdsAscend(Server):
    def sort_groups(self, groups: Sequence[Group], listing: Listing) -> list[Group]:
        ascending = replace(listing, direction="asc")
        return super().sort_groups(groups, ascending if listing.sort_field == "id" else listing)


# Breaches: filtering


@register_breach("glob-not-anchored", "A glob matches the whole name, not a part of it.", "L37")
class _GlobFloats(Server):
    def glob_matches(self, pattern: str, name: str) -> bool:
        return self.compile_glob(pattern).search(name) is not None


@register_breach("star-stops-at-a-space", "* in a glob stands for any run of characters.", "L37")
class _StarStops(Server):
    def compile_glob(self, pattern: str) -> re.Pattern[str]:
        return re.compile(re.escape(pattern).replace(r"\*", "[^ ]*"))


@register_breach(
    "filter-dot-matches-any-character",
    "A character of the filter other than a wildcard stands for itself.",
    "L36",
)
class _FilterIsExpression(Server):
    def compile_glob(self, pattern: str) -> re.Pattern[str]:
        return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\.", "."), re.DOTALL)


@register_breach("blank-filter-matches-nothing", "A blank filter means no filtering.", "L39")
class _BlankFilterMatches(Server):
    def read_filter(self, parameters: Mapping[str, str]) -> str | None:
        return "" if parameters.get("filter") == "" else super().read_filter(parameters)


@register_breach("blank-filter-field-refused", "A blank filterField means no filtering.", "L34")
class _BlankFieldRefused(Server):
    def read_filter(self, parameters: Mapping[str, str]) -> str | None:
        if parameters.get("filterField") == "":
            raise Refusal(400, "filterField is not an accepted value")
        return super().read_filter(parameters)


@register_breach(
    "filter-leaks-other-application", "A list holds the groups of that application only.", "L52"
)
class _FilterLeaks(Server):
    def list_candidates(self, application: str, listing: Listing) -> list[Group]:
        return (
            self.groups
            if listing.pattern is not None
            else super().list_candidates(application, listing)
        )


@register_breach(
    "nested-groups-unlisted",
    "A list holds all groups of the application, also those with a parent.",
    "L52",
)
class _NestedUnlisted(Server):
    def list_candidates(self, application: str, listing: Listing) -> list[Group]:
        groups = super().list_candidates(application, listing)
        return [group for group in groups if group.properties.get("parentId") is None]


# Breaches: advanced queries


@register_breach("query-merges-with-filter", "query overrides filter and filterField.", "L43")
class _QueryMerges(Server):
    def read_pattern(self, parameters: Mapping[str, str], query: Json) -> str | None:
        return self.read_filter(parameters)


@register_breach(
    "malformed-query-ignored", "A query that is not JSON is a malformed request.", "L53"
)
class _MalformedQueryIgnored(Server):
    def read_query(self, parameters: Mapping[str, str]) -> Json:
        try:
            return super().read_query(parameters)
        except Refusal:
            return None


@register_query_breach(
    "nor-read-as-or", "$nor returns what no condition matches.", "advanced queries page, L44"
)
class _NorIsOr(Matcher):
    def match_none(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        return self.match_any(queries, record)


@register_query_breach(
    "and-reads-first-condition",
    "$and returns what all conditions match.",
    "advanced queries page, L44",
)
class _AndIsFirst(Matcher):
    def match_all(self, queries: Sequence[Json], record: Mapping[str, Json]) -> bool:
        return super().match_all(queries[:1], record)


@register_query_breach(
    "in-reads-first-value",
    "$in matches any of the listed values.",
    "schema Advanced Experience Group Query, L44",
)
class _InIsFirst(Matcher):
    def match_operator(self, name: str, operand: Json, values: Sequence[Json], fold: Fold) -> bool:
        return super().match_operator(name, operand[:1] if name == "$in" else operand, values, fold)


@register_query_breach(
    "gte-excludes-equal",
    "$gte matches an equal value.",
    "schema Advanced Experience Group Query, L44",
)
class _GteIsGt(Matcher):
    def compare(self, name: str, value: Json, operand: Json, fold: Fold) -> bool:
        return super().compare("$gt" if name == "$gte" else name, value, operand, fold)


@register_query_breach(
    "ends-with-read-as-contains",
    "$endsWith compares the end.",
    "schema Advanced Experience Group Query, L44",
)
class _EndsWithIsContains(Matcher):
    def compare(self, name: str, value: Json, operand: Json, fold: Fold) -> bool:
        return super().compare("$contains" if name == "$endsWith" else name, value, operand, fold)


@register_query_breach(
    "tag-value-ignored",
    "$tagKey with $tagValue asks for both.",
    "schema Advanced Experience Group Query, L44",
)
class _TagKeyOnly(Matcher):
    def match_tag_pair(self, key: Json, value: Json, tags: Mapping[str, str]) -> bool:
        return super().match_tag_pair(key, ANY_TAG if key != ANY_TAG else value, tags)


@register_query_breach(
    "query-name-hides-last-updated", "name and lastUpdated in one query must both match.", "L42"
)
class _NameOnly(Matcher):
    def matches(self, query: Json, record: Mapping[str, Json]) -> bool:
        reduced = {
            key: value
            for key, value in query.items()
            if key != "lastUpdated" or "name" not in query
        }
        return super().matches(reduced, record)


# Breaches: creation


@register_breach("create-answers-200", "Creating answers 201.", "L75")
class _CreateAnswers200(Server):
    def create_group(self, request: httpx.Request, application: str) -> httpx.Response:
        response = super().create_group(request, application)
        response.status_code = 200
        return response


@register_breach("create-returns-namesake", "A successful POST creates a new group.", "L58")
class _CreateReturnsNamesake(Server):
    def store(self, application: str, properties: dict[str, Json]) -> Group:
        namesakes = [
            group for group in self.list_groups_of(application) if group.name == properties["name"]
        ]
        return namesakes[0] if namesakes else super().store(application, properties)


@register_breach(
    "names-cut-at-64",
    "The name comes back as sent; up to 255 characters are valid.",
    "schema Experience Group Post, L76",
)
class _NamesCut(Server):
    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        return (
            {**properties, "name": properties["name"][:64]} if "name" in properties else properties
        )


@register_breach("names-lose-accents", "The name comes back as sent, whatever its letters.", "L76")
class _NamesAscii(Server):
    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        name = (
            {"name": properties["name"].encode("ascii", "replace").decode()}
            if "name" in properties
            else {}
        )
        return {**properties, **name}


@register_breach(
    "description-dropped",
    "The created group has the description that was sent.",
    "schema Experience Group, L76",
)
class _DescriptionDropped(Server):
    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        return {name: value for name, value in properties.items() if name != "description"}


@register_breach(
    "device-tags-lose-their-key", "A device tag is a pair of key and value.", "L72, L76"
)
class _DeviceTagsKeyless(Server):
    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        tags = [
            {"value": tag["value"]} for tag in properties.get("deviceTags", []) if "value" in tag
        ]
        return {**properties, "deviceTags": tags} if "deviceTags" in properties else properties


@register_breach(
    "only-first-user-kept", "The created group has all experience users that were sent.", "L69, L76"
)
class _OneUser(Server):
    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        users = (
            {"experienceUserIds": properties["experienceUserIds"][:1]}
            if "experienceUserIds" in properties
            else {}
        )
        return {**properties, **users}


@register_breach("parent-dropped", "The created group has the parent that was sent.", "L73")
class _ParentDropped(Server):
    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        return {name: value for name, value in properties.items() if name != "parentId"}


@register_breach(
    "2017-endpoints-dropped", "The created group has the endpoints that were sent.", "L70", "2017"
)
class _EndpointsDropped(Server):
    def get_stored_properties(self, properties: dict[str, Json]) -> dict[str, Json]:
        return {
            name: value for name, value in properties.items() if name != "experienceEndpointIds"
        }


@register_breach(
    "names-of-255-refused", "A name may have 255 characters.", "schema Experience Group Post, L82"
)
class _NamesTooShort(Server):
    def rules(self) -> dict[str, Rule]:
        return {**super().rules(), "name": build_text_rule(1, 254)}


@register_breach(
    "names-of-256-accepted",
    "A name has at most 255 characters.",
    "schema Experience Group Post, L77",
)
class _NamesTooLong(Server):
    def rules(self) -> dict[str, Rule]:
        return {**super().rules(), "name": build_text_rule(1, 256)}


@register_breach(
    "unknown-properties-accepted",
    "A body may have no other properties.",
    "schema Experience Group Post, L77",
)
class _UnknownAccepted(Server):
    def validate_body(self, body: Json, required: frozenset[str]) -> dict[str, Json]:
        known = (
            {name: body[name] for name in body if name in self.rules()}
            if isinstance(body, dict)
            else body
        )
        return super().validate_body(known, required)


@register_breach(
    "nameless-group-created", "A body needs a name.", "schema Experience Group Post, L77"
)
class _NamelessCreated(Server):
    def validate_body(self, body: Json, required: frozenset[str]) -> dict[str, Json]:
        return super().validate_body(
            {"name": "Untitled", **body} if required and isinstance(body, dict) else body, required
        )


@register_breach(
    "items-name-the-first-application", "applicationId is the application asked for.", "L4, L52"
)
class _FirstApplication(Server):
    def represent(self, group: Group) -> dict[str, Json]:
        return {**super().represent(group), "applicationId": self.applications[0]}


# Breaches: errors


@register_breach("malformed-body-answers-500", "A malformed POST answers 400.", "L64, L77")
class _BodyCrashes(Server):
    def read_body(self, request: httpx.Request) -> Json:
        try:
            return super().read_body(request)
        except Refusal as refusal:
            raise Refusal(500, "internal error") from refusal


@register_breach(
    "unknown-application-lists-empty", "Listing an unknown application answers 404.", "L55"
)
class _UnknownListsEmpty(Server):
    def find_application(self, application_id: str, action: str) -> str:
        is_excused = action == "list" and is_id(application_id)
        return application_id if is_excused else super().find_application(application_id, action)


@register_breach(
    "unknown-application-creates", "Creating in an unknown application answers 404.", "L78"
)
class _UnknownCreates(Server):
    def find_application(self, application_id: str, action: str) -> str:
        is_excused = action == "create" and is_id(application_id)
        return application_id if is_excused else super().find_application(application_id, action)


@register_breach("not-found-in-plain-text", "The body of a 404 is an Error.", "L56")
class _NotFoundText(Server):
    def build_error_response(self, refusal: Refusal) -> httpx.Response:
        return (
            httpx.Response(404, text=refusal.message)
            if refusal.status == 404
            else super().build_error_response(refusal)
        )


@register_breach(
    "error-message-is-an-object", "The message of an Error is a string.", "schema Error, L54"
)
class _MessageObject(Server):
    def build_error_response(self, refusal: Refusal) -> httpx.Response:
        return self.respond(
            refusal.status,
            {"type": ERROR_TYPES[refusal.status], "message": {"text": refusal.message}},
        )


@register_breach("errors-declared-as-html", "Errors are declared as JSON.", "REST overview, L81")
class _ErrorsAsHtml(Server):
    def build_error_response(self, refusal: Refusal) -> httpx.Response:
        response = super().build_error_response(refusal)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        return response
