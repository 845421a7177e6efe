"""Documented servers: their URLs, variables, and the hosts that they can mean.

OpenAPI 3.1, 4.8.5 and 4.8.6.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import join
from conformance.errors import ContractError, Problem

_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServer:
    """A server that a document names.

    `url` has the defaults of its variables; it may be relative. `values_by_variable` holds the
    values that a variable can have, or None if any is allowed.
    """

    template: str
    url: str
    values_by_variable: Mapping[str, tuple[str, ...] | None]
    default_by_variable: Mapping[str, str]

    @property
    def base_path(self) -> str:
        """Return the path of the URL, without a trailing slash."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def host(self) -> str:
        """Return the host of the URL; empty for a relative one."""
        return urlsplit(self.url).hostname or ""

    def can_mean_host(self, host: str) -> bool:
        """Tell whether an expansion of the URL has this host.

        A variable that is the whole host means its default only: else every host would do.
        """
        authority = re.match(r"(?:[^/]*:)?//([^/?#]*)", self.template)
        if authority is None:
            return False
        pattern, position = "", 0
        host_template = re.sub(r":(\d*|\{[^{}]*\})$", "", authority[1].rpartition("@")[2])
        for variable in _VARIABLE.finditer(host_template):
            pattern += re.escape(host_template[position : variable.start()])
            pattern += self._build_host_pattern(variable[1], variable[0] == host_template)
            position = variable.end()
        pattern += re.escape(host_template[position:])
        return re.fullmatch(pattern, host.rstrip("."), re.IGNORECASE) is not None

    def _build_host_pattern(self, variable: str, is_whole_host: bool) -> str:
        values = self.values_by_variable.get(variable)
        if values is None and not is_whole_host:
            return r"[^/]*"
        named = values or (self.default_by_variable.get(variable, ""),)
        return "(?:" + "|".join(re.escape(value.partition(":")[0]) for value in named) + ")"


def is_loopback_host(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_servers(document: Document) -> tuple[ApiServer, ...]:
    """Return the servers of a document. Raises ContractError for an undeclared variable."""
    return _parse_server_list(document, document.value.get("servers"), "/servers")


def parse_own_servers(document: Document) -> dict[str, tuple[ApiServer, ...]]:
    """Return the servers that operations have for themselves, by the operation's pointer.

    Those of an operation go before those of its path. Raises ContractError for an undeclared
    variable.
    """
    own: dict[str, tuple[ApiServer, ...]] = {}
    for path, path_item in document.value.get("paths", {}).items():
        pointer = join("/paths", path)
        of_path = _parse_server_list(document, path_item.get("servers"), join(pointer, "servers"))
        for method, node in path_item.items():
            if not isinstance(node, dict):
                continue
            operation_pointer = join(pointer, method)
            servers = _parse_server_list(
                document, node.get("servers"), join(operation_pointer, "servers")
            )
            if servers or of_path:
                own[operation_pointer] = servers or of_path
    return own


def _parse_server_list(document: Document, nodes: Json, pointer: str) -> tuple[ApiServer, ...]:
    if not isinstance(nodes, list):
        return ()
    problems: list[Problem] = []
    servers = []
    for index, node in enumerate(nodes):
        template, variables = str(node.get("url", "")), node.get("variables", {})
        undeclared = [name for name in _VARIABLE.findall(template) if name not in variables]
        if undeclared:
            problems.append(
                document.problem_at(
                    f"the server's URL has the variable {{{undeclared[0]}}}, which its variables"
                    " do not declare",
                    join(pointer, index, "url"),
                    "declare it under variables, with a default",
                )
            )
            continue
        defaults = {name: str(variable["default"]) for name, variable in variables.items()}
        servers.append(
            ApiServer(
                template=template,
                url=_VARIABLE.sub(lambda match: defaults[match[1]], template),  # noqa: B023
                values_by_variable={
                    name: tuple(map(str, variable["enum"])) if variable.get("enum") else None
                    for name, variable in variables.items()
                },
                default_by_variable=defaults,
            )
        )
    if problems:
        raise ContractError(*problems)
    return tuple(servers)
