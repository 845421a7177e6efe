"""A stateful HTTP server that several users share, and that keeps exact books.

It speaks two contracts: `push-express` (application groups) and `losant` (experience groups, the
current edition).  Everything is kept in memory.  Each request is laid to the user whose token it
carries; whatever does not carry the token of the neighbor is laid to the tool under test.  Each
thing has a number of its own (`uid`) that is never used twice, whatever becomes of its id, so the
books can tell a thing from another one that took over its id.

    world = World(Switches(reuse_ids=True))
    with serve(world) as url:
        ...                               # run the tool against url with the token TOOL_TOKEN
    print(world.verdict())
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
TOOL_TOKENS = (TOOL_TOKEN, "token-of-the-tool-2", "token-of-the-tool-3")  # to tell runs apart
NEIGHBOR_TOKEN = "token-of-the-neighbor"
APPLICATION = "575ec8687ae143cd83dc4a97"

PUSH_PATH = re.compile(r"/api/b/v2/app/groups(?:/([^/]+)(?:/(archive|unarchive))?)?$")
LOSANT_PATH = re.compile(r"/applications/([^/]+)/experience/groups(?:/([^/]+))?$")


@dataclass
class Switches:
    """How the server departs from the plain case.  Shares are between 0 and 1."""

    contract: str = "push-express"
    reuse_ids: bool = False  # the id that was freed last is given out first
    first_id: int = 1443  # the first id that is given out
    lying_deletions: float = 0.0  # a deletion is answered as done, and nothing happens
    late_deletions: float = 0.0  # a deletion is answered as done, and happens 1 s later
    refused_but_created: float = 0.0  # a creation is answered with 400, and takes place
    failed_but_created: float = 0.0  # a creation is answered with 503, and takes place
    lost_answers: float = 0.0  # a change is carried out, its answer never comes
    lost_creations: float = 0.0  # the same for creations alone
    nameless_creations: bool = False  # a creation is answered with 201 but without an id
    failing_lists: int = 0  # lists are answered with this status
    failing_reads: int = 0  # reads of one thing are answered with this status
    failing_deletions: int = 0  # deletions are answered with this status
    page_limit: int = 0  # no page holds more than this, whatever is asked for
    cut_lists: int = 0  # lists show this many things and claim to be whole
    one_page: bool = False  # page numbers are ignored: the first page always comes
    lenient: bool = False  # every body is accepted
    open_door: bool = False  # credentials are not looked at
    delay: tuple[float, float] = (0, 0)  # seconds between which each answer is held back
    late_creations: float = 0.0  # seconds before a creation takes place
    stale_reads: float = 0.0  # a new thing is seen by reads only after these seconds
    alter_name: Callable[[str], str] | None = None  # names are kept as this makes them
    forging: int = 0  # so many forgeries does the neighbor make, in turn
    take_over: bool = False  # the neighbor takes over each id that the tool frees
    backup_at: int = 0  # a backup is made before this request of the tool
    restore_at: int = 0  # and restored before this one
    seed: int = 1


@dataclass
class Thing:
    """One thing on the server, with its books."""

    uid: int
    id: Any
    maker: str
    fields: dict[str, Any]
    sent: str  # the body that made it
    made: float
    edited_by: set[str] = field(default_factory=set)


@dataclass
class Event:
    """One change of the state, or one request."""

    number: int  # of the request
    when: float
    who: str
    action: str  # create, change, delete, read, restore
    uid: int = 0
    id: Any = None
    maker: str = ""
    request: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    note: str = ""


@dataclass
class Heard:
    """One request as it was answered."""

    number: int
    when: float
    who: str
    token: str
    request: str
    status: int

    @property
    def writes(self) -> bool:
        """Whether it may have changed something."""
        return not self.request.startswith(("GET", "HEAD", "OPTIONS"))


@dataclass
class Answer:
    """What goes back; `lost` means that the connection ends instead."""

    status: int
    body: Any = None
    lost: bool = False


Hook = Callable[["World", Event], None]


class World:
    """The state of the server, its books, and the deeds of the neighbor."""

    def __init__(self, switches: Switches | None = None) -> None:
        self.switches = switches or Switches()
        self.lock = threading.RLock()
        self.things: dict[Any, Thing] = {}
        self.events: list[Event] = []
        self.requests: list[Heard] = []
        self.hooks: list[Hook] = []  # called after each change that the tool made
        self.before_hooks: list[Hook] = []  # called before each request of the tool
        self.random = random.Random(self.switches.seed)
        self.next_id = self.switches.first_id
        self.free: list[Any] = []
        self.uids = 0
        self.number = 0
        self.last_seen: dict[Any, tuple[int, int, str]] = {}  # id: request, uid, name (tool)
        self.restored: set[int] = set()
        self.frozen = False  # hooks are quiet while True
        self.acting = threading.local()
        if self.switches.forging:
            self.hooks.append(forging(self.switches.forging))
        if self.switches.take_over:
            self.hooks.append(taking_over())
        if self.switches.restore_at:
            self.before_hooks.append(restoring(self.switches.backup_at, self.switches.restore_at))

    # -- the deeds of the neighbor -------------------------------------------------------------

    def make(self, name: str, id: Any = None, **fields: Any) -> Thing:
        """Make a thing for the neighbor, at a chosen id if one is given."""
        with self.lock:
            values = self.defaults() | {"name": name} | fields
            return self.create(NEIGHBOR, values, "neighbor: make", id)

    def clone(self, thing: Thing, suffix: str = " copy", id: Any = None) -> Thing:
        """Copy a thing, whoever made it; the copy is the neighbor's."""
        with self.lock:
            values = copy.deepcopy(thing.fields) | {"name": thing.fields.get("name", "") + suffix}
            return self.create(NEIGHBOR, values, "neighbor: clone", id)

    def edit(self, thing: Thing, **fields: Any) -> None:
        """Change a thing as the neighbor."""
        with self.lock:
            if self.things.get(thing.id) is thing:
                self.change(NEIGHBOR, thing, fields, "neighbor: edit")

    def remove(self, thing: Thing) -> None:
        """Delete a thing as the neighbor."""
        with self.lock:
            if self.things.get(thing.id) is thing:
                self.delete(NEIGHBOR, thing, "neighbor: remove")

    def of(self, who: str) -> list[Thing]:
        """The living things that this user made."""
        with self.lock:
            return [thing for thing in self.things.values() if thing.maker == who]

    def backup(self) -> dict[str, Any]:
        """What a backup of the database holds."""
        with self.lock:
            return copy.deepcopy(
                {"things": self.things, "next_id": self.next_id, "free": self.free}
            )

    def restore(self, backup: dict[str, Any], *, keep_counter: bool = False) -> None:
        """Go back to a backup; ids begin anew from there, unless the counter is kept."""
        with self.lock:
            saved = copy.deepcopy(backup)
            gone = {thing.uid for thing in self.things.values()}
            self.things, self.free = saved["things"], saved["free"]
            if not keep_counter:
                self.next_id = saved["next_id"]
            back = {thing.uid for thing in self.things.values()} - gone
            self.restored |= back
            self.note(NEIGHBOR, "restore", note=f"{len(back)} things came back")

    # -- the state, under the lock -------------------------------------------------------------

    def defaults(self) -> dict[str, Any]:
        """The fields that a thing of the neighbor has besides its name."""
        if self.switches.contract == "losant":
            return {}
        return {"app_ids": [25328], "all_apps": False, "archived": False}

    def fresh_id(self) -> Any:
        """The next id: one that was freed, or one never used."""
        while self.switches.reuse_ids and self.free:
            id = self.free.pop()
            if id not in self.things:
                return id
        while True:
            number, self.next_id = self.next_id, self.next_id + 1
            id = f"{number:024x}" if self.switches.contract == "losant" else number
            if id not in self.things:
                return id

    def create(self, who: str, fields: dict[str, Any], request: str, id: Any = None) -> Thing:
        """Put a new thing into the state, and note who made it."""
        self.uids += 1
        sent = json.dumps(fields, ensure_ascii=False)
        if self.switches.alter_name and isinstance(fields.get("name"), str) and who == TOOL:
            fields = fields | {"name": self.switches.alter_name(fields["name"])}
        thing = Thing(
            self.uids, self.fresh_id() if id is None else id, who, dict(fields), sent, time.time()
        )
        if self.switches.contract == "losant":
            now = stamp()
            thing.fields |= {"creationDate": now, "lastUpdated": now}
        self.things[thing.id] = thing
        self.note(who, "create", thing, request, after=thing.fields)
        return thing

    def change(self, who: str, thing: Thing, fields: dict[str, Any], request: str) -> None:
        """Change fields of a thing, and note who did it."""
        before = dict(thing.fields)
        if self.switches.alter_name and isinstance(fields.get("name"), str) and who == TOOL:
            fields = fields | {"name": self.switches.alter_name(fields["name"])}
        thing.fields |= fields
        if self.switches.contract == "losant":
            thing.fields["lastUpdated"] = stamp()
        thing.edited_by.add(who)
        self.note(who, "change", thing, request, before=before, after=thing.fields)

    def delete(self, who: str, thing: Thing, request: str) -> None:
        """Take a thing away, and note who did it."""
        self.things.pop(thing.id, None)
        self.free.append(thing.id)
        self.note(who, "delete", thing, request, before=thing.fields)

    def note(
        self,
        who: str,
        action: str,
        thing: Thing | None = None,
        request: str = "",
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        note: str = "",
    ) -> None:
        """Write an event into the books, and let the hooks act after one of the tool's."""
        event = Event(
            self.number,
            time.time(),
            who,
            action,
            request=request,
            note=note,
            before=copy.deepcopy(before),
            after=copy.deepcopy(after),
        )
        if thing is not None:
            event.uid, event.id, event.maker = thing.uid, thing.id, thing.maker
            if who == TOOL and thing.maker != TOOL:
                seen = self.last_seen.get(thing.id)
                event.note = (
                    f"the tool saw this id last in its request {seen[0]}, {self.number - seen[0]} "
                    f"requests before, as uid {seen[1]} named {seen[2]!r}"
                    if seen
                    else "the tool had never seen this id"
                )
        self.events.append(event)
        if who == TOOL and not self.frozen and not getattr(self.acting, "busy", False):
            self.acting.busy = True
            try:
                for hook in list(self.hooks):
                    hook(self, event)
            finally:
                self.acting.busy = False

    def show(self, thing: Thing, who: str) -> dict[str, Any]:
        """The thing as an answer shows it, with a note of what the tool has seen."""
        if who == TOOL:
            self.last_seen[thing.id] = (self.number, thing.uid, str(thing.fields.get("name")))
        shown = {"id": thing.id, **thing.fields}
        if self.switches.contract == "losant":
            shown |= {"experienceGroupId": thing.id, "applicationId": APPLICATION}
        return shown

    # -- requests -----------------------------------------------------------------------------

    def handle(self, method: str, target: str, authorization: str, raw: bytes) -> Answer:
        """Answer one request."""
        who = NEIGHBOR if authorization == f"Bearer {NEIGHBOR_TOKEN}" else TOOL
        token = authorization.removeprefix("Bearer ")
        known = token in (*TOOL_TOKENS, NEIGHBOR_TOKEN)
        url = urllib.parse.urlsplit(target)
        query = {
            key: values[-1]
            for key, values in urllib.parse.parse_qs(url.query, keep_blank_values=True).items()
        }
        request = f"{method} {target} {raw[:600].decode('utf-8', 'replace')}".strip()
        low, high = self.switches.delay
        if high:
            time.sleep(self.random.uniform(low, high))
        if method == "POST" and self.switches.late_creations:
            time.sleep(self.switches.late_creations)
        with self.lock:
            self.number += 1
            number = self.number
            if who == TOOL and not self.frozen:
                event = Event(number, time.time(), who, "request", request=request)
                for hook in list(self.before_hooks):
                    hook(self, event)
            if not known and not self.switches.open_door:
                answer = self.error(401, "invalid token")
            elif self.switches.contract == "losant":
                answer = self.losant(method, url.path, query, raw, who, request)
            else:
                answer = self.push(method, url.path, query, raw, who, request)
            if who == TOOL and answer.status < 400 and method != "GET":
                share = self.switches.lost_answers
                if method == "POST" and answer.status == 201:
                    share = max(share, self.switches.lost_creations)
                answer.lost = self.random.random() < share
            self.requests.append(Heard(number, time.time(), who, token, request, answer.status))
        return answer

    def error(self, status: int, message: str) -> Answer:
        """A refusal in the manner of the contract."""
        if self.switches.contract == "losant":
            return Answer(status, {"type": "Error", "message": message})
        return Answer(
            status,
            {
                "error": f"validation error: {message}",
                "req_id": f"r{self.number}-{self.random.getrandbits(40):x}",
            },
        )

    def created(self, thing: Thing, body: dict[str, Any]) -> Answer:
        """The answer to a creation, or what comes instead."""
        draw = self.random.random()
        if thing.maker == TOOL:
            if draw < self.switches.refused_but_created:
                return self.error(400, "refused")
            if draw < self.switches.refused_but_created + self.switches.failed_but_created:
                return Answer(503, None)
            if self.switches.nameless_creations:
                return Answer(201, {})
        return Answer(201, body)

    def removed(self, thing: Thing, who: str, request: str) -> bool:
        """Carry a deletion out, or lie."""
        draw = self.random.random()
        if who == TOOL:
            if draw < self.switches.lying_deletions:
                return False
            if draw < self.switches.lying_deletions + self.switches.late_deletions:
                timer = threading.Timer(1.0, self.later, (thing, request))
                timer.daemon = True
                timer.start()
                return False
        self.delete(who, thing, request)
        return True

    def later(self, thing: Thing, request: str) -> None:
        """Carry out a deletion that was answered long ago."""
        with self.lock:
            if self.things.get(thing.id) is thing:
                self.delete(TOOL, thing, request)

    def visible(self, thing: Thing | None, who: str) -> bool:
        """Whether reads see this thing already."""
        return thing is not None and not (
            who == TOOL and time.time() - thing.made < self.switches.stale_reads
        )

    def push(
        self, method: str, path: str, query: dict[str, str], raw: bytes, who: str, request: str
    ) -> Answer:
        """The contract push-express."""
        found = PUSH_PATH.match(path)
        if not found:
            return self.error(404, "no such path")
        if found[1] is None:
            if method == "GET":
                return self.push_list(query, who)
            if method != "POST":
                return self.error(405, "method")
            body, mistake = push_body(raw)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.error(400, mistake)
            fields = {
                key: body.get(key, default)
                for key, default in {"app_ids": [], "name": "", "all_apps": False}.items()
            }
            thing = self.create(who, fields | {"archived": False}, request)
            return self.created(thing, {"id": thing.id})
        id = int(found[1]) if found[1].isascii() and found[1].isdigit() else found[1]
        thing = self.things.get(id)
        if thing is None or not self.visible(thing, who):
            return self.error(404, "no such group")
        if found[2]:
            if method != "POST":
                return self.error(405, "method")
            self.change(who, thing, {"archived": found[2] == "archive"}, request)
            return Answer(204)
        if method == "GET":
            if self.switches.failing_reads and who == TOOL:
                return self.error(self.switches.failing_reads, "reads fail")
            return Answer(200, self.show(thing, who))
        if method == "PUT":
            body, mistake = push_body(raw)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.error(400, mistake)
            self.change(
                who,
                thing,
                {key: body[key] for key in ("app_ids", "name", "all_apps") if key in body},
                request,
            )
            return Answer(204)
        if method == "DELETE":
            if self.switches.failing_deletions and who == TOOL:
                return self.error(self.switches.failing_deletions, "deletions fail")
            self.removed(thing, who, request)
            return Answer(204)
        return self.error(405, "method")

    def push_list(self, query: dict[str, str], who: str) -> Answer:
        """The list of push-express."""
        if self.switches.failing_lists and who == TOOL:
            return self.error(self.switches.failing_lists, "lists fail")
        archived = query.get("archived", "false").lower() in ("true", "1")
        found = [
            thing
            for _, thing in sorted(self.things.items(), key=lambda pair: str(pair[0]).rjust(30))
            if thing.fields["archived"] == archived and self.visible(thing, who)
        ]
        if not all(
            re.fullmatch("[1-9][0-9]{0,8}", query.get(key, "1")) for key in ("page", "per_page")
        ):
            return self.error(400, "page")
        page, size = int(query.get("page", 1)), int(query.get("per_page", 50))
        if (page - 1) * size > 10000:
            return self.error(400, "too far")
        size = min(size, self.switches.page_limit or 10000)
        if self.switches.cut_lists and who == TOOL:
            found = found[: self.switches.cut_lists]
        part = found[:size] if self.switches.one_page else found[(page - 1) * size : page * size]
        return Answer(
            200,
            {
                "app_groups": [self.show(thing, who) for thing in part],
                "pagination": {
                    "page": page,
                    "per_page": size,
                    "total_pages": -(-len(found) // size),
                    "total_count": len(found),
                },
            },
        )

    def losant(
        self, method: str, path: str, query: dict[str, str], raw: bytes, who: str, request: str
    ) -> Answer:
        """The contract losant, without the advanced query language."""
        found = LOSANT_PATH.match(path)
        if not found or found[1] != APPLICATION:
            return self.error(404, "no such application")
        if found[2] is None:
            if method == "GET":
                return self.losant_list(query, who)
            body, mistake = losant_body(raw, create=True)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.error(400, mistake)
            thing = self.create(who, body, request)
            return self.created(thing, self.show(thing, NEIGHBOR))
        thing = self.things.get(found[2])
        if thing is None or not self.visible(thing, who):
            return self.error(404, "no such group")
        if method == "GET":
            if self.switches.failing_reads and who == TOOL:
                return self.error(self.switches.failing_reads, "reads fail")
            return Answer(200, self.show(thing, who))
        if method == "PATCH":
            body, mistake = losant_body(raw, create=False)
            if mistake and not (self.switches.lenient and isinstance(body, dict)):
                return self.error(400, mistake)
            self.change(who, thing, body, request)
            return Answer(200, self.show(thing, who))
        if method == "DELETE":
            if self.switches.failing_deletions and who == TOOL:
                return self.error(self.switches.failing_deletions, "deletions fail")
            self.removed(thing, who, request)
            return Answer(200, {"success": True})
        return self.error(405, "method")

    def losant_list(self, query: dict[str, str], who: str) -> Answer:
        """The list of losant."""
        if self.switches.failing_lists and who == TOOL:
            return self.error(self.switches.failing_lists, "lists fail")
        key, direction = query.get("sortField", "name"), query.get("sortDirection", "asc")
        if (
            key not in ("name", "id", "creationDate", "lastUpdated")
            or "query" in query
            or direction not in ("asc", "desc")
            or query.get("filterField", "") not in ("", "name")
        ):
            return self.error(400, "parameter")
        if (
            not all(
                re.fullmatch("[0-9]{1,8}", query.get(name, "1")) for name in ("page", "perPage")
            )
            or query.get("perPage") == "0"
        ):
            return self.error(400, "page")
        found = [thing for thing in self.things.values() if self.visible(thing, who)]
        if query.get("filter") and query.get("filterField"):
            pattern = re.sub(r"([\[\]?])", r"[\1]", query["filter"])
            found = [
                thing
                for thing in found
                if fnmatch.fnmatchcase(str(thing.fields.get("name")), pattern)
            ]
        found.sort(
            key=lambda thing: str(thing.id if key == "id" else thing.fields.get(key)),
            reverse=direction == "desc",
        )
        page, size = int(query.get("page", 0)), int(query.get("perPage", 100))
        size = min(size, self.switches.page_limit or size)
        if self.switches.cut_lists and who == TOOL:
            found = found[: self.switches.cut_lists]
        part = found[:size] if self.switches.one_page else found[page * size : (page + 1) * size]
        echoes = {name: query[name] for name in ("filter", "filterField") if name in query}
        return Answer(
            200,
            {
                "items": [self.show(thing, who) for thing in part],
                "count": len(part),
                "totalCount": len(found),
                "perPage": size,
                "page": page,
                "sortField": key,
                "sortDirection": direction,
                "applicationId": APPLICATION,
                **echoes,
            },
        )

    # -- the books ------------------------------------------------------------------------------

    def verdict(self) -> dict[str, Any]:
        """What of others the tool touched, what it left, and what it made without a mark.

        `touched`   changes and deletions by the tool of what the neighbor made
        `alike`     those among them where the thing had the id and all fields of one of the
                    tool's own, so that no client could have told the two apart
        `left`      living things that the tool made, but for those in the next list
        `returned`  living things that the tool made and that a backup brought back
        `unmarked`  creations by the tool whose name, as it was sent, does not begin with a mark
        """
        with self.lock:
            touched = [
                event
                for event in self.events
                if event.who == TOOL
                and event.maker == NEIGHBOR
                and event.action in ("change", "delete")
            ]
            made = [
                event for event in self.events if event.who == TOOL and event.action == "create"
            ]
            own = [
                (event.id, event.after)
                for event in self.events
                if event.who == TOOL
                and event.maker == TOOL
                and event.action in ("create", "change")
            ]
            living = self.of(TOOL)
            uids = {thing.uid: thing for thing in living}
            unmarked = [event for event in made if not is_marked(sent_name(event.request))]
            return {
                "touched": touched,
                "alike": [event for event in touched if (event.id, event.before) in own],
                "left": [thing for thing in living if thing.uid not in self.restored],
                "returned": [thing for uid, thing in uids.items() if uid in self.restored],
                "unmarked": unmarked,
                "made": len(made),
            }


def stamp() -> str:
    """The present as Losant writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sent_name(request: str) -> Any:
    """The name in the body of a request as it stands in the books."""
    found = re.search(r'"name"\s*:\s*("(?:[^"\\]|\\.)*)', request)
    if not found:
        return None
    text = found[1]
    with contextlib.suppress(ValueError):
        return json.loads(text + '"')
    return text[1:]


def is_marked(name: Any) -> bool:
    """Whether a name begins with what looks like a mark of the tool."""
    return (
        isinstance(name, str)
        and re.match(r"conf[0-9a-z]{13}([^0-9a-zA-Z]|$)|conformance-\d{10}-[0-9a-z]{4,}", name)
        is not None
    )


def push_body(raw: bytes) -> tuple[Any, str]:
    """The body of a creation or an update, and what is wrong with it."""
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


def losant_body(raw: bytes, *, create: bool) -> tuple[Any, str]:
    """The same for Losant: types and names are looked at, not every bound."""
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
    """The HTTP edge."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    world: World

    def answer(self) -> None:
        """Answer one request, or end the connection."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.world.handle(
            self.command, self.path, self.headers.get("Authorization", ""), raw
        )
        if answer.lost:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(2)
            return
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        try:
            self.send_response(answer.status)
            if answer.status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Threads that end with the process; clients that vanish are no news."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed."""


@contextlib.contextmanager
def serve(world: World, port: int = 0) -> Iterator[str]:
    """Serve a world on a port of this machine; the value is the base URL for the tool."""
    handler = type("BoundHandler", (Handler,), {"world": world})
    server = Server(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield base if world.switches.contract == "losant" else f"{base}/api/b/v2"
    finally:
        server.shutdown()
        server.server_close()


# -- what a forging neighbor does ------------------------------------------------------------


def forgeries(name: str) -> list[str]:
    """Names like one of the tool's: what a user might make by hand, by copying or by malice."""
    mark, rest = name[:17], name[17:]
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
        mark + rest[:1] + "mine",
        mark[:-1] + ("0" if mark[-1:] != "0" else "1") + rest,
        mark.upper() + rest,
        "my " + name,
        name[::-1],
        mark[:4] + "0000000000000" + rest,
        mark[:4] + mark[4:16][::-1] + mark[16:] + rest,
        mark[:16],
        mark[:10],
        "conformance-1600000000-abcd001",
        "conformance-1600000000-abcd001-group",
        "conformance",
        "conformance of my own",
        "configuration group",
        "confabcdefghijklm-mine",
        mark.replace("conf", "cоnf") + rest,  # with a letter of another alphabet
    ]


def forging(limit: int = 40) -> Hook:
    """A hook: after each creation by the tool, one forgery of its name, in turn."""
    state = {"count": 0}

    def hook(world: World, event: Event) -> None:
        if event.action == "create" and state["count"] < limit:
            name = (event.after or {}).get("name") or ""
            names = forgeries(name)
            thing = world.things.get(event.id)
            if state["count"] % 4 == 0 and thing is not None:
                world.clone(thing)
            world.make(names[state["count"] % len(names)])
            state["count"] += 1

    return hook


def taking_over(name: Callable[[str], str] = lambda name: "mine", limit: int = 10_000) -> Hook:
    """A hook: the moment the tool deletes a thing, the neighbor gets a new one at its id."""
    state = {"count": 0}

    def hook(world: World, event: Event) -> None:
        if event.action == "delete" and event.maker == TOOL and state["count"] < limit:
            state["count"] += 1
            world.make(name((event.before or {}).get("name") or ""), id=event.id)

    return hook


def restoring(backup_at: int, restore_at: int) -> Hook:
    """A hook for `before_hooks`: a backup before one request, restored before a later one.

    After that the neighbor makes as many things as the tool had made since the backup, so that
    ids which the tool remembers name things of the neighbor.
    """
    state: dict[str, Any] = {}

    def hook(world: World, event: Event) -> None:
        if "backup" not in state and event.number >= backup_at:
            state["backup"], state["made"] = world.backup(), world.uids
        if "done" not in state and event.number >= restore_at:
            state["done"] = True
            count = world.uids - state["made"]
            world.restore(state["backup"])
            for number in range(count):
                world.make(f"made after the restoration, {number}")

    return hook
