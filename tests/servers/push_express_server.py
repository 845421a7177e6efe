"""An in-process server for the Push Express application groups API, written from the vendor's page
only.

`Server` implements the promises of the page «Application groups» (version date 22 April 2025);
where the page is ambiguous or does not specify a behavior, the behavior is a field of `Choices`.
Each breach names the statements of specs/push-express/statements.yaml that it breaks.

* `HONEST` holds servers that keep every promise and differ only in such choices.
* `DISHONEST` holds servers that each break exactly one promise.

Every server responds to `httpx` requests in process:
`httpx.Client(transport=httpx.MockTransport(server.handle))`.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import unquote

import httpx

BASE_PATH = "/api/b/v2"
MAX_RECORDS = 10_000
MAX_ID = 2**63 - 1
BODY_FIELDS = ("app_ids", "name", "all_apps")
LIST_PARAMETERS = ("archived", "page", "per_page")
TRUE_SPELLINGS = frozenset({"1", "True", "TRUE", "yes", "on", "t"})
FALSE_SPELLINGS = frozenset({"0", "False", "FALSE", "no", "off", "f"})
FIRST_MOMENT = int(datetime(2025, 4, 22, tzinfo=UTC).timestamp())

Operation = Literal["create", "list", "get", "update", "delete", "archive", "restore"]
JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Choices:
    """Behavior that an honest server may choose, because the page does not specify it."""

    # Credentials and routes.
    no_credentials: Literal[401, 403] = 401  # no header, no token, or another scheme than Bearer
    scheme_case: Literal["any", "exact"] = (
        "any"  # `bearer` counts as `Bearer`, or as another scheme
    )
    unknown_routes_need_token: bool = (
        True  # of an undocumented route: 401 comes before 404/405, or after
    )
    wrong_method: Literal[405, 404, 400] = 405
    trailing_slash: Literal["serve", "unknown"] = "unknown"
    unknown_query: Literal["ignore", "refuse"] = "ignore"

    # Group ids.
    malformed_id: Literal[404, 400] = 404  # not a decimal integer
    out_of_range_id: Literal[404, 400] = 404  # zero, negative or more than 64 bits
    first_id: int = 1443
    id_step: int = 1
    reuse_ids: bool = False  # the id of a deleted newest group may be assigned again

    # The form of responses.
    content_type: str = "application/json"
    content_type_on_204: bool = False
    json_style: Literal["compact", "pretty", "ascii"] = "compact"
    extra_fields: bool = False  # undocumented fields in groups, lists, pagination and errors
    error_form: Literal["string", "object"] = "string"
    error_prefix: str = "validation error: "  # how the text of a 400 begins
    req_id_form: Literal["uuid", "digits", "hex"] = "uuid"
    gateway_error_every: int = (
        0  # every n-th request fails in the proxy, without effect; 0 is never
    )

    # Bodies of create and update.
    wrong_content_type: Literal["parse", 415, 400] = "parse"  # other or missing content type
    unknown_properties: Literal["ignore", "refuse"] = "ignore"
    lenient_types: bool = (
        False  # "false" and 0 are read as false, "25328" as 25328, 7 as the name "7"
    )
    omitted_ids_for_all_apps: Literal["accept", "refuse"] = "refuse"
    null_ids_for_all_apps: Literal["accept", "refuse"] = "refuse"
    ids_for_all_apps: Literal["store", "ignore", "refuse"] = "store"
    shown_ids_of_all_apps: Literal["echo", "resolved", "empty"] = "echo"
    # the active applications of the account
    existing_apps: tuple[int, ...] = (25328, 25329, 25330, 25331)
    unknown_apps: Literal["accept", 400, 404] = "accept"  # ids outside existing_apps
    duplicate_app_ids: Literal["keep", "drop", "refuse"] = "keep"
    app_ids_order: Literal["sent", "sorted"] = "sent"
    empty_name: Literal["accept", "refuse"] = "refuse"
    edge_blanks: Literal["keep", "trim", "refuse"] = "keep"  # blanks around a name
    max_name_length: int | None = None  # in characters
    unprintable_names: Literal["accept", "refuse_control", "refuse_all"] = (
        "refuse_control"  # see read_name
    )
    duplicate_names: Literal["allow", 400, 409] = "allow"

    # Update and delete.
    update_missing_fields: Literal["refuse", "keep"] = "refuse"
    update_checks_body_first: bool = (
        False  # an invalid body for an unknown id: 400 or 404 (if a full body is required)
    )
    update_of_archived: Literal["allow", 400, 409] = "allow"
    second_delete: Literal[404, 204] = 404
    delete_of_active: Literal["allow", 400, 409] = "allow"

    # Lists.
    list_order: Literal["id", "newest", "name", "recently_changed"] = "id"
    other_archived_spellings: Literal["accept", "garbage"] = "garbage"  # 1, True, yes
    archived_garbage: Literal["active", "refuse"] = "active"
    unpaged_list: Literal["everything", "first_page"] = "everything"  # everything is at most 10,000
    unpaged_pagination: bool = False
    default_per_page: int = 50
    max_per_page: int = MAX_RECORDS
    too_large_per_page: Literal["cap", "refuse"] = "cap"
    page_below_one: Literal["refuse", "clamp"] = "refuse"  # page or per_page is 0 or negative
    page_garbage: Literal["refuse", "default"] = "refuse"  # page or per_page is not an integer
    past_the_end: Literal["empty", 404, 400] = "empty"
    empty_total_pages: Literal[0, 1] = 0
    offset_limit: Literal["start", "end"] = "start"  # the record that must not lie beyond 10,000
    beyond_offset_limit: Literal["refuse", "empty"] = "refuse"


DEFAULT_CHOICES = Choices()


@dataclass
class Group:
    """A stored application group; `created` and `changed` are ticks of the server's own clock."""

    id: int
    app_ids: list[int]
    name: str
    all_apps: bool
    created: int
    changed: int
    archived: bool = False


@dataclass(frozen=True)
class Draft:
    """The validated body of a create or an update."""

    app_ids: list[int]
    name: str
    all_apps: bool


class ApiError(Exception):
    """An API error: the request has no effect, and the response has this status and text."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})


class Server:
    """The honest server: one account, whose tokens all have full access."""

    unpaged_limit = MAX_RECORDS

    def __init__(
        self, *, tokens: frozenset[str] = frozenset({"token"}), choices: Choices = DEFAULT_CHOICES
    ) -> None:
        self.tokens = tokens
        self.choices = choices
        self.groups: dict[int, Group] = {}
        self.deleted: dict[int, Group] = {}
        self._lock = threading.Lock()
        self._handled = 0
        self._next_id = choices.first_id
        self._clock = 0
        self._req_ids = 0

    # Requests.

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Respond to one request; requests of several threads are handled one at a time."""
        request.read()
        with self._lock:
            self._handled += 1
            every = self.choices.gateway_error_every
            if every and self._handled % every == 0:
                return httpx.Response(
                    502, headers={"content-type": "text/html"}, content=b"<h1>Bad Gateway</h1>"
                )
            try:
                return self.dispatch(request)
            except ApiError as error:
                return self.build_error_response(error)

    def dispatch(self, request: httpx.Request) -> httpx.Response:
        """Find the operation, check token and query, and run it."""
        operations, id_text = self.route(request)
        operation = operations.get(request.method)
        if operation is not None or self.choices.unknown_routes_need_token:
            self.authorize(request, operation)
        if not operations:
            raise ApiError(404, "not found: no such resource")
        if operation is None:
            allowed = {"allow": ", ".join(sorted(operations))}
            raise ApiError(
                self.choices.wrong_method, f"method {request.method} is not supported here", allowed
            )
        self.check_query(operation, request.url.params)
        match operation:
            case "create":
                return self.create(request)
            case "list":
                return self.list_groups(request.url.params)
            case "get":
                return self.get_group(id_text)
            case "update":
                return self.update(id_text, request)
            case "delete":
                return self.delete(id_text)
            case "archive":
                return self.archive(id_text)
            case "restore":
                return self.restore(id_text)

    def route(self, request: httpx.Request) -> tuple[dict[str, Operation], str]:
        """Return the operations of a path by method (none for an unknown path), and the group id in
        the path.
        """
        path = request.url.raw_path.decode("ascii").partition("?")[0]
        if self.choices.trailing_slash == "serve" and path.endswith("/"):
            path = path[:-1]
        match [unquote(segment) for segment in path.split("/")]:
            case ["", "api", "b", "v2", "app", "groups"]:
                return {"POST": "create", "GET": "list"}, ""
            case ["", "api", "b", "v2", "app", "groups", id_text] if id_text:
                return {"GET": "get", "PUT": "update", "DELETE": "delete"}, id_text
            case ["", "api", "b", "v2", "app", "groups", id_text, "archive"]:
                return {"POST": "archive"}, id_text
            case ["", "api", "b", "v2", "app", "groups", id_text, "unarchive"]:
                return {"POST": "restore"}, id_text
        return {}, ""

    def authorize(self, request: httpx.Request, operation: Operation | None) -> None:
        """Require `Authorization: Bearer <key>` for every operation; the response to an invalid key
        is 401.
        """
        scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
        if self.choices.scheme_case == "any":
            scheme = scheme.capitalize()
        if scheme != "Bearer" or not token.strip():
            raise ApiError(
                self.choices.no_credentials,
                "credentials are missing",
                {"www-authenticate": "Bearer"},
            )
        if token.strip() not in self.tokens:
            raise ApiError(401, "unauthorized: invalid token", {"www-authenticate": "Bearer"})

    def check_query(self, operation: Operation, params: httpx.QueryParams) -> None:
        """Ignore or reject undocumented query parameters."""
        known = LIST_PARAMETERS if operation == "list" else ()
        if self.choices.unknown_query == "refuse":
            for key in params:
                if key not in known:
                    raise ApiError(400, f"unknown query parameter {key!r}")

    # Operations.

    def create(self, request: httpx.Request) -> httpx.Response:
        """Store a new group and respond 201 with its id."""
        draft = self.read_draft(self.read_object(request), None)
        self.check_name_is_unique(draft.name, None)
        return self.build_json_response(201, self.build_created_body(self.store(draft)))

    def list_groups(self, params: httpx.QueryParams) -> httpx.Response:
        """List the groups of one archive state, completely or by pages."""
        archived = self.read_archived(params)
        groups = self.sort_groups(self.list_matching(archived, params))
        total = self.count_groups(groups, archived)
        if "page" in params or "per_page" in params:
            page, per_page = self.read_page(params), self.read_per_page(params)
            body = self.build_list_body(self.select_page(groups, page, per_page))
            body["pagination"] = self.build_pagination(page, per_page, total)
            return self.build_json_response(200, body)
        first_page = self.choices.unpaged_list == "first_page"
        limit = self.choices.default_per_page if first_page else self.unpaged_limit
        body = self.build_list_body(groups[:limit])
        if self.choices.unpaged_pagination:
            body["pagination"] = self.build_pagination(1, limit, total)
        return self.build_json_response(200, body)

    def get_group(self, id_text: str) -> httpx.Response:
        """Return one group, archived or not."""
        return self.build_json_response(200, self.represent(self.find_group(id_text)))

    def update(self, id_text: str, request: httpx.Request) -> httpx.Response:
        """Replace applications, name and all_apps."""
        refusal = self.choices.update_of_archived
        if self.choices.update_checks_body_first and self.choices.update_missing_fields == "refuse":
            self.read_draft(self.read_object(request), None)
        group = self.find_group(id_text)
        draft = self.read_draft(self.read_object(request), group)
        if group.archived and refusal != "allow":
            raise ApiError(refusal, "the group is archived")
        self.check_name_is_unique(draft.name, group)
        self.apply(draft, group)
        return self.build_no_content_response()

    def delete(self, id_text: str) -> httpx.Response:
        """Delete the group permanently."""
        if self.choices.second_delete == 204 and self.parse_id(id_text) in self.deleted:
            return self.build_no_content_response()
        group = self.find_group(id_text)
        refusal = self.choices.delete_of_active
        if not group.archived and refusal != "allow":
            raise ApiError(refusal, "only archived groups can be deleted")
        self.deleted[group.id] = self.groups.pop(group.id)
        return self.build_no_content_response()

    def archive(self, id_text: str) -> httpx.Response:
        """Archive the group; archiving it again succeeds and changes nothing."""
        self.set_archived(self.find_group(id_text), True)
        return self.build_no_content_response()

    def restore(self, id_text: str) -> httpx.Response:
        """Unarchive the group; unarchiving it again succeeds."""
        self.set_archived(self.find_group(id_text), False)
        return self.build_no_content_response()

    # The store.

    def parse_id(self, text: str) -> int:
        """Parse the id in a path; reject strings that cannot be the id of any group."""
        if not re.fullmatch(r"-?[0-9]+", text):
            raise ApiError(self.choices.malformed_id, "app_group_id is not an integer")
        if len(text) > len(str(MAX_ID)) or not 1 <= int(text) <= MAX_ID:
            raise ApiError(self.choices.out_of_range_id, "app_group_id is out of range")
        return int(text)

    def find_group(self, id_text: str) -> Group:
        """Return the existing group with that id; without one, the response is 404."""
        group = self.groups.get(self.parse_id(id_text))
        if group is None:
            raise ApiError(404, "not found: application group does not exist")
        return group

    def store(self, draft: Draft) -> Group:
        """Store a new, active group with a new id."""
        if self.choices.reuse_ids:
            self._next_id = (
                max(self.groups, default=self.choices.first_id - self.choices.id_step)
                + self.choices.id_step
            )
        now = self.tick()
        group = Group(
            self._next_id, draft.app_ids, draft.name, draft.all_apps, created=now, changed=now
        )
        self._next_id += self.choices.id_step
        self.deleted.pop(group.id, None)
        self.groups[group.id] = group
        return group

    def apply(self, draft: Draft, group: Group) -> None:
        """Apply an update to a group; id and archive state do not change."""
        group.app_ids, group.name, group.all_apps = draft.app_ids, draft.name, draft.all_apps
        group.changed = self.tick()

    def set_archived(self, group: Group, archived: bool) -> None:
        """Set the archive state of a group."""
        if group.archived != archived:
            group.archived = archived
            group.changed = self.tick()

    def tick(self) -> int:
        """Advance the clock of the server and return the new time."""
        self._clock += 1
        return self._clock

    # Bodies of requests.

    def read_object(self, request: httpx.Request) -> JsonObject:
        """Return the JSON object in the body of a request."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        refusal = self.choices.wrong_content_type
        if media_type != "application/json" and refusal != "parse":
            raise ApiError(refusal, "content-type must be application/json")
        try:
            data = json.loads(request.content.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise ApiError(400, "body is not JSON") from None
        if not isinstance(data, dict):
            raise ApiError(400, "body is not an object")
        return data

    def read_draft(self, data: JsonObject, current: Group | None) -> Draft:
        """Validate the body of a create (no current group) or of an update."""
        if self.choices.unknown_properties == "refuse":
            for key in data:
                if key not in BODY_FIELDS:
                    raise ApiError(400, f"unknown property {key!r}")
        if current is not None and self.choices.update_missing_fields == "keep":
            kept_ids = [] if data.get("all_apps") is True else current.app_ids
            data = {"app_ids": kept_ids, "name": current.name, "all_apps": current.all_apps} | data
        all_apps = self.read_all_apps(data)
        return Draft(self.read_app_ids(data, all_apps), self.read_name(data), all_apps)

    def read_all_apps(self, data: JsonObject) -> bool:
        """Read all_apps: required, a boolean."""
        value = data.get("all_apps")
        if isinstance(value, bool):
            return value
        if self.choices.lenient_types and value in ("true", "false", 0, 1):
            return value in ("true", 1)
        raise ApiError(400, "all_apps is required and must be a boolean")

    def read_name(self, data: JsonObject) -> str:
        """Read the name: required, any printable characters.

        `refuse_control` rejects control characters; `refuse_all` rejects everything that is
        unprintable in Python, so also unassigned code points, zero-width characters and unusual
        blanks. A single surrogate is not a character and always rejected.
        """
        choices = self.choices
        name = data.get("name")
        if choices.lenient_types and isinstance(name, int) and not isinstance(name, bool):
            name = str(name)
        if not isinstance(name, str):
            raise ApiError(400, "name is required and must be a string")
        if choices.edge_blanks == "trim":
            name = name.strip()
        elif choices.edge_blanks == "refuse" and name != name.strip():
            raise ApiError(400, "name must not begin or end with a blank")
        if not name and choices.empty_name == "refuse":
            raise ApiError(400, "name must not be empty")
        if choices.max_name_length is not None and len(name) > choices.max_name_length:
            raise ApiError(400, f"name is longer than {choices.max_name_length} characters")
        categories = {unicodedata.category(character) for character in name}
        if (
            "Cs" in categories
            or (choices.unprintable_names == "refuse_control" and "Cc" in categories)
            or (choices.unprintable_names == "refuse_all" and not name.isprintable())
        ):
            raise ApiError(400, "name has unprintable characters")
        return name

    def read_app_ids(self, data: JsonObject, all_apps: bool) -> list[int]:
        """Read app_ids: required, an array of application ids that may be empty only if all_apps is
        true.
        """
        choices = self.choices
        value = data.get("app_ids")
        if value is None:
            is_null = "app_ids" in data
            behavior = (
                choices.null_ids_for_all_apps if is_null else choices.omitted_ids_for_all_apps
            )
            if all_apps and behavior == "accept":
                return []
        if not isinstance(value, list):
            raise ApiError(400, "app_ids is required and must be an array")
        app_ids = [self.read_app_id(entry) for entry in value]
        if all_apps and app_ids and choices.ids_for_all_apps == "refuse":
            raise ApiError(400, "app_ids must be empty if all_apps is true")
        if all_apps and choices.ids_for_all_apps == "ignore":
            return []
        if not all_apps and not app_ids:
            raise ApiError(400, "app_ids must not be empty if all_apps is false")
        if choices.duplicate_app_ids == "refuse" and len(set(app_ids)) < len(app_ids):
            raise ApiError(400, "app_ids has duplicates")
        if choices.duplicate_app_ids == "drop":
            app_ids = list(dict.fromkeys(app_ids))
        if choices.unknown_apps != "accept" and not set(app_ids) <= set(choices.existing_apps):
            raise ApiError(choices.unknown_apps, "app_ids has an application that does not exist")
        return sorted(app_ids) if choices.app_ids_order == "sorted" else app_ids

    def read_app_id(self, value: object) -> int:
        """Read one application id."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if (
            self.choices.lenient_types
            and isinstance(value, str)
            and re.fullmatch("[0-9]{1,18}", value)
        ):
            return int(value)
        raise ApiError(400, "app_ids must hold integers only")

    def check_name_is_unique(self, name: str, current: Group | None) -> None:
        """Reject a duplicate name if names must be unique among the groups of the account."""
        refusal = self.choices.duplicate_names
        if refusal != "allow" and any(
            group.name == name for group in self.groups.values() if group is not current
        ):
            raise ApiError(refusal, "name is taken")

    # Query parameters of lists.

    def read_archived(self, params: httpx.QueryParams) -> bool:
        """Read archived: `true` selects archived groups, every other value active ones."""
        text = params.get("archived", "false")
        if text in ("true", "false"):
            return bool(text == "true")
        if (
            self.choices.other_archived_spellings == "accept"
            and text in TRUE_SPELLINGS | FALSE_SPELLINGS
        ):
            return text in TRUE_SPELLINGS
        if self.choices.archived_garbage == "refuse":
            raise ApiError(400, "archived must be true or false")
        return False

    def read_page(self, params: httpx.QueryParams) -> int:
        """Read the page number, which starts at 1."""
        return self.read_count(params, "page", 1)

    def read_per_page(self, params: httpx.QueryParams) -> int:
        """Read the page size, which is never more than the maximum of this server."""
        per_page = self.read_count(params, "per_page", self.choices.default_per_page)
        if per_page > self.choices.max_per_page and self.choices.too_large_per_page == "refuse":
            raise ApiError(400, f"per_page must be at most {self.choices.max_per_page}")
        return min(per_page, self.choices.max_per_page)

    def read_count(self, params: httpx.QueryParams, key: str, default: int) -> int:
        """Read a positive integer in the query; reject other values or use the default instead."""
        text = params.get(key, str(default))
        if not re.fullmatch("[+-]?[0-9]{1,18}", text):
            if self.choices.page_garbage == "refuse":
                raise ApiError(400, f"{key} must be an integer")
            return default
        if int(text) < 1:
            if self.choices.page_below_one == "refuse":
                raise ApiError(400, f"{key} must be positive")
            return default
        return int(text)

    # Lists.

    def list_matching(self, archived: bool, params: httpx.QueryParams) -> list[Group]:
        """Return all groups of one archive state, in any order; `params` is the complete query."""
        return [group for group in self.groups.values() if group.archived == archived]

    def sort_groups(self, groups: Iterable[Group]) -> list[Group]:
        """Sort the groups as lists of this server are sorted."""
        match self.choices.list_order:
            case "id":
                return sorted(groups, key=lambda group: group.id)
            case "newest":
                return sorted(groups, key=lambda group: -group.id)
            case "name":
                return sorted(groups, key=lambda group: (group.name, group.id))
            case "recently_changed":
                return sorted(groups, key=lambda group: -group.changed)

    def select_page(self, groups: list[Group], page: int, per_page: int) -> list[Group]:
        """Return the groups of one page; a page beyond the last one, or beyond 10,000 records, is
        empty or rejected.
        """
        limited_record = (
            page * per_page if self.choices.offset_limit == "end" else (page - 1) * per_page
        )
        if limited_record > MAX_RECORDS:
            if self.choices.beyond_offset_limit == "refuse":
                raise ApiError(400, f"no more than {MAX_RECORDS} records can be paged through")
            return []
        past_end_behavior = self.choices.past_the_end
        if page > 1 and (page - 1) * per_page >= len(groups) and past_end_behavior != "empty":
            raise ApiError(past_end_behavior, "no such page")
        return self.slice_page(groups, page, per_page)

    def slice_page(self, groups: list[Group], page: int, per_page: int) -> list[Group]:
        """Return page n, which holds the n-th `per_page` groups."""
        return groups[(page - 1) * per_page : page * per_page]

    def count_groups(self, groups: list[Group], archived: bool) -> int:
        """Return the number of matching groups."""
        return len(groups)

    def count_pages(self, total: int, per_page: int) -> int:
        """Return the number of pages, including a partly filled last one (705 by 50 is 15)."""
        return -(-total // per_page) if total else self.choices.empty_total_pages

    # Responses.

    def build_created_body(self, group: Group) -> JsonObject:
        """Build the body of a create: the id of the new group."""
        return {"id": group.id}

    def represent(self, group: Group) -> JsonObject:
        """Build the description of a group."""
        ids_shown = self.choices.shown_ids_of_all_apps
        app_ids = list(group.app_ids)
        if group.all_apps and ids_shown != "echo":
            app_ids = list(self.choices.existing_apps) if ids_shown == "resolved" else []
        body: JsonObject = {
            "id": group.id,
            "app_ids": app_ids,
            "name": group.name,
            "all_apps": group.all_apps,
            "archived": group.archived,
        }
        if self.choices.extra_fields:
            body |= {
                "created_at": _format_timestamp(group.created),
                "updated_at": _format_timestamp(group.changed),
                "owner": {"id": 7},
            }
        return body

    def represent_in_list(self, group: Group) -> JsonObject:
        """Build the description of a group in a list, which is the same."""
        return self.represent(group)

    def build_list_body(self, groups: list[Group]) -> JsonObject:
        """Build the body of a list, without pagination."""
        body: JsonObject = {"app_groups": [self.represent_in_list(group) for group in groups]}
        if self.choices.extra_fields:
            body["links"] = []
        return body

    def build_pagination(self, page: int, per_page: int, total: int) -> JsonObject:
        """Build the description of a page."""
        total_pages = self.count_pages(total, per_page)
        body: JsonObject = {
            "page": page,
            "per_page": per_page,
            "total_pages": total_pages,
            "total_count": total,
        }
        if self.choices.extra_fields:
            body["has_next"] = page < total_pages
        return body

    def build_error_body(self, error: ApiError) -> JsonObject:
        """Build the body of an error: its description, and the id of the request."""
        text = self.choices.error_prefix + error.text if error.status == 400 else error.text
        as_object = self.choices.error_form == "object"
        body: JsonObject = {
            "error": {"code": error.status, "message": text} if as_object else text,
            "req_id": self.new_req_id(),
        }
        if self.choices.extra_fields:
            body["hint"] = None
        return body

    def new_req_id(self) -> str:
        """Return a new id, which no other request has."""
        self._req_ids += 1
        match self.choices.req_id_form:
            case "uuid":
                return str(uuid.uuid4())
            case "digits":
                return str(self._req_ids)
            case "hex":
                return f"{self._req_ids:016x}"

    def build_error_response(self, error: ApiError) -> httpx.Response:
        """Build the response to an error; errors of the API are JSON."""
        response = self.build_json_response(error.status, self.build_error_body(error))
        response.headers.update(error.headers)
        return response

    def build_json_response(self, status: int, body: object) -> httpx.Response:
        """Build a JSON response in the JSON style of this server."""
        match self.choices.json_style:
            case "compact":
                text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            case "pretty":
                text = json.dumps(body, ensure_ascii=False, indent=4, sort_keys=True) + "\n"
            case "ascii":
                text = json.dumps(body, ensure_ascii=True)
        headers = {"content-type": self.choices.content_type}
        return httpx.Response(status, headers=headers, content=text.encode("utf-8"))

    def build_no_content_response(self) -> httpx.Response:
        """Build a response 204 with an empty body."""
        headers = (
            {"content-type": self.choices.content_type} if self.choices.content_type_on_204 else {}
        )
        return httpx.Response(204, headers=headers)


def _refuse_constant(text: str) -> object:
    """Reject NaN and Infinity, which are not JSON, although Python parses them."""
    raise ValueError(text)


def _format_timestamp(tick: int) -> str:
    """Format a tick of the server's clock as a timestamp."""
    return datetime.fromtimestamp(FIRST_MOMENT + tick, UTC).isoformat()


HONEST_CHOICES: dict[str, Choices] = {
    "default": Choices(),
    # Credentials and routes.
    "no_credentials_403": Choices(no_credentials=403),
    "bearer_case_matters": Choices(scheme_case="exact"),
    "unknown_routes_need_no_token": Choices(unknown_routes_need_token=False),
    "wrong_method_404": Choices(wrong_method=404),
    "wrong_method_400": Choices(wrong_method=400),
    "trailing_slash_served": Choices(trailing_slash="serve"),
    "unknown_query_refused": Choices(unknown_query="refuse"),
    # Group ids.
    "malformed_id_400": Choices(malformed_id=400),
    "out_of_range_id_400": Choices(out_of_range_id=400),
    "ids_from_one": Choices(first_id=1),
    "ids_beyond_doubles": Choices(first_id=2**53 + 1, id_step=2),
    "ids_with_gaps": Choices(first_id=17, id_step=13),
    "ids_reused": Choices(reuse_ids=True),
    # The form of responses.
    "charset": Choices(content_type="application/json; charset=utf-8"),
    "charset_upper_case": Choices(content_type="Application/JSON;charset=UTF-8"),
    "content_type_on_204": Choices(content_type_on_204=True),
    "pretty_json": Choices(json_style="pretty"),
    "ascii_json": Choices(json_style="ascii"),
    "extra_fields": Choices(extra_fields=True),
    "error_object": Choices(error_form="object"),
    "no_error_prefix": Choices(error_prefix=""),
    "req_id_digits": Choices(req_id_form="digits"),
    "req_id_hex": Choices(req_id_form="hex"),
    "bad_gateway_now_and_then": Choices(gateway_error_every=19),
    # Bodies of create and update.
    "content_type_415": Choices(wrong_content_type=415),
    "content_type_400": Choices(wrong_content_type=400),
    "unknown_properties_refused": Choices(unknown_properties="refuse"),
    "lenient_types": Choices(lenient_types=True),
    "omitted_ids_for_all_apps": Choices(omitted_ids_for_all_apps="accept"),
    "null_ids_for_all_apps": Choices(null_ids_for_all_apps="accept"),
    "ids_for_all_apps_ignored": Choices(ids_for_all_apps="ignore"),
    "ids_for_all_apps_refused": Choices(ids_for_all_apps="refuse"),
    "all_apps_resolved": Choices(shown_ids_of_all_apps="resolved"),
    "all_apps_shown_empty": Choices(shown_ids_of_all_apps="empty"),
    "unknown_apps_400": Choices(unknown_apps=400),
    "unknown_apps_404": Choices(unknown_apps=404),
    "duplicate_app_ids_dropped": Choices(duplicate_app_ids="drop"),
    "duplicate_app_ids_refused": Choices(duplicate_app_ids="refuse"),
    "app_ids_sorted": Choices(app_ids_order="sorted"),
    "empty_name_accepted": Choices(empty_name="accept"),
    "names_trimmed": Choices(edge_blanks="trim"),
    "edge_blanks_refused": Choices(edge_blanks="refuse"),
    "names_up_to_255": Choices(max_name_length=255),
    "control_characters_accepted": Choices(unprintable_names="accept"),
    "unprintable_refused": Choices(unprintable_names="refuse_all"),
    "duplicate_names_400": Choices(duplicate_names=400),
    "duplicate_names_409": Choices(duplicate_names=409),
    # Update and delete.
    "partial_update": Choices(update_missing_fields="keep"),
    "update_checks_body_first": Choices(update_checks_body_first=True),
    "update_of_archived_400": Choices(update_of_archived=400),
    "update_of_archived_409": Choices(update_of_archived=409),
    "second_delete_204": Choices(second_delete=204),
    "delete_of_active_400": Choices(delete_of_active=400),
    "delete_of_active_409": Choices(delete_of_active=409),
    # Lists.
    "newest_first": Choices(list_order="newest"),
    "by_name": Choices(list_order="name"),
    "recently_changed_first": Choices(list_order="recently_changed"),
    "archived_spellings": Choices(other_archived_spellings="accept"),
    "archived_garbage_400": Choices(archived_garbage="refuse"),
    "unpaged_first_page": Choices(unpaged_list="first_page"),
    "unpaged_pagination": Choices(unpaged_pagination=True),
    "like_the_events_page": Choices(unpaged_list="first_page", unpaged_pagination=True),
    "per_page_20": Choices(default_per_page=20),
    "per_page_capped": Choices(max_per_page=100),
    "per_page_refused": Choices(max_per_page=100, too_large_per_page="refuse"),
    "page_clamped": Choices(page_below_one="clamp"),
    "page_garbage_default": Choices(page_garbage="default"),
    "past_the_end_404": Choices(past_the_end=404),
    "past_the_end_400": Choices(past_the_end=400),
    "empty_list_has_one_page": Choices(empty_total_pages=1),
    "offset_limit_at_the_end": Choices(offset_limit="end"),
    "beyond_offset_limit_empty": Choices(beyond_offset_limit="empty"),
    # Combinations.
    "strict": Choices(
        no_credentials=403,
        scheme_case="exact",
        unknown_query="refuse",
        malformed_id=400,
        out_of_range_id=400,
        wrong_content_type=415,
        unknown_properties="refuse",
        ids_for_all_apps="refuse",
        unknown_apps=400,
        duplicate_app_ids="refuse",
        edge_blanks="refuse",
        max_name_length=255,
        unprintable_names="refuse_all",
        duplicate_names=409,
        update_checks_body_first=True,
        update_of_archived=409,
        delete_of_active=409,
        archived_garbage="refuse",
        max_per_page=100,
        too_large_per_page="refuse",
        past_the_end=404,
        offset_limit="end",
    ),
    "lenient": Choices(
        unknown_routes_need_token=False,
        trailing_slash="serve",
        error_prefix="",
        lenient_types=True,
        omitted_ids_for_all_apps="accept",
        null_ids_for_all_apps="accept",
        ids_for_all_apps="ignore",
        duplicate_app_ids="drop",
        empty_name="accept",
        edge_blanks="trim",
        unprintable_names="accept",
        update_missing_fields="keep",
        second_delete=204,
        other_archived_spellings="accept",
        max_per_page=100,
        page_below_one="clamp",
        page_garbage="default",
        beyond_offset_limit="empty",
    ),
    "most_different": Choices(
        no_credentials=403,
        scheme_case="exact",
        unknown_routes_need_token=False,
        wrong_method=404,
        trailing_slash="serve",
        unknown_query="refuse",
        malformed_id=400,
        out_of_range_id=400,
        first_id=2**53 + 1,
        id_step=3,
        reuse_ids=True,
        content_type="application/json; charset=utf-8",
        content_type_on_204=True,
        json_style="pretty",
        extra_fields=True,
        error_form="object",
        error_prefix="",
        req_id_form="digits",
        wrong_content_type=415,
        unknown_properties="refuse",
        omitted_ids_for_all_apps="accept",
        null_ids_for_all_apps="accept",
        ids_for_all_apps="ignore",
        shown_ids_of_all_apps="resolved",
        unknown_apps=404,
        duplicate_app_ids="drop",
        app_ids_order="sorted",
        empty_name="accept",
        edge_blanks="trim",
        max_name_length=255,
        unprintable_names="refuse_all",
        duplicate_names=400,
        update_missing_fields="keep",
        update_of_archived=400,
        second_delete=204,
        delete_of_active=400,
        list_order="recently_changed",
        other_archived_spellings="accept",
        archived_garbage="refuse",
        unpaged_list="first_page",
        unpaged_pagination=True,
        default_per_page=20,
        max_per_page=100,
        page_below_one="clamp",
        page_garbage="default",
        past_the_end=404,
        empty_total_pages=1,
        offset_limit="end",
        beyond_offset_limit="empty",
    ),
    "moving_pages": Choices(
        list_order="recently_changed",
        unpaged_list="first_page",
        default_per_page=20,
        past_the_end=404,
        empty_total_pages=1,
        reuse_ids=True,
        second_delete=204,
    ),
    "verbose": Choices(
        content_type="application/json;charset=UTF-8",
        content_type_on_204=True,
        json_style="ascii",
        extra_fields=True,
        error_form="object",
        req_id_form="hex",
        unpaged_pagination=True,
        shown_ids_of_all_apps="resolved",
    ),
    "names_guarded": Choices(
        edge_blanks="refuse",
        max_name_length=64,
        unprintable_names="refuse_all",
        duplicate_names=400,
        list_order="name",
        malformed_id=400,
    ),
    "two_step_delete": Choices(
        delete_of_active=409,
        update_of_archived=409,
        second_delete=204,
        unpaged_pagination=True,
        list_order="newest",
    ),
}

HONEST: dict[str, Callable[[], Server]] = {
    name: partial(Server, choices=choices) for name, choices in HONEST_CHOICES.items()
}


@dataclass(frozen=True)
class DishonestServer:
    """A server that breaks one promise of the page: the promise, its source, and a factory of the
    server.
    """

    promise: str
    source: str
    make: Callable[[], Server]


DISHONEST: dict[str, DishonestServer] = {}


def _register_breach(
    name: str, promise: str, source: str
) -> Callable[[type[Server]], type[Server]]:
    """Register the decorated server in `DISHONEST`."""

    def register(server: type[Server]) -> type[Server]:
        DISHONEST[name] = DishonestServer(promise, source, server)
        return server

    return register


# Credentials.


@_register_breach("invalid_token_403", "an invalid API token is answered 401", "P75")
class _InvalidToken403(Server):
    def authorize(self, request: httpx.Request, operation: Operation | None) -> None:
        try:
            super().authorize(request, operation)
        except ApiError as error:
            raise ApiError(403, error.text) from None


@_register_breach(
    "invalid_token_sees_empty_list", "an invalid API token is answered 401, lists included", "P75"
)
class _InvalidTokenEmptyList(Server):
    def dispatch(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().dispatch(request)
        except ApiError as error:
            operation = self.route(request)[0].get(request.method)
            if error.status != 401 or operation != "list" or "authorization" not in request.headers:
                raise
            return self.build_json_response(200, self.build_list_body([]))


@_register_breach("restore_needs_no_token", "every operation needs the authorization header", "P2")
class _RestoreNeedsNoToken(Server):
    def authorize(self, request: httpx.Request, operation: Operation | None) -> None:
        if operation != "restore" or "authorization" in request.headers:
            super().authorize(request, operation)


# Create.


@_register_breach("create_200", "a successful create is answered 201", "P16")
class _Create200(Server):
    def create(self, request: httpx.Request) -> httpx.Response:
        response = super().create(request)
        response.status_code = 200
        return response


@_register_breach("create_id_is_text", "the id in the answer to a create is an integer", "P17")
class _CreateIdIsText(Server):
    def build_created_body(self, group: Group) -> JsonObject:
        return {"id": str(group.id)}


@_register_breach("create_without_all_apps", "all_apps is required to create a group", "P11")
class _CreateWithoutAllApps(Server):
    def read_draft(self, data: JsonObject, current: Group | None) -> Draft:
        return super().read_draft({"all_apps": False} | data if current is None else data, current)


@_register_breach("create_without_name", "name is required to create a group", "P9")
class _CreateWithoutName(Server):
    def read_draft(self, data: JsonObject, current: Group | None) -> Draft:
        return super().read_draft(
            {"name": "New group"} | data if current is None else data, current
        )


@_register_breach(
    "create_without_app_ids", "app_ids is required to create a group of chosen applications", "P7"
)
class _CreateWithoutAppIds(Server):
    def read_app_ids(self, data: JsonObject, all_apps: bool) -> list[int]:
        return super().read_app_ids(data, all_apps) if all_apps or "app_ids" in data else []


@_register_breach(
    "create_with_no_applications",
    "with all_apps false at least one application id must be sent",
    "P8",
)
class _CreateWithNoApplications(Server):
    def read_app_ids(self, data: JsonObject, all_apps: bool) -> list[int]:
        return [] if data.get("app_ids") == [] else super().read_app_ids(data, all_apps)


@_register_breach(
    "all_apps_with_no_ids_refused", "with all_apps true the app_ids may be left empty", "P14"
)
class _AllAppsWithNoIdsRefused(Server):
    def read_app_ids(self, data: JsonObject, all_apps: bool) -> list[int]:
        if data.get("app_ids") == []:
            raise ApiError(400, "app_ids must not be empty")
        return super().read_app_ids(data, all_apps)


@_register_breach(
    "letters_become_question_marks", "a name may have any printable characters", "P10"
)
class _LettersBecomeQuestionMarks(Server):
    def read_name(self, data: JsonObject) -> str:
        return super().read_name(data).encode("latin-1", "replace").decode("latin-1")


@_register_breach("names_escaped_for_html", "a name may have any printable characters", "P10")
class _NamesEscapedForHtml(Server):
    def read_name(self, data: JsonObject) -> str:
        return super().read_name(data).replace("&", "&amp;").replace("<", "&lt;")


@_register_breach(
    "refused_create_stored", "an answer of 400 or more means that the action failed", "P72"
)
class _RefusedCreateStored(Server):
    def create(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().create(request)
        except ApiError:
            name = self.read_object(request).get("name")
            if isinstance(name, str) and name and name.isprintable():
                self.store(Draft([], name, False))
            raise


# Lists: the filter.


@_register_breach("archived_false_returns_all", "archived=false returns active groups only", "P23")
class _ArchivedFalseReturnsAll(Server):
    def list_matching(self, archived: bool, params: httpx.QueryParams) -> list[Group]:
        return (
            list(self.groups.values())
            if params.get("archived") == "false"
            else super().list_matching(archived, params)
        )


@_register_breach(
    "default_returns_all", "a list that does not ask for archived groups has none", "P24"
)
class _DefaultReturnsAll(Server):
    def list_matching(self, archived: bool, params: httpx.QueryParams) -> list[Group]:
        return (
            super().list_matching(archived, params)
            if "archived" in params
            else list(self.groups.values())
        )


@_register_breach("archived_true_returns_all", "archived=true returns archived groups only", "P22")
class _ArchivedTrueReturnsAll(Server):
    def list_matching(self, archived: bool, params: httpx.QueryParams) -> list[Group]:
        return list(self.groups.values()) if archived else super().list_matching(archived, params)


@_register_breach(
    "filter_lost_when_paged", "archived=true returns the archived groups, by pages too", "P22, P44"
)
class _FilterLostWhenPaged(Server):
    def list_matching(self, archived: bool, params: httpx.QueryParams) -> list[Group]:
        return super().list_matching(
            archived and "page" not in params and "per_page" not in params, params
        )


@_register_breach("deleted_listed_as_archived", "a deleted group is gone from every list", "P56")
class _DeletedListedAsArchived(Server):
    def list_matching(self, archived: bool, params: httpx.QueryParams) -> list[Group]:
        deleted_groups = (
            [replace(group, archived=True) for group in self.deleted.values()] if archived else []
        )
        return super().list_matching(archived, params) + deleted_groups


@_register_breach(
    "deleted_from_archive_still_listed", "a deleted group is gone, also if it was archived", "P56"
)
class _DeletedFromArchiveStillListed(Server):
    def list_matching(self, archived: bool, params: httpx.QueryParams) -> list[Group]:
        deleted_groups = [group for group in self.deleted.values() if group.archived and archived]
        return super().list_matching(archived, params) + deleted_groups


# Lists: shape and size.


@_register_breach("list_is_bare_array", "a list is an object with the array app_groups", "P26")
class _ListIsBareArray(Server):
    def list_groups(self, params: httpx.QueryParams) -> httpx.Response:
        response = super().list_groups(params)
        body = response.json()
        return (
            response if "pagination" in body else self.build_json_response(200, body["app_groups"])
        )


@_register_breach(
    "list_never_says_archived", "archived is true in the list for an archived group", "P31"
)
class _ListNeverSaysArchived(Server):
    def represent_in_list(self, group: Group) -> JsonObject:
        return super().represent_in_list(group) | {"archived": False}


@_register_breach("list_lacks_all_apps", "each group of a list has all_apps", "P30")
class _ListLacksAllApps(Server):
    def represent_in_list(self, group: Group) -> JsonObject:
        return {
            key: value
            for key, value in super().represent_in_list(group).items()
            if key != "all_apps"
        }


@_register_breach("unpaged_over_10000", "a list never has more than 10,000 records", "P20")
class _UnpagedOver10000(Server):
    unpaged_limit = 10 * MAX_RECORDS


# Lists: pages.


@_register_breach("last_page_loses_one", "the pages together hold the whole list", "P35")
class _LastPageLosesOne(Server):
    def slice_page(self, groups: list[Group], page: int, per_page: int) -> list[Group]:
        last = page > 1 and page * per_page >= len(groups)
        return super().slice_page(groups[:-1] if last else groups, page, per_page)


@_register_breach("pages_overlap", "no group is on two pages", "P35")
class _PagesOverlap(Server):
    def slice_page(self, groups: list[Group], page: int, per_page: int) -> list[Group]:
        start = max((page - 1) * per_page - 1, 0)
        return groups[start : start + per_page]


@_register_breach("pages_count_from_zero", "pages are numbered 1, 2, 3", "P35")
class _PagesCountFromZero(Server):
    def slice_page(self, groups: list[Group], page: int, per_page: int) -> list[Group]:
        return super().slice_page(groups, page + 1, per_page)


@_register_breach("per_page_ignored", "per_page is the number of entries of a page", "P36")
class _PerPageIgnored(Server):
    def slice_page(self, groups: list[Group], page: int, per_page: int) -> list[Group]:
        return super().slice_page(groups, page, self.choices.default_per_page)


@_register_breach(
    "pagination_missing_for_one_page", "a paged list describes its page in pagination", "P37"
)
class _PaginationMissingForOnePage(Server):
    def list_groups(self, params: httpx.QueryParams) -> httpx.Response:
        response = super().list_groups(params)
        body = response.json()
        if "pagination" not in body or body["pagination"]["total_pages"] > 1:
            return response
        return self.build_json_response(200, {"app_groups": body["app_groups"]})


@_register_breach("page_echoed_as_text", "pagination.page is an integer", "P38")
class _PageEchoedAsText(Server):
    def build_pagination(self, page: int, per_page: int, total: int) -> JsonObject:
        return super().build_pagination(page, per_page, total) | {"page": str(page)}


@_register_breach(
    "pagination_says_default_per_page", "pagination.per_page is the size of the pages", "P39"
)
class _PaginationSaysDefaultPerPage(Server):
    def build_pagination(self, page: int, per_page: int, total: int) -> JsonObject:
        return super().build_pagination(page, per_page, total) | {
            "per_page": self.choices.default_per_page
        }


@_register_breach(
    "total_pages_rounded_down", "total_pages counts the last, partly filled page", "P40"
)
class _TotalPagesRoundedDown(Server):
    def count_pages(self, total: int, per_page: int) -> int:
        return max(total // per_page, 1) if total else super().count_pages(total, per_page)


@_register_breach(
    "total_count_of_all_groups", "total_count counts the groups that match the filter", "P41"
)
class _TotalCountOfAllGroups(Server):
    def count_groups(self, groups: list[Group], archived: bool) -> int:
        return len(self.groups)


@_register_breach(
    "total_count_keeps_deleted", "total_count counts the groups that match, not deleted ones", "P41"
)
class _TotalCountKeepsDeleted(Server):
    def count_groups(self, groups: list[Group], archived: bool) -> int:
        return len(groups) + sum(group.archived == archived for group in self.deleted.values())


# Get.


@_register_breach("get_of_archived_404", "an archived group can be read, with archived true", "P46")
class _GetOfArchived404(Server):
    def get_group(self, id_text: str) -> httpx.Response:
        if self.find_group(id_text).archived:
            raise ApiError(404, "not found: application group does not exist")
        return super().get_group(id_text)


@_register_breach(
    "get_of_deleted_200", "a deleted group no longer exists, so reading it gives 404", "P56"
)
class _GetOfDeleted200(Server):
    def get_group(self, id_text: str) -> httpx.Response:
        deleted_group = self.deleted.get(self.parse_id(id_text))
        return (
            super().get_group(id_text)
            if deleted_group is None
            else self.build_json_response(200, self.represent(deleted_group))
        )


@_register_breach("get_of_unknown_200", "a resource that does not exist is answered 404", "P50")
class _GetOfUnknown200(Server):
    def get_group(self, id_text: str) -> httpx.Response:
        try:
            return super().get_group(id_text)
        except ApiError as error:
            return self.build_json_response(200, self.build_error_body(error))


@_register_breach(
    "get_says_all_apps_in_numbers", "all_apps is a boolean, in get as in create", "P48"
)
class _GetSaysAllAppsInNumbers(Server):
    def get_group(self, id_text: str) -> httpx.Response:
        group = self.find_group(id_text)
        return self.build_json_response(
            200, self.represent(group) | {"all_apps": int(group.all_apps)}
        )


# Archive and restore.


@_register_breach("second_archive_409", "archiving an archived group is valid", "P52")
class _SecondArchive409(Server):
    def archive(self, id_text: str) -> httpx.Response:
        if self.find_group(id_text).archived:
            raise ApiError(409, "the group is archived already")
        return super().archive(id_text)


@_register_breach(
    "second_archive_restores", "archiving is idempotent: the second time changes nothing", "P52"
)
class _SecondArchiveRestores(Server):
    def archive(self, id_text: str) -> httpx.Response:
        group = self.find_group(id_text)
        self.set_archived(group, not group.archived)
        return self.build_no_content_response()


@_register_breach("archive_takes_neighbor", "archive archives that one group", "P51")
class _ArchiveTakesNeighbor(Server):
    def archive(self, id_text: str) -> httpx.Response:
        later = sorted(id_ for id_ in self.groups if id_ > self.find_group(id_text).id)
        for neighbor in later[:1]:
            self.set_archived(self.groups[neighbor], True)
        return super().archive(id_text)


@_register_breach(
    "archive_of_all_apps_does_nothing",
    "a 2xx answer means that the action was executed",
    "P71, P51",
)
class _ArchiveOfAllAppsDoesNothing(Server):
    def archive(self, id_text: str) -> httpx.Response:
        return (
            self.build_no_content_response()
            if self.find_group(id_text).all_apps
            else super().archive(id_text)
        )


@_register_breach("archive_204_with_body", "a successful archive has no content", "P53")
class _Archive204WithBody(Server):
    def archive(self, id_text: str) -> httpx.Response:
        super().archive(id_text)
        return self.build_json_response(204, {"status": "ok"})


@_register_breach("archive_of_unknown_204", "a resource that does not exist is answered 404", "P55")
class _ArchiveOfUnknown204(Server):
    def archive(self, id_text: str) -> httpx.Response:
        return (
            super().archive(id_text)
            if self.parse_id(id_text) in self.groups
            else self.build_no_content_response()
        )


@_register_breach("restore_of_active_404", "restoring a group that is not archived is valid", "P61")
class _RestoreOfActive404(Server):
    def __init__(
        self, *, tokens: frozenset[str] = frozenset({"token"}), choices: Choices = DEFAULT_CHOICES
    ) -> None:
        super().__init__(tokens=tokens, choices=choices)
        self.once_archived: set[int] = set()

    def archive(self, id_text: str) -> httpx.Response:
        self.once_archived.add(self.find_group(id_text).id)
        return super().archive(id_text)

    def restore(self, id_text: str) -> httpx.Response:
        if self.find_group(id_text).id not in self.once_archived:
            raise ApiError(404, "not found: the group was never archived")
        return super().restore(id_text)


@_register_breach("second_restore_400", "restoring a restored group is valid", "P61")
class _SecondRestore400(Server):
    def restore(self, id_text: str) -> httpx.Response:
        if not self.find_group(id_text).archived:
            raise ApiError(400, "the group is not archived")
        return super().restore(id_text)


@_register_breach(
    "restore_does_nothing", "restore makes an archived group active again", "P60, P71"
)
class _RestoreDoesNothing(Server):
    def restore(self, id_text: str) -> httpx.Response:
        self.find_group(id_text)
        return self.build_no_content_response()


@_register_breach(
    "restore_undeletes", "restore unarchives; a deleted group does not exist, so 404", "P63"
)
class _RestoreUndeletes(Server):
    def restore(self, id_text: str) -> httpx.Response:
        deleted_group = self.deleted.pop(self.parse_id(id_text), None)
        if deleted_group is not None:
            self.groups[deleted_group.id] = deleted_group
        return super().restore(id_text)


# Delete.


@_register_breach("delete_of_unknown_204", "a resource that does not exist is answered 404", "P59")
class _DeleteOfUnknown204(Server):
    def delete(self, id_text: str) -> httpx.Response:
        return (
            super().delete(id_text)
            if self.parse_id(id_text) in self.groups
            else self.build_no_content_response()
        )


# Update.


@_register_breach(
    "update_unarchives", "an update changes the base information of a group only", "P65, P70"
)
class _UpdateUnarchives(Server):
    def apply(self, draft: Draft, group: Group) -> None:
        super().apply(draft, group)
        group.archived = False


@_register_breach("update_of_app_ids_only_ignored", "an update stores the new app_ids", "P65")
class _UpdateOfAppIdsOnlyIgnored(Server):
    def apply(self, draft: Draft, group: Group) -> None:
        if (draft.name, draft.all_apps) != (group.name, group.all_apps):
            super().apply(draft, group)


@_register_breach(
    "update_appends_app_ids", "an update puts the new app_ids in place of the old ones", "P65"
)
class _UpdateAppendsAppIds(Server):
    def apply(self, draft: Draft, group: Group) -> None:
        added = [app_id for app_id in draft.app_ids if app_id not in group.app_ids]
        super().apply(replace(draft, app_ids=group.app_ids + added), group)


@_register_breach("update_ignores_all_apps", "an update stores the new all_apps", "P65")
class _UpdateIgnoresAllApps(Server):
    def apply(self, draft: Draft, group: Group) -> None:
        super().apply(replace(draft, all_apps=group.all_apps), group)


@_register_breach(
    "refused_update_stores_name", "an answer of 400 or more means that the action failed", "P72"
)
class _RefusedUpdateStoresName(Server):
    def update(self, id_text: str, request: httpx.Request) -> httpx.Response:
        try:
            return super().update(id_text, request)
        except ApiError:
            name = self.read_object(request).get("name")
            if isinstance(name, str) and name and name.isprintable():
                self.find_group(id_text).name = name
            raise


@_register_breach("update_200", "a successful update is answered 204 without content", "P67")
class _Update200(Server):
    def update(self, id_text: str, request: httpx.Request) -> httpx.Response:
        super().update(id_text, request)
        return self.get_group(id_text)


@_register_breach(
    "update_of_unknown_creates", "an update of an id that does not exist is answered 404", "P68"
)
class _UpdateOfUnknownCreates(Server):
    def update(self, id_text: str, request: httpx.Request) -> httpx.Response:
        if self.parse_id(id_text) not in self.groups:
            self.store(self.read_draft(self.read_object(request), None))
            return self.build_no_content_response()
        return super().update(id_text, request)


# Errors.


@_register_breach("bad_json_500", "a request with an invalid payload is answered 400", "P74")
class _BadJson500(Server):
    def read_object(self, request: httpx.Request) -> JsonObject:
        try:
            return super().read_object(request)
        except ApiError as error:
            raise ApiError(500, error.text) from None


@_register_breach(
    "not_found_is_html", "errors of the API have the content type application/json", "P79"
)
class _NotFoundIsHtml(Server):
    def build_error_response(self, error: ApiError) -> httpx.Response:
        response = super().build_error_response(error)
        if error.status == 404:
            response.headers["content-type"] = "text/html"
        return response


@_register_breach("unauthorized_is_plain_text", "errors of the API have a JSON body", "P80")
class _UnauthorizedIsPlainText(Server):
    def build_error_response(self, error: ApiError) -> httpx.Response:
        if error.status != 401:
            return super().build_error_response(error)
        headers = {"content-type": self.choices.content_type}
        return httpx.Response(401, headers=headers, content=b"Unauthorized\n")


@_register_breach("not_found_lacks_error", "the body of an error has the field error", "P81")
class _NotFoundLacksError(Server):
    def build_error_body(self, error: ApiError) -> JsonObject:
        body = super().build_error_body(error)
        return {"req_id": body["req_id"], "message": body["error"]} if error.status == 404 else body


@_register_breach("req_id_missing_on_401", "the body of an error has the field req_id", "P82")
class _ReqIdMissingOn401(Server):
    def build_error_body(self, error: ApiError) -> JsonObject:
        body = super().build_error_body(error)
        return {"error": body["error"]} if error.status == 401 else body


@_register_breach("req_id_is_a_number", "req_id is a string", "P82")
class _ReqIdIsANumber(Server):
    def build_error_body(self, error: ApiError) -> JsonObject:
        return super().build_error_body(error) | {"req_id": self._req_ids}


@_register_breach("req_id_always_the_same", "req_id tells one request from another", "P83")
class _ReqIdAlwaysTheSame(Server):
    def new_req_id(self) -> str:
        return "00000000-0000-4000-8000-000000000000"
