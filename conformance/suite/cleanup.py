"""Deletes what runs left behind: after the last scenario of a run, and after a crash.

At the end of a run, everything that still carries its mark is deleted; after a crash, everything
that the ledger names.

A mark on the server alone never leads to a deletion. An item belongs to a run if it carries the
mark of the run and the run created it: the ledger knows its identity, or the run sent exactly this
name and never learned an identity. All other marked items are reported and left alone, unless the
user gives an age beyond which marks of unknown runs may be deleted.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conformance.checks.call import ApiCall
from conformance.checks.exchange import Exchange
from conformance.checks.listing import find_state_filter
from conformance.checks.scenario import PagedReadStep
from conformance.contract import mark as marks
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.protocol import NOT_FOUND_STATUSES
from conformance.suite import pagination
from conformance.suite.created_items import NO_REQUEST, CreatedItem, normalize_identity
from conformance.suite.ledger import LedgerEntry
from conformance.suite.session import TargetSession
from conformance.suite.target import get_path_parameter_value
from conformance.suite.target_client import CannotSend

REREAD_SAMPLE_SIZE = 3  # deleted items per resource that are read again at the end
# rounds of reading all lists and deleting the run's own items, while a round finds any
MAX_ROUNDS = 3
STILL_THERE = "the server said that it was deleted, and still has it"
FOREIGN_MARK = "it carries the mark of a run that did not create it"
UNCLEAR_OWNER = "more items have this name than were created: nobody can tell which is ours"
DIFFERENT_NAME = "it has the identity and the mark of what was created, and another name"
RENAMED = "the server has changed its name, so that it carries no mark: it is left alone"
UNREACHABLE = (
    "no plain request succeeds there: are the URL, its base path, the token and the parameters"
    " right?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCleanupResult:
    """The result of the cleanup for one item.

    The item was `deleted`, would be deleted (`planned`), was `already_gone`, or
    was kept for a `reason`. `foreign` means that it carries the mark of a run that did not create
    it. An item without identity stands for items that may exist but could not be read.
    """

    resource: str
    identity: Json
    name: str | None
    deleted: bool
    reason: str = ""
    planned: bool = False
    foreign: bool = False
    already_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerItem:
    """An item on the server that carries a mark, or has the identity of a created item.

    `parents` are the path arguments of its list.
    """

    resource: str
    parents: Mapping[str, Json]
    identity: str | int
    name: str
    mark: str

    @property
    def key(self) -> tuple[str, ...]:
        """Return the resource, identity and parents, which identify the item."""
        return (
            self.resource,
            str(self.identity),
            *(f"{name}={value}" for name, value in sorted(self.parents.items())),
        )


@dataclass(slots=True)
class ListScanResult:
    """The result of reading all lists.

    `items` are the items found; `incomplete_lists` says, by resource, why its list may hold more.
    """

    items: dict[tuple[str, ...], ServerItem] = field(default_factory=dict)
    incomplete_lists: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RunCleanupResult:
    """The items that a run created and that remain, and the lists that could not be read."""

    leftovers: list[ItemCleanupResult] = field(default_factory=list)
    incomplete_lists: list[str] = field(default_factory=list)


# At the end of a run


def clean_up_run(session: TargetSession) -> RunCleanupResult:
    """Delete the remaining items of a run and return what is left.

    Reads every list in which the run has created an item.
    """
    run = marks.get_run_prefix(session.mark)
    entries = _select_run_entries(session, run)
    if not entries:
        return RunCleanupResult()
    if session.target.settle_seconds:
        session.client.sleep(session.target.settle_seconds)
    list_calls = list(_build_list_calls_for_entries(session, entries, run))
    failures: dict[tuple[str, ...], str] = {}
    located_entries = set[int]()
    for round_number in range(MAX_ROUNDS):
        scan = _scan_lists(
            session, list_calls, lambda mark: marks.get_run_prefix(mark) == run, entries
        )
        entries = _select_run_entries(session, run)
        ownership = _group_items_by_ownership(scan.items, entries)
        if round_number == MAX_ROUNDS - 1:
            break
        for item in ownership.own_items.values():
            namesakes = [
                entry
                for entry in entries
                if (entry.resource, entry.name) == (item.resource, item.name)
            ]
            located_entries |= {entry.id for entry in namesakes if entry.identity is None}
        deletions = [
            _try_to_delete(session, item, entries, failures)
            for item in ownership.own_items.values()
            if item.key not in failures
        ]
        if not any(deletions):
            break
    # the lists were searched for creations that were never answered: those entries are settled
    for entry in entries:
        if entry.identity is None and entry.resource not in scan.incomplete_lists:
            session.client.ledger.record_gone(entry.id)
    outcome = RunCleanupResult(
        incomplete_lists=[f"{name}: {reason}" for name, reason in scan.incomplete_lists.items()]
    )
    for key, item in scan.items.items():
        reason = failures.get(key, STILL_THERE) if key in ownership.own_items else FOREIGN_MARK
        outcome.leftovers.append(
            _make_kept_item_result(item, UNCLEAR_OWNER if key in ownership.unclear else reason)
        )
    reported = {(leftover.resource, str(leftover.identity)) for leftover in outcome.leftovers}
    still_readable = _find_still_readable_deleted_items(session, entries)
    outcome.leftovers += [
        leftover
        for leftover in still_readable
        if (leftover.resource, str(leftover.identity)) not in reported
    ]
    outcome.leftovers += _find_unlisted_leftovers(session, scan, outcome.leftovers)
    unlocated = [
        entry
        for entry in entries
        if entry.id in session.client.state.unidentified_entries and entry.id not in located_entries
    ]
    for name, count in Counter(entry.resource for entry in unlocated).items():
        message = f"{count} creations succeeded without telling an identity, and no list shows them"
        outcome.incomplete_lists.append(f"{name}: {message}")
    return outcome


def _select_run_entries(session: TargetSession, run: str) -> list[LedgerEntry]:
    return [
        entry
        for entry in session.client.ledger.own_entries
        if marks.get_run_prefix(entry.mark) == run
    ]


def _try_to_delete(
    session: TargetSession,
    item: ServerItem,
    entries: Sequence[LedgerEntry],
    failures: dict[tuple[str, ...], str],
) -> bool:
    deleted, reason = _delete_confirmed_item(session, item, entries)
    if not deleted:
        failures[item.key] = reason
    return deleted


def _find_unlisted_leftovers(
    session: TargetSession, scan: ListScanResult, leftovers: Sequence[ItemCleanupResult]
) -> Iterator[ItemCleanupResult]:
    """Yield items that could not be deleted and that no list shows.

    Either the list is incomplete, or the item has a name that this run did not give.
    """
    reported = {(leftover.resource, str(leftover.identity)) for leftover in leftovers}
    for created in session.created_items.abandoned:
        resource = session.contract.resource(created.resource)
        if (created.resource, str(created.identity)) in reported:
            continue
        name = pointers.get_at_pointer(created.creation.call.body, resource.mark_pointer or "")
        leftover = ItemCleanupResult(
            resource=created.resource,
            identity=created.identity,
            name=name if isinstance(name, str) else None,
            deleted=False,
            reason=(
                "the server gave it an identity that names something else"
                if created.foreign
                else "it could not be deleted"
            ),
        )
        if (
            created.foreign
            or resource.list is None
            or resource.mark_pointer is None
            or created.resource in scan.incomplete_lists
        ):
            yield leftover


def _find_still_readable_deleted_items(
    session: TargetSession, entries: Sequence[LedgerEntry]
) -> Iterator[ItemCleanupResult]:
    """Yield items that the server reported as deleted and that can still be read.

    For a resource with a list, only the last few are read: a server that does not delete either
    never does, or still shows the items in the list. If one of them is still readable, all are
    read.
    """
    for resource_name in dict.fromkeys(entry.resource for entry in entries):
        resource = session.contract.resource(resource_name)
        deleted_entries = [
            entry
            for entry in entries
            if entry.resource == resource_name and entry.deleted and entry.identity is not None
        ]
        if resource.read is None or resource.id_parameter is None or session.target.exclusive:
            continue
        sample = deleted_entries if resource.list is None else deleted_entries[-REREAD_SAMPLE_SIZE:]
        readable = [entry for entry in sample if _is_still_readable(session, resource, entry)]
        if readable and len(sample) < len(deleted_entries):
            readable += [
                entry
                for entry in deleted_entries[:-REREAD_SAMPLE_SIZE]
                if _is_still_readable(session, resource, entry)
            ]
        for entry in readable:
            yield ItemCleanupResult(
                resource=resource_name,
                identity=entry.identity,
                name=entry.name,
                deleted=False,
                reason=STILL_THERE,
            )


def _is_still_readable(session: TargetSession, resource: Resource, entry: LedgerEntry) -> bool:
    """Return whether an item can still be read with its mark and a name of this run."""
    created = _make_created_item(
        session, resource, _ledger_entry_to_server_item(entry, resource), entry
    )
    call = ApiCall(
        operation=resource.read or "",
        arguments=session.created_items.get_item_arguments(created, resource.read or ""),
    )
    try:
        exchange = session.send_for_cleanup("last look", call)
    except CannotSend:
        return False  # the target is down, or the time is over; the run reports that itself
    name = (
        pointers.get_at_pointer(exchange.json, resource.mark_pointer or "")
        if exchange.succeeded
        else MISSING
    )
    return (
        name in created.names
        and isinstance(name, str)
        and marks.text_carries_mark(name, entry.mark)
    )


# After a crash


def clean_up_crashed_runs(
    session: TargetSession,
    min_age: float | None = None,
    now: float | None = None,
    dry_run: bool = False,
) -> Iterator[ItemCleanupResult]:
    """Delete what crashed runs left behind; yield the result for each item.

    Deletes what the crashed runs in the ledger created. With `min_age`, also deletes items with
    other marks that are older than this many seconds. Items of runs that are still alive are left
    alone. With `dry_run`, nothing is deleted.
    """
    now = time.time() if now is None else now
    ledger = session.client.ledger
    entries = [
        entry
        for entry in ledger.read_ledger_entries()
        if entry.resource in {resource.name for resource in session.contract.resources}
    ]
    live_runs = {
        run
        for run in {marks.get_first_mark(entry.mark) for entry in entries}
        if ledger.is_run_alive(run)
    }
    crashed_entries = [
        entry for entry in entries if marks.get_first_mark(entry.mark) not in live_runs
    ]
    session.probe_plain_requests(may_create=False)
    # with a wrong base path every request gets 404, which does not mean that the items are gone
    if not session.reachable:
        yield from (
            _make_kept_entry_result(entry, UNREACHABLE)
            for entry in crashed_entries
            if not entry.deleted
        )
        yield ItemCleanupResult(
            resource="", identity=None, name=None, deleted=False, reason=UNREACHABLE
        )
        return

    def may_delete(mark: str) -> bool:
        return (
            min_age is not None
            and marks.get_first_mark(mark) not in live_runs
            and now - marks.get_run_start_time(mark) > min_age
        )

    def is_not_from_live_run(mark: str) -> bool:
        return marks.get_first_mark(mark) not in live_runs

    if session.target.settle_seconds:
        session.client.sleep(session.target.settle_seconds)
    list_calls = [
        *_build_list_calls_for_entries(session, crashed_entries, marks.MARK_PREFIX),
        *_build_list_calls_for_target(session),
    ]
    crash_cleanup = _CrashCleanup(session, crashed_entries, may_delete, dry_run)
    for _ in range(MAX_ROUNDS):
        scan = _scan_lists(session, list_calls, is_not_from_live_run, crashed_entries)
        if not crash_cleanup.delete_scanned_items(scan):
            break
    crash_cleanup.delete_unlisted(scan)
    yield from crash_cleanup.results.values()
    for entry in crashed_entries:
        if (
            not dry_run
            and entry.resource not in scan.incomplete_lists
            and entry.id not in crash_cleanup.kept_entries
        ):
            ledger.record_gone(entry.id)
    for resource_name, cause in scan.incomplete_lists.items():
        reason = f"not everything was seen: {cause}"
        yield ItemCleanupResult(
            resource=resource_name, identity=None, name=None, deleted=False, reason=reason
        )


@dataclass(slots=True)
class _CrashCleanup:
    """The state of `clean_up_crashed_runs`.

    Rounds delete what the lists show; `delete_unlisted` then handles what only the ledger names.
    """

    session: TargetSession
    crashed_entries: Sequence[LedgerEntry]
    may_delete: Callable[[str], bool]
    dry_run: bool
    results: dict[tuple[str, ...], ItemCleanupResult] = field(default_factory=dict)
    kept_entries: set[int] = field(default_factory=set)
    settled_entries: set[int] = field(default_factory=set)
    rounds: int = 0

    def delete_scanned_items(self, scan: ListScanResult) -> bool:
        """Delete the runs' items of one scan; return whether another scan is worthwhile."""
        self.rounds += 1
        ownership = _group_items_by_ownership(
            scan.items, self.crashed_entries, self.settled_entries
        )
        worth_rereading = False
        for key, item in scan.items.items():
            deleted_before = key in self.results and self.results[key].deleted
            if deleted_before and self.rounds == MAX_ROUNDS:
                self.results[key] = self._record_kept(item, STILL_THERE)
            elif deleted_before:
                deleted, reason = _delete_confirmed_item(self.session, item, self.crashed_entries)
                self.results[key] = (
                    self.results[key] if deleted else self._record_kept(item, reason)
                )
                worth_rereading |= deleted
            elif key in ownership.unclear:
                self.results[key] = self._record_kept(item, UNCLEAR_OWNER)
            elif (
                key not in ownership.own_items
                and (entry := self._find_renamed_entry(item)) is not None
            ):
                self.kept_entries.add(entry.id)
                self.results[key] = _make_kept_item_result(item, DIFFERENT_NAME)
            elif key not in ownership.own_items and not self.may_delete(item.mark):
                self.results[key] = replace(
                    _make_kept_item_result(item, FOREIGN_MARK), foreign=True
                )
            elif self.dry_run:
                self.results[key] = replace(_make_kept_item_result(item, ""), planned=True)
            else:
                deleted, reason = _delete_confirmed_item(self.session, item, self.crashed_entries)
                self.results[key] = (
                    self._record_deleted(item) if deleted else self._record_kept(item, reason)
                )
                worth_rereading |= deleted
        return worth_rereading

    def _find_possible_creation_entries(self, item: ServerItem) -> list[LedgerEntry]:
        """Return the entries that may have created an item.

        This is the entry with its identity, or else all entries that sent its name.
        """
        entry = _find_matching_ledger_entry(item, self.crashed_entries)
        if entry is not None:
            return [entry]
        return [
            candidate
            for candidate in self.crashed_entries
            if (candidate.resource, candidate.name) == (item.resource, item.name)
        ]

    def _find_renamed_entry(self, item: ServerItem) -> LedgerEntry | None:
        """Return the entry with the identity and mark of an item whose name the run never gave."""
        return _find_matching_ledger_entry(
            item,
            [replace(entry, names=None) for entry in self.crashed_entries if not entry.deleted],
        )

    def _record_deleted(self, item: ServerItem) -> ItemCleanupResult:
        undecided_items = [
            entry
            for entry in self._find_possible_creation_entries(item)
            if entry.id not in self.settled_entries
        ]
        self.settled_entries |= {entry.id for entry in undecided_items[:1]}
        return replace(_make_kept_item_result(item, ""), deleted=True)

    def _record_kept(self, item: ServerItem, reason: str) -> ItemCleanupResult:
        self.kept_entries |= {entry.id for entry in self._find_possible_creation_entries(item)}
        return _make_kept_item_result(item, reason)

    def delete_unlisted(self, scan: ListScanResult) -> None:
        """Delete items that only the ledger names, if they can be read with their mark."""
        reported = {(result.resource, str(result.identity)) for result in self.results.values()}
        for entry in self.crashed_entries:
            resource = self.session.contract.resource(entry.resource)
            if entry.deleted or entry.identity is None or entry.id in self.settled_entries:
                continue
            if (entry.resource, str(entry.identity)) in reported:
                continue
            item = _ledger_entry_to_server_item(entry, resource)
            try:
                result = self._delete_if_readable(entry, resource, item, scan)
            except CannotSend as error:
                result = _make_kept_item_result(item, str(error))
            self.results[item.key] = result
            self.kept_entries |= {entry.id} if not result.deleted else set()

    def _delete_if_readable(
        self, entry: LedgerEntry, resource: Resource, item: ServerItem, scan: ListScanResult
    ) -> ItemCleanupResult:
        created = _make_created_item(self.session, resource, item, entry)
        already_gone = replace(
            _make_kept_item_result(item, "it was gone already"), deleted=True, already_gone=True
        )
        if resource.read is None or resource.id_parameter is None:
            if resource.list is None:
                return _make_kept_item_result(item, "nothing can read it")
            incomplete_reason = scan.incomplete_lists.get(resource.name)
            return (
                already_gone
                if incomplete_reason is None
                else _make_kept_item_result(item, incomplete_reason)
            )
        arguments = self.session.created_items.get_item_arguments(created, resource.read)
        call = ApiCall(operation=resource.read, arguments=arguments)
        exchange = self.session.send("look", call)
        if exchange.response is not None and exchange.response.status in NOT_FOUND_STATUSES:
            return already_gone
        if not exchange.succeeded:
            return _make_kept_item_result(item, f"it could not be read: {exchange}")
        self.session.created_items.own_items.append(created)
        try:
            confirmed = self.session.created_items.wait_until_item_visible(created, 0.0)
        finally:
            self.session.created_items.own_items.remove(created)
        if not confirmed:
            if pointers.get_at_pointer(exchange.json, resource.mark_pointer or "") in created.names:
                return _make_kept_item_result(item, RENAMED)
            reason = "it was gone already, and its identity now names something else"
            return replace(_make_kept_item_result(item, reason), deleted=True, already_gone=True)
        if self.dry_run:
            return replace(_make_kept_item_result(item, ""), planned=True)
        deleted, reason = _delete_confirmed_item(self.session, item, self.crashed_entries)
        if deleted and self.session.send("look", call).succeeded:
            return _make_kept_item_result(item, STILL_THERE)
        return (
            replace(_make_kept_item_result(item, ""), deleted=True)
            if deleted
            else _make_kept_item_result(item, reason)
        )


# Shared by both


def _make_kept_item_result(item: ServerItem, reason: str) -> ItemCleanupResult:
    return ItemCleanupResult(
        resource=item.resource, identity=item.identity, name=item.name, deleted=False, reason=reason
    )


def _make_kept_entry_result(entry: LedgerEntry, reason: str) -> ItemCleanupResult:
    return ItemCleanupResult(
        resource=entry.resource,
        identity=entry.identity,
        name=entry.name,
        deleted=False,
        reason=reason,
    )


def _ledger_entry_to_server_item(entry: LedgerEntry, resource: Resource) -> ServerItem:
    identity = normalize_identity(entry.identity)
    return ServerItem(
        resource=resource.name,
        parents=entry.arguments,
        identity="" if identity is None else identity,
        name=entry.name or "",
        mark=entry.mark,
    )


@dataclass(slots=True)
class ItemsByOwnership:
    """The marked items that a run created, and those whose owner is unclear."""

    own_items: dict[tuple[str, ...], ServerItem] = field(default_factory=dict)
    unclear: dict[tuple[str, ...], ServerItem] = field(default_factory=dict)


def _group_items_by_ownership(
    items: Mapping[tuple[str, ...], ServerItem],
    entries: Sequence[LedgerEntry],
    settled_entries: Iterable[int] = (),
) -> ItemsByOwnership:
    """Return which items were created by the runs of the ledger.

    For a name without a known identity, the run owns as many items as it sent that name. If there
    are more items with this name, or the name belongs to another identity that was never seen,
    ownership is unclear. Entries in `settled_entries` are already matched to an item.
    """
    entry_by_key = {key: _find_matching_ledger_entry(item, entries) for key, item in items.items()}
    ownership = ItemsByOwnership(
        own_items={key: items[key] for key, entry in entry_by_key.items() if entry is not None}
    )
    matched_entries = {
        *settled_entries,
        *(entry.id for entry in entry_by_key.values() if entry is not None),
    }
    unmatched_entries = [
        entry for entry in entries if entry.id not in matched_entries and not entry.confirmed
    ]
    sent_names = Counter(
        (entry.resource, entry.name) for entry in unmatched_entries if entry.identity is None
    )
    names_with_other_identity = {
        (entry.resource, entry.name) for entry in unmatched_entries if entry.identity is not None
    }
    unmatched_items = {key: item for key, item in items.items() if entry_by_key[key] is None}
    shown_names = Counter((item.resource, item.name) for item in unmatched_items.values())
    for key, item in unmatched_items.items():
        resource_and_name = item.resource, item.name
        if (
            shown_names[resource_and_name] <= sent_names[resource_and_name]
            and resource_and_name not in names_with_other_identity
        ):
            ownership.own_items[key] = item
        elif sent_names[resource_and_name] or resource_and_name in names_with_other_identity:
            ownership.unclear[key] = item
    return ownership


def _find_matching_ledger_entry(
    item: ServerItem, entries: Iterable[LedgerEntry]
) -> LedgerEntry | None:
    """Return the entry that matches an item, or None.

    Identity and parent must match. If the item has a mark, the run must match too, and the name
    must be one that the run gave.
    """
    for entry in entries:
        if entry.resource != item.resource or str(entry.identity) != str(item.identity):
            continue
        same_parent = all(
            str(item.parents.get(name, value)) == str(value)
            for name, value in entry.arguments.items()
        )
        if not same_parent:
            continue
        if not item.mark:
            return entry
        same_run = marks.get_run_prefix(item.mark) == marks.get_run_prefix(entry.mark)
        if same_run and (entry.names is None or item.name in entry.names):
            return entry
    return None


def _delete_confirmed_item(
    session: TargetSession, item: ServerItem, entries: Iterable[LedgerEntry]
) -> tuple[bool, str]:
    """Delete an item after confirming its mark; return whether it is gone, or else why not."""
    created = _make_created_item(
        session,
        session.contract.resource(item.resource),
        item,
        _find_matching_ledger_entry(item, entries),
    )
    session.created_items.own_items.append(created)
    session.client.budget.reserve(1)
    session.created_items.delete_all_items()
    if created not in session.created_items.abandoned:
        return True, ""
    session.created_items.abandoned.remove(created)
    session.client.state.leftover_count -= 1
    if created.foreign:
        return False, "it does not bear our mark"
    return False, "the server does not let it be deleted"


def _make_created_item(
    session: TargetSession, resource: Resource, item: ServerItem, entry: LedgerEntry | None
) -> CreatedItem:
    """Return an item as if this session had created it."""
    body = (
        pointers.put_at_pointer({}, resource.mark_pointer, item.name)
        if resource.mark_pointer and item.name
        else {}
    )
    operation = resource.create or resource.list or ""
    call = ApiCall(operation=operation, arguments=dict(item.parents), body=body)
    names = [] if entry is None or entry.names is None else [*entry.names]
    return CreatedItem(
        entry=entry.id if entry else 0,
        resource=resource.name,
        identity=item.identity,
        creation=Exchange(step="earlier", call=call, request=NO_REQUEST, response=None),
        mark=item.mark or (entry.mark if entry else session.mark),
        names=[*names, *([item.name] if item.name not in names else [])],
    )


def _scan_lists(
    session: TargetSession,
    list_calls: Iterable[ApiCall],
    accepts_mark: Callable[[str], bool],
    entries: Sequence[LedgerEntry],
) -> ListScanResult:
    """Return the items of all lists whose mark is accepted.

    On an exclusive target, items with an identity of the ledger's entries are included too.
    """
    scan = ListScanResult()
    for list_call in _deduplicate_calls(list_calls):
        resource = session.contract.resource_for(list_call.operation)
        assert resource is not None
        try:
            result = pagination.read_list_pages(
                session.contract,
                PagedReadStep(name="last look", call=list_call),
                list_call,
                MISSING,
                session.send_for_cleanup,
                session.client.budget.may_read_next_page,
                True,
            )
        except CannotSend as error:
            scan.incomplete_lists[resource.name] = str(error)
            continue
        reason = pagination.explain_incomplete_read(session.contract, list_call.operation, result)
        if reason is not None and not (
            _is_list_missing(result) and not _is_list_known_to_exist(list_call, entries)
        ):
            scan.incomplete_lists[resource.name] = reason
        for page in result.pages:
            scan.items |= {
                item.key: item
                for item in _find_marked_items_on_page(
                    session, resource, list_call, page, accepts_mark, entries
                )
            }
    return scan


def _is_list_missing(result: pagination.PagedReadResult) -> bool:
    """Return whether the list does not exist, because its parent does not exist."""
    return [page.response.status if page.response else 0 for page in result.pages] in ([404], [410])


def _is_list_known_to_exist(list_call: ApiCall, entries: Iterable[LedgerEntry]) -> bool:
    """Return whether an item was certainly created in a list, so that the list must exist."""
    return any(
        entry.identity is not None
        and all(
            str(list_call.arguments.get(name, value)) == str(value)
            for name, value in entry.arguments.items()
        )
        for entry in entries
    )


def _find_marked_items_on_page(
    session: TargetSession,
    resource: Resource,
    list_call: ApiCall,
    page: Exchange,
    accepts_mark: Callable[[str], bool],
    entries: Sequence[LedgerEntry],
) -> Iterator[ServerItem]:
    parameters = session.contract.operations[list_call.operation].parameters
    parents = {
        parameter.name: list_call.arguments[parameter.name]
        for parameter in parameters
        if parameter.location is ParameterLocation.PATH
    }
    listed = pointers.get_at_pointer(page.json, resource.items_pointer)
    for value in listed if isinstance(listed, list) and page.succeeded else ():
        identity = normalize_identity(pointers.get_at_pointer(value, resource.identity_pointer))
        marked_value = pointers.get_at_pointer(value, resource.mark_pointer or "")
        name = marked_value if isinstance(marked_value, str) else ""
        mark = marks.find_mark(name, session.target.exclusive) or marks.find_mark(name.casefold())
        if identity is None:
            continue
        if mark is not None and accepts_mark(mark):
            yield ServerItem(
                resource=resource.name, parents=parents, identity=identity, name=name, mark=mark
            )
        elif mark is None and session.target.exclusive:
            item = ServerItem(
                resource=resource.name, parents=parents, identity=identity, name=name, mark=""
            )
            if _find_matching_ledger_entry(item, entries) is not None:
                yield item


def _deduplicate_calls(list_calls: Iterable[ApiCall]) -> list[ApiCall]:
    unique_calls: dict[str, ApiCall] = {}
    for list_call in list_calls:
        unique_calls.setdefault(
            repr((list_call.operation, sorted(list_call.arguments.items(), key=repr))), list_call
        )
    return list(unique_calls.values())


def _build_list_calls_for_entries(
    session: TargetSession, entries: Iterable[LedgerEntry], prefix: str
) -> Iterator[ApiCall]:
    """Yield the calls that list what the entries may have created.

    There is one call for each parent and state, filtered by `prefix` where the list has a filter.
    """
    for entry in entries:
        resource = session.contract.resource(entry.resource)
        if resource.list is not None:
            parameters = session.contract.operations[resource.list].parameters
            parents = {
                parameter.name: entry.arguments[parameter.name]
                for parameter in parameters
                if parameter.name in entry.arguments
            }
            yield from _build_list_calls_for_states(session, resource, parents, prefix)


def _build_list_calls_for_target(session: TargetSession) -> Iterator[ApiCall]:
    """Yield the calls that list items with any mark.

    There is one call for each parent that the target names, and for each state.
    """
    for resource in session.contract.resources:
        if resource.list is None or resource.mark_pointer is None:
            continue
        parents = (
            [{}]
            if resource.parent is None
            else [
                {resource.parent.parameter: parent_id}
                for parent_id in _get_configured_parent_ids(session, resource)
            ]
        )
        for parent_arguments in parents:
            yield from _build_list_calls_for_states(
                session, resource, parent_arguments, marks.MARK_PREFIX
            )


def _build_list_calls_for_states(
    session: TargetSession, resource: Resource, parents: dict[str, Json], prefix: str
) -> Iterator[ApiCall]:
    operation = session.contract.operations[resource.list or ""]
    state_filter = find_state_filter(session.contract, operation.id)
    mark_filter = (
        {}
        if session.target.exclusive
        else pagination.get_mark_filter_arguments(session.contract, resource, prefix)
    )
    path_arguments: dict[str, Json] = {}
    for parameter in operation.parameters:
        if parameter.location is ParameterLocation.PATH and parameter.name not in parents:
            path_arguments[parameter.name] = get_path_parameter_value(
                session.contract, session.target, operation.id, parameter.name
            )
    if None in path_arguments.values():
        return
    for state_arguments in (
        [{state_filter.parameter: value} for value in state_filter.item_values]
        if state_filter
        else [{}]
    ):
        yield ApiCall(
            operation=operation.id,
            arguments={**path_arguments, **mark_filter, **parents, **state_arguments},
        )


def _get_configured_parent_ids(session: TargetSession, resource: Resource) -> list[Json]:
    name = resource.parent.parameter if resource.parent else ""
    configured = get_path_parameter_value(
        session.contract, session.target, resource.list or "", name
    )
    return list(
        dict.fromkeys(
            str(parent_id)
            for parent_id in (configured, *session.target.fixtures.get(name, ()))
            if parent_id is not None
        )
    )
