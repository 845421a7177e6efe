"""A stateful HTTP server that several users share and that records every change exactly.

It implements two contracts: `push-express` (application groups) and `losant` (experience groups,
the current edition). All state is in memory. Each request is attributed to the user whose token it
has; every request without the token of the neighbor is attributed to the tool under test. Each item
has a number of its own (`uid`) that is never reused, even if its id is, so that the records
distinguish an item from a later item with the same id.

    state = ServerState(Switches(reuse_ids=True))
    with serve(state) as url:
        ...                               # run the tool against url with the token TOOL_TOKEN
    print(state.audit())
"""

from __future__ import annotations

import contextlib
import copy
import fnmatch
import json
import random
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOOL = "tool"
NEIGHBOR = "neighbor"
TOOL_TOKEN = "token-of-the-tool"
TOOL_TOKENS = (TOOL_TOKEN, "token-of-the-tool-2", "token-of-the-tool-3")  # one for each run
NEIGHBOR_TOKEN = "token-of-the-neighbor"
APPLICATION = "575ec8687ae143cd83dc4a97"

PUSH_PATH = re.compile(r"/api/b/v2/app/groups(?:/([^/]+)(?:/(archive|unarchive))?)?$")
LOSANT_PATH = re.compile(r"/applications/([^/]+)/experience/groups(?:/([^/]+))?$")


@dataclass
class Switches:
    """How the server deviates from default behavior. Shares are between 0 and 1."""

    contract: str = "push-express"
    reuse_ids: bool = False  # the id that was freed last is assigned first
    first_id: int = 1443  # the first id that is assigned
    lying_deletions: float = 0.0  # a deletion succeeds in its response, but has no effect
    late_deletions: float = 0.0  # a deletion succeeds in its response, but takes effect 1 s later
    refused_but_created: float = 0.0  # a creation responds 400, but takes effect
    failed_but_created: float = 0.0  # a creation responds 503, but takes effect
    lost_answers: float = 0.0  # a change takes effect, but its response is lost
    lost_creations: float = 0.0  # the same for creations only
    creations_without_id: bool = False  # a creation responds 201 without an id
    failing_lists: int = 0  # lists respond with this status
    failing_reads: int = 0  # reads of one item respond with this status
    failing_deletions: int = 0  # deletions respond with this status
    page_limit: int = 0  # the maximum page size, whatever the request says
    truncated_lists: int = 0  # lists show this many items and claim to be complete
    page_numbers_ignored: bool = (
        False  # page numbers are ignored: the response is always the first page
    )
    lenient: bool = False  # every body is accepted
    authentication_disabled: bool = False  # credentials are not checked
    delay: tuple[float, float] = (0, 0)  # bounds of the delay of each response, in seconds
    late_creations: float = 0.0  # seconds before a creation takes effect
    stale_reads: float = 0.0  # seconds before reads show a new item
    alter_name: Callable[[str], str] | None = None  # applied to names before they are stored
    forgeries: int = 0  # how many forged items the neighbor creates
    take_over: bool = False  # the neighbor takes over each id that the tool frees by a deletion
    backup_at: int = 0  # a backup is taken before this request of the tool
    restore_at: int = 0  # and is restored before this one
    seed: int = 1


@dataclass
class Item:
    """One item on the server, with the records about it."""

    uid: int
    id: Any
    creator: str
    fields: dict[str, Any]
    sent: str  # the body of the creation
    created_at: float
    edited_by: set[str] = field(default_factory=set)


@dataclass
class Event:
    """One change of the state, or one request."""

    number: int  # of the request
    when: float
    user: str
    action: str  # create, change, delete, read, restore
    uid: int = 0
    id: Any = None
    creator: str = ""
    request: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    note: str = ""


@dataclass
class RecordedRequest:
    """One request with the status of its response."""

    number: int
    when: float
    user: str
    token: str
    request: str
    status: int

    @property
    def writes(self) -> bool:
        """Whether the request may change the state."""
        return not self.request.startswith(("GET", "HEAD", "OPTIONS"))


@dataclass
class Response:
    """A response; `lost` means that the connection is closed instead."""

    status: int
    body: Any = None
    lost: bool = False


Hook = Callable[["ServerState", Event], None]


class ServerState:
    """The state of the server, its records, and the actions of the neighbor."""

    def __init__(self, switches: Switches | None = None) -> None:
        self.switches = switches or Switches()
        self.lock = threading.RLock()
        self.items_by_id: dict[Any, Item] = {}
        self.events: list[Event] = []
        self.requests: list[RecordedRequest] = []
        self.hooks: list[Hook] = []  # called after each change by the tool
        self.before_hooks: list[Hook] = []  # called before each request of the tool
        self.random = random.Random(self.switches.seed)
        self.next_id = self.switches.first_id
        self.free: list[Any] = []
        self.uids = 0
        self.number = 0
        self.last_seen: dict[Any, tuple[int, int, str]] = {}  # id: request, uid, name (tool)
        self.restored_uids: set[int] = set()
        self.frozen = False  # while True, no hooks are called
        self.hook_guard = threading.local()
        if self.switches.forgeries:
            self.hooks.append(build_forging_hook(self.switches.forgeries))
        if self.switches.take_over:
            self.hooks.append(build_takeover_hook())
        if self.switches.restore_at:
            self.before_hooks.append(
                build_restore_hook(self.switches.backup_at, self.switches.restore_at)
            )

    # -- the actions of the neighbor -----------------------------------------------------------

    def create_as_neighbor(self, name: str, id: Any = None, **fields: Any) -> Item:
        """Create an item as the neighbor, with the given id if there is one."""
        with self.lock:
            values = self.build_default_fields() | {"name": name} | fields
            return self.create(NEIGHBOR, values, "neighbor: make", id)

    def clone_as_neighbor(self, item: Item, suffix: str = " copy", id: Any = None) -> Item:
        """Copy an item of any user; the copy belongs to the neighbor."""
        with self.lock:
            values = copy.deepcopy(item.fields) | {"name": item.fields.get("name", "") + suffix}
            return self.create(NEIGHBOR, values, "neighbor: clone", id)

    def edit_as_neighbor(self, item: Item, **fields: Any) -> None:
        """Change an item as the neighbor."""
        with self.lock:
            if self.items_by_id.get(item.id) is item:
                self.change(NEIGHBOR, item, fields, "neighbor: edit")

    def delete_as_neighbor(self, item: Item) -> None:
        """Delete an item as the neighbor."""
        with self.lock:
            if self.items_by_id.get(item.id) is item:
                self.delete(NEIGHBOR, item, "neighbor: remove")

    def list_items_of(self, user: str) -> list[Item]:
        """Return the existing items that this user created."""
        with self.lock:
            return [item for item in self.items_by_id.values() if item.creator == user]

    def backup(self) -> dict[str, Any]:
        """Return a backup of the database."""
        with self.lock:
            return copy.deepcopy(
                {"things": self.items_by_id, "next_id": self.next_id, "free": self.free}
            )

    def restore(self, backup: dict[str, Any], *, keep_counter: bool = False) -> None:
        """Restore a backup; new ids continue from the backup, unless the counter is kept."""
        with self.lock:
            saved = copy.deepcopy(backup)
            previous_uids = {item.uid for item in self.items_by_id.values()}
            self.items_by_id, self.free = saved["things"], saved["free"]
            if not keep_counter:
                self.next_id = saved["next_id"]
            restored_uids = {item.uid for item in self.items_by_id.values()} - previous_uids
            self.restored_uids |= restored_uids
            self.record_event(NEIGHBOR, "restore", note=f"{len(restored_uids)} things came back")

    # -- the state, under the lock -------------------------------------------------------------

    def build_default_fields(self) -> dict[str, Any]:
        """Return the fields that an item of the neighbor has besides its name."""
        if self.switches.contract == "losant":
            return {}
        return {"app_ids": [25328], "all_apps": False, "archived": False}

    def assign_id(self) -> Any:
        """Return the next id: a freed one or an unused one."""
        while self.switches.reuse_ids and self.free:
            id = self.free.pop()
            if id not in self.items_by_id:
                return id
        while True:
            number, self.next_id = self.next_id, self.next_id + 1
            id = f"{number:024x}" if self.switches.contract == "losant" else number
            if id not in self.items_by_id:
                return id

    def create(self, user: str, fields: dict[str, Any], request: str, id: Any = None) -> Item:
        """Create an item, and record who created it."""
        self.uids += 1
        sent = json.dumps(fields, ensure_ascii=False)
        if self.switches.alter_name and isinstance(fields.get("name"), str) and user == TOOL:
            fields = fields | {"name": self.switches.alter_name(fields["name"])}
        item = Item(
            self.uids, self.assign_id() if id is None else id, user, dict(fields), sent, time.time()
        )
        if self.switches.contract == "losant":
            now = format_now()
            item.fields |= {"creationDate": now, "lastUpdated": now}
        self.items_by_id[item.id] = item
        self.record_event(user, "create", item, request, after=item.fields)
        return item

    def change(self, user: str, item: Item, fields: dict[str, Any], request: str) -> None:
        """Change fields of an item, and record who changed it."""
        before = dict(item.fields)
        if self.switches.alter_name and isinstance(fields.get("name"), str) and user == TOOL:
            fields = fields | {"name": self.switches.alter_name(fields["name"])}
        item.fields |= fields
        if self.switches.contract == "losant":
            item.fields["lastUpdated"] = format_now()
        item.edited_by.add(user)
        self.record_event(user, "change", item, request, before=before, after=item.fields)

    def delete(self, user: str, item: Item, request: str) -> None:
        """Delete an item, and record who deleted it."""
        self.items_by_id.pop(item.id, None)
        self.free.append(item.id)
        self.record_event(user, "delete", item, request, before=item.fields)

    def record_event(
        self,
        user: str,
        action: str,
        item: Item | None = None,
        request: str = "",
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        note: str = "",
    ) -> None:
        """Record an event, and call the hooks if the event is by the tool."""
        event = Event(
            self.number,
            time.time(),
            user,
            action,
            request=request,
            note=note,
            before=copy.deepcopy(before),
            after=copy.deepcopy(after),
        )
        if item is not None:
            event.uid, event.id, event.creator = item.uid, item.id, item.creator
            if user == TOOL and item.creator != TOOL:
                seen = self.last_seen.get(item.id)
                event.note = (
                    f"the tool saw this id last in its request {seen[0]}, {self.number - seen[0]} "
                    f"requests before, as uid {seen[1]} named {seen[2]!r}"
                    if seen
                    else "the tool had never seen this id"
                )
        self.events.append(event)
        if user == TOOL and not self.frozen and not getattr(self.hook_guard, "busy", False):
            self.hook_guard.busy = True
            try:
                for hook in list(self.hooks):
                    hook(self, event)
            finally:
                self.hook_guard.busy = False

    def represent(self, item: Item, user: str) -> dict[str, Any]:
        """Return the item as a response shows it, and record what the tool has seen."""
        if user == TOOL:
            self.last_seen[item.id] = (self.number, item.uid, str(item.fields.get("name")))
        body = {"id": item.id, **item.fields}
        if self.switches.contract == "losant":
            body |= {"experienceGroupId": item.id, "applicationId": APPLICATION}
        return body

    # -- requests -----------------------------------------------------------------------------

    def handle(self, method: str, target: str, authorization: str, raw: bytes) -> Response:
        """Handle one request."""
        user = NEIGHBOR if authorization == f"Bearer {NEIGHBOR_TOKEN}" else TOOL
        token = authorization.removeprefix("Bearer ")
        is_known = token in (*TOOL_TOKENS, NEIGHBOR_TOKEN)
        url = urllib.parse.urlsplit(target)
        query = {
            key: values[-1]
            for key, values in urllib.parse.parse_qs(url.query, keep_blank_values=True).items()
        }
        request = f"{method} {target} {raw[:600].decode('utf-8', 'replace')}".strip()
        min_delay, max_delay = self.switches.delay
        if max_delay:
            time.sleep(self.random.uniform(min_delay, max_delay))
        if method == "POST" and self.switches.late_creations:
            time.sleep(self.switches.late_creations)
        with self.lock:
            self.number += 1
            number = self.number
            if user == TOOL and not self.frozen:
                event = Event(number, time.time(), user, "request", request=request)
                for hook in list(self.before_hooks):
                    hook(self, event)
            if not is_known and not self.switches.authentication_disabled:
                response = self.build_error(401, "invalid token")
            elif self.switches.contract == "losant":
                response = self.handle_losant(method, url.path, query, raw, user, request)
            else:
                response = self.handle_push_express(method, url.path, query, raw, user, request)
            if user == TOOL and response.status < 400 and method != "GET":
                share = self.switches.lost_answers
                if method == "POST" and response.status == 201:
                    share = max(share, self.switches.lost_creations)
                response.lost = self.random.random() < share
            self.requests.append(
                RecordedRequest(number, time.time(), user, token, request, response.status)
            )
        return response

    def build_error(self, status: int, message: str) -> Response:
        """Build an error response as the contract defines it."""
        if self.switches.contract == "losant":
            return Response(status, {"type": "Error", "message": message})
        return Response(
            status,
            {
                "error": f"validation error: {message}",
                "req_id": f"r{self.number}-{self.random.getrandbits(40):x}",
            },
        )

    def respond_to_creation(self, item: Item, body: dict[str, Any]) -> Response:
        """Build the response to a creation, or the error that replaces it."""
        draw = self.random.random()
        if item.creator == TOOL:
            if draw < self.switches.refused_but_created:
                return self.build_error(400, "refused")
            if draw < self.switches.refused_but_created + self.switches.failed_but_created:
                return Response(503, None)
            if self.switches.creations_without_id:
                return Response(201, {})
        return Response(201, body)

    def process_deletion(self, item: Item, user: str, request: str) -> bool:
        """Delete the item, or only claim to; return whether it was deleted."""
        draw = self.random.random()
        if user == TOOL:
            if draw < self.switches.lying_deletions:
                return False
            if draw < self.switches.lying_deletions + self.switches.late_deletions:
                timer = threading.Timer(1.0, self.delete_late, (item, request))
                timer.daemon = True
                timer.start()
                return False
        self.delete(user, item, request)
        return True

    def delete_late(self, item: Item, request: str) -> None:
        """Carry out a deletion whose response was already sent."""
        with self.lock:
            if self.items_by_id.get(item.id) is item:
                self.delete(TOOL, item, request)

    def is_visible(self, item: Item | None, user: str) -> bool:
        """Whether reads already show this item."""
        return item is not None and not (
            user == TOOL and time.time() - item.created_at < self.switches.stale_reads
        )

    def handle_push_express(
        self, method: str, path: str, query: dict[str, str], raw: bytes, user: str, request: str
    ) -> Response:
        """Handle a request of the contract push-express."""
        match = PUSH_PATH.match(path)
        if not match:
            return self.build_error(404, "no such path")
        if match[1] is None:
            if method == "GET":
                return self.list_push_express(query, user)
            if method != "POST":
                return self.build_error(405, "method")
            body, mistake = parse_push_express_body(raw)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.build_error(400, mistake)
            fields = {
                key: body.get(key, default)
                for key, default in {"app_ids": [], "name": "", "all_apps": False}.items()
            }
            item = self.create(user, fields | {"archived": False}, request)
            return self.respond_to_creation(item, {"id": item.id})
        id = int(match[1]) if match[1].isascii() and match[1].isdigit() else match[1]
        item = self.items_by_id.get(id)
        if item is None or not self.is_visible(item, user):
            return self.build_error(404, "no such group")
        if match[2]:
            if method != "POST":
                return self.build_error(405, "method")
            self.change(user, item, {"archived": match[2] == "archive"}, request)
            return Response(204)
        if method == "GET":
            if self.switches.failing_reads and user == TOOL:
                return self.build_error(self.switches.failing_reads, "reads fail")
            return Response(200, self.represent(item, user))
        if method == "PUT":
            body, mistake = parse_push_express_body(raw)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.build_error(400, mistake)
            self.change(
                user,
                item,
                {key: body[key] for key in ("app_ids", "name", "all_apps") if key in body},
                request,
            )
            return Response(204)
        if method == "DELETE":
            if self.switches.failing_deletions and user == TOOL:
                return self.build_error(self.switches.failing_deletions, "deletions fail")
            self.process_deletion(item, user, request)
            return Response(204)
        return self.build_error(405, "method")

    def list_push_express(self, query: dict[str, str], user: str) -> Response:
        """List the items of push-express."""
        if self.switches.failing_lists and user == TOOL:
            return self.build_error(self.switches.failing_lists, "lists fail")
        archived = query.get("archived", "false").lower() in ("true", "1")
        matching = [
            item
            for _, item in sorted(self.items_by_id.items(), key=lambda pair: str(pair[0]).rjust(30))
            if item.fields["archived"] == archived and self.is_visible(item, user)
        ]
        if not all(
            re.fullmatch("[1-9][0-9]{0,8}", query.get(key, "1")) for key in ("page", "per_page")
        ):
            return self.build_error(400, "page")
        page, size = int(query.get("page", 1)), int(query.get("per_page", 50))
        if (page - 1) * size > 10000:
            return self.build_error(400, "too far")
        size = min(size, self.switches.page_limit or 10000)
        if self.switches.truncated_lists and user == TOOL:
            matching = matching[: self.switches.truncated_lists]
        page_items = (
            matching[:size]
            if self.switches.page_numbers_ignored
            else matching[(page - 1) * size : page * size]
        )
        return Response(
            200,
            {
                "app_groups": [self.represent(item, user) for item in page_items],
                "pagination": {
                    "page": page,
                    "per_page": size,
                    "total_pages": -(-len(matching) // size),
                    "total_count": len(matching),
                },
            },
        )

    def handle_losant(
        self, method: str, path: str, query: dict[str, str], raw: bytes, user: str, request: str
    ) -> Response:
        """Handle a request of the contract losant, without the advanced query language."""
        match = LOSANT_PATH.match(path)
        if not match or match[1] != APPLICATION:
            return self.build_error(404, "no such application")
        if match[2] is None:
            if method == "GET":
                return self.list_losant(query, user)
            body, mistake = parse_losant_body(raw, create=True)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.build_error(400, mistake)
            item = self.create(user, body, request)
            return self.respond_to_creation(item, self.represent(item, NEIGHBOR))
        item = self.items_by_id.get(match[2])
        if item is None or not self.is_visible(item, user):
            return self.build_error(404, "no such group")
        if method == "GET":
            if self.switches.failing_reads and user == TOOL:
                return self.build_error(self.switches.failing_reads, "reads fail")
            return Response(200, self.represent(item, user))
        if method == "PATCH":
            body, mistake = parse_losant_body(raw, create=False)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.build_error(400, mistake)
            self.change(user, item, body, request)
            return Response(200, self.represent(item, user))
        if method == "DELETE":
            if self.switches.failing_deletions and user == TOOL:
                return self.build_error(self.switches.failing_deletions, "deletions fail")
            self.process_deletion(item, user, request)
            return Response(200, {"success": True})
        return self.build_error(405, "method")

    def list_losant(self, query: dict[str, str], user: str) -> Response:
        """List the items of losant."""
        if self.switches.failing_lists and user == TOOL:
            return self.build_error(self.switches.failing_lists, "lists fail")
        key, direction = query.get("sortField", "name"), query.get("sortDirection", "asc")
        if (
            key not in ("name", "id", "creationDate", "lastUpdated")
            or "query" in query
            or direction not in ("asc", "desc")
            or query.get("filterField", "") not in ("", "name")
        ):
            return self.build_error(400, "parameter")
        if (
            not all(
                re.fullmatch("[0-9]{1,8}", query.get(name, "1")) for name in ("page", "perPage")
            )
            or query.get("perPage") == "0"
        ):
            return self.build_error(400, "page")
        matching = [item for item in self.items_by_id.values() if self.is_visible(item, user)]
        if query.get("filter") and query.get("filterField"):
            pattern = re.sub(r"([\[\]?])", r"[\1]", query["filter"])
            matching = [
                item
                for item in matching
                if fnmatch.fnmatchcase(str(item.fields.get("name")), pattern)
            ]
        matching.sort(
            key=lambda item: str(item.id if key == "id" else item.fields.get(key)),
            reverse=direction == "desc",
        )
        page, size = int(query.get("page", 0)), int(query.get("perPage", 100))
        size = min(size, self.switches.page_limit or size)
        if self.switches.truncated_lists and user == TOOL:
            matching = matching[: self.switches.truncated_lists]
        page_items = (
            matching[:size]
            if self.switches.page_numbers_ignored
            else matching[page * size : (page + 1) * size]
        )
        echoed_parameters = {
            name: query[name] for name in ("filter", "filterField") if name in query
        }
        return Response(
            200,
            {
                "items": [self.represent(item, user) for item in page_items],
                "count": len(page_items),
                "totalCount": len(matching),
                "perPage": size,
                "page": page,
                "sortField": key,
                "sortDirection": direction,
                "applicationId": APPLICATION,
                **echoed_parameters,
            },
        )

    # -- the records ----------------------------------------------------------------------------

    def audit(self) -> dict[str, Any]:
        """Return which foreign items the tool changed, which of its own items exist, and which it
        created without a mark.

        `touched`   changes and deletions by the tool of items that the neighbor created
        `alike`     those among them where the item had the id and all fields of an item of the
                    tool, so that no client could distinguish the two
        `left`      existing items that the tool created, without those in the next list
        `returned`  existing items that the tool created and that a backup restored
        `unmarked`  creations by the tool whose name, as it was sent, does not begin with a mark
        """
        with self.lock:
            touched = [
                event
                for event in self.events
                if event.user == TOOL
                and event.creator == NEIGHBOR
                and event.action in ("change", "delete")
            ]
            created = [
                event for event in self.events if event.user == TOOL and event.action == "create"
            ]
            own_states = [
                (event.id, event.after)
                for event in self.events
                if event.user == TOOL
                and event.creator == TOOL
                and event.action in ("create", "change")
            ]
            existing = self.list_items_of(TOOL)
            existing_by_uid = {item.uid: item for item in existing}
            unmarked = [event for event in created if not is_marked(read_sent_name(event.request))]
            return {
                "touched": touched,
                "alike": [event for event in touched if (event.id, event.before) in own_states],
                "left": [item for item in existing if item.uid not in self.restored_uids],
                "returned": [
                    item for uid, item in existing_by_uid.items() if uid in self.restored_uids
                ],
                "unmarked": unmarked,
                "made": len(created),
            }


def format_now() -> str:
    """Format the current time as Losant does."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_sent_name(request: str) -> Any:
    """Return the name in the body of a recorded request."""
    match = re.search(r'"name"\s*:\s*("(?:[^"\\]|\\.)*)', request)
    if not match:
        return None
    text = match[1]
    with contextlib.suppress(ValueError):
        return json.loads(text + '"')
    return text[1:]


def is_marked(name: Any) -> bool:
    """Whether a name begins with a string that looks like a mark of the tool."""
    return (
        isinstance(name, str)
        and re.match(r"conf[0-9a-z]{13}([^0-9a-zA-Z]|$)|conformance-\d{10}-[0-9a-z]{4,}", name)
        is not None
    )


def parse_push_express_body(raw: bytes) -> tuple[Any, str]:
    """Parse the body of a creation or an update; return it with the name of its first mistake."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None, "no JSON"
    if not isinstance(body, dict):
        return None, "no object"
    if not isinstance(body.get("name"), str) or not body["name"]:
        return body, "name"
    if not isinstance(body.get("all_apps"), bool):
        return body, "all_apps"
    ids = body.get("app_ids")
    if not isinstance(ids, list) or any(type(id) is not int or id < 1 for id in ids):
        return body, "app_ids"
    if not ids and not body["all_apps"]:
        return body, "app_ids"
    return body, ""


LOSANT_TYPES: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "description": str,
    "experienceUserIds": list,
    "experienceEndpointIds": list,
    "deviceIds": list,
    "groupTags": dict,
    "deviceTags": list,
    "deviceQueryJson": (str, type(None)),
    "parentId": (str, type(None)),
}


def parse_losant_body(raw: bytes, *, create: bool) -> tuple[Any, str]:
    """Do the same for Losant: types and names are checked, but not every bound."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None, "no JSON"
    if not isinstance(body, dict):
        return None, "no object"
    if create and "name" not in body:
        return body, "name"
    for key, value in body.items():
        if key not in LOSANT_TYPES or not isinstance(value, LOSANT_TYPES[key]):
            return body, key
    if not 1 <= len(body.get("name", "x")) <= 255 or len(body.get("description", "")) > 32767:
        return body, "length"
    return body, ""


class Handler(BaseHTTPRequestHandler):
    """Translates between HTTP and the state of the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    state: ServerState

    def respond(self) -> None:
        """Respond to one request, or close the connection."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        response = self.state.handle(
            self.command, self.path, self.headers.get("Authorization", ""), raw
        )
        if response.lost:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(2)
            return
        body = b"" if response.body is None else json.dumps(response.body).encode()
        try:
            self.send_response(response.status)
            if response.status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = respond

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class Server(ThreadingHTTPServer):
    """An HTTP server whose threads end with the process, and that ignores disconnected clients."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore the error: the client was killed."""


@contextlib.contextmanager
def serve(state: ServerState, port: int = 0) -> Iterator[str]:
    """Serve the state on a local port; yield the base URL for the tool."""
    handler = type("BoundHandler", (Handler,), {"state": state})
    server = Server(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield base if state.switches.contract == "losant" else f"{base}/api/b/v2"
    finally:
        server.shutdown()
        server.server_close()


# -- what a forging neighbor does ------------------------------------------------------------


def forge_names(name: str) -> list[str]:
    """Return names similar to one of the tool, as made by hand, by copying or by malice."""
    mark, suffix = name[:17], name[17:]
    return [
        name,
        name + " copy",
        "Copy of " + name,
        " " + name,
        name.upper(),
        name.swapcase(),
        mark,
        mark + "x",
        mark + "my own group",
        mark + "-my own group",
        mark + suffix[:1] + "mine",
        mark[:-1] + ("0" if mark[-1:] != "0" else "1") + suffix,
        mark.upper() + suffix,
        "my " + name,
        name[::-1],
        mark[:4] + "0000000000000" + suffix,
        mark[:4] + mark[4:16][::-1] + mark[16:] + suffix,
        mark[:16],
        mark[:10],
        "conformance-1600000000-abcd001",
        "conformance-1600000000-abcd001-group",
        "conformance",
        "conformance of my own",
        "configuration group",
        "confabcdefghijklm-mine",
        mark.replace("conf", "cоnf") + suffix,  # with a letter of another alphabet
    ]


def build_forging_hook(limit: int = 40) -> Hook:
    """Return a hook: after each creation by the tool, the neighbor creates an item with the next
    forgery of its name.
    """
    progress = {"count": 0}

    def hook(state: ServerState, event: Event) -> None:
        if event.action == "create" and progress["count"] < limit:
            name = (event.after or {}).get("name") or ""
            names = forge_names(name)
            item = state.items_by_id.get(event.id)
            if progress["count"] % 4 == 0 and item is not None:
                state.clone_as_neighbor(item)
            state.create_as_neighbor(names[progress["count"] % len(names)])
            progress["count"] += 1

    return hook


def build_takeover_hook(
    name: Callable[[str], str] = lambda name: "mine", limit: int = 10_000
) -> Hook:
    """Return a hook: as soon as the tool deletes an item, the neighbor creates one with its id."""
    progress = {"count": 0}

    def hook(state: ServerState, event: Event) -> None:
        if event.action == "delete" and event.creator == TOOL and progress["count"] < limit:
            progress["count"] += 1
            state.create_as_neighbor(name((event.before or {}).get("name") or ""), id=event.id)

    return hook


def build_restore_hook(backup_at: int, restore_at: int) -> Hook:
    """Return a hook for `before_hooks`: a backup before one request, restored before a later one.

    After that the neighbor creates as many items as were created since the backup, so that ids
    which the tool remembers belong to items of the neighbor.
    """
    progress: dict[str, Any] = {}

    def hook(state: ServerState, event: Event) -> None:
        if "backup" not in progress and event.number >= backup_at:
            progress["backup"], progress["made"] = state.backup(), state.uids
        if "done" not in progress and event.number >= restore_at:
            progress["done"] = True
            count = state.uids - progress["made"]
            state.restore(progress["backup"])
            for number in range(count):
                state.create_as_neighbor(f"made after the restoration, {number}")

    return hook
