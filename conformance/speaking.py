"""Generated clients as what a run speaks with: the one place where such a package is imported."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import itertools
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from conformance.checks.call import Call, Credential
from conformance.checks.exchange import Outcome
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.contract.reference import inline
from conformance.errors import Problem, UsageError
from conformance.suite.speaker import Unspeakable
from conformance.suite.target import Target
from conformance.suite.wire import UNKNOWN_TOKEN

BY_TYPE = "a typed client sends only what the documents declare"
CREDENTIALS = {
    Credential.BARE: "a token without the word Bearer",
    Credential.ELSEWISE: "a token of another scheme",
    Credential.EMPTY: "an empty token",
}
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Speaker:
    """A generated client, told what to call by the names of the contract (see
    conformance.suite.speaker).
    """

    contract: Contract
    module: ModuleType
    operations: Mapping[str, Any]
    name: str = "client"

    def speak(self, call: Call, target: Target, transport: httpx.BaseTransport) -> Outcome:
        """Make a call over `transport` and return what the client gave; raises Unspeakable for what
        no typed client sends.
        """
        operation = self.operations.get(call.operation)
        if operation is None:
            raise Unspeakable(f"{call.operation}: it has no such operation")
        keywords = self._keywords(operation, call)
        options: dict[str, Any] = {"sleep": _at_once} if call.gateway else {"retries": None}
        with httpx.Client(
            transport=transport, trust_env=False, headers={"user-agent": "conformance"}
        ) as http:
            credentials = self._credentials(call, target)
            client = self.module.Client(
                **credentials,
                base_url=target.url,
                timeout=target.timeout,
                headers=target.headers,
                http_client=http,
                **options,
            )
            method = getattr(getattr(client, operation.group), operation.name)
            try:
                return Outcome(value=plain(method(**keywords)))
            except (
                Exception
            ) as error:  # a client that breaks down, in whatever way, is what is looked for
                return _raised(operation, error)

    def _keywords(self, operation: Any, call: Call) -> dict[str, Any]:
        """Return the arguments of the method."""
        if call.text is not None:
            raise Unspeakable("a body that is no JSON")
        if call.query or call.headers:
            raise Unspeakable(f"{', '.join([*call.query, *call.headers])}: {BY_TYPE}")
        arguments = {
            name: self._typed(call, name, value)
            for name, value in call.arguments.items()
            if value is not MISSING
        }
        try:
            found: dict[str, Any] = operation.keywords(arguments)
            if call.body is MISSING:
                return found
            if operation.body is None:
                raise Unspeakable(f"a body: {BY_TYPE}")
            if operation.body.fields is None:
                return {**found, operation.body.python: call.body}
            if not isinstance(call.body, dict):
                raise Unspeakable("a body that is no object")
            return {**found, **operation.keywords({}, call.body)}
        except KeyError as error:
            raise Unspeakable(f"{error.args[0]}: {BY_TYPE}") from error

    def _typed(self, call: Call, name: str, value: Json) -> Json:
        """Return an argument with the documented type, where it travels as the same text: what a
        target gives may be the text of a number.
        """
        parameter = self.contract.operations[call.operation].parameter(name)
        if parameter is None or parameter.media is not None:
            return value
        kind = inline(self.contract.document, parameter.schema).get("type")
        if kind == "integer" and isinstance(value, str) and re.fullmatch("0|[1-9][0-9]*", value):
            return int(value)
        if kind == "boolean" and value in ("true", "false"):
            return value == "true"
        return (
            str(value)
            if kind == "string" and isinstance(value, int) and not isinstance(value, bool)
            else value
        )

    def _credentials(self, call: Call, target: Target) -> dict[str, str]:
        if call.credential in CREDENTIALS:
            raise Unspeakable(CREDENTIALS[call.credential])
        token = {
            Credential.MISSING: None,
            Credential.INVALID: UNKNOWN_TOKEN,
            Credential.SCOPED: target.scoped.get(call.scope or ""),
        }.get(call.credential, target.token)
        if token is None:
            return {}
        if "token" not in inspect.signature(self.module.Client).parameters:
            raise Unspeakable("a token: its API asks for other credentials")
        return {"token": token}


def _at_once(seconds: float) -> None:
    """Wait for nothing: the gateway that failed is ours."""


def _raised(operation: Any, error: Exception) -> Outcome:
    kinds = tuple(kind.__name__ for kind in type(error).__mro__)
    status, body = getattr(error, "status", None), getattr(error, "error", None)
    stands = tuple(answer.status for answer in operation.answers if answer.error is type(error))
    return Outcome(
        raised=kinds,
        told=str(error),
        status=status if isinstance(status, int) else None,
        error=plain(body),
        stands_for=stands,
    )


def plain(value: Any) -> Json:
    """Return a value of a generated client as JSON, with the API's own names."""
    if hasattr(value, "model_dump"):
        return value.model_dump(warnings=False)
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def speaker(contract: Contract, package: str) -> Speaker:
    """Return the speaker that a generated package is, by the name under which it can be imported or
    by its folder.

    Raises UsageError when it cannot be imported, is not a generated client, or is one of another
    contract.
    """
    module = (
        _bring(_folder(Path(package)), package) if Path(package).is_dir() else _imported(package)
    )
    operations = (
        module.operations.OPERATIONS
        if hasattr(getattr(module, "operations", None), "OPERATIONS") and hasattr(module, "Client")
        else None
    )
    if operations is None:
        hint = f"conformance generate {contract.name} makes one"
        raise UsageError(
            Problem(
                message=f"--client {package}: it is not a client that this tool generated",
                hint=hint,
            )
        )
    if not set(operations) & set(contract.operations):
        raise UsageError(
            Problem(
                message=(
                    f"--client {package}: it is the client of another contract: it has none of the"
                    f" operations of {contract.name}"
                )
            )
        )
    return Speaker(contract, module, operations, package)


def _imported(package: str) -> ModuleType:
    hint = "give the name of an installed package, or its folder, such as generated/NAME"
    try:
        module = importlib.import_module(package)
        importlib.import_module(f"{package}.operations")
    except (ImportError, ValueError, TypeError) as error:
        raise UsageError(
            Problem(message=f"--client {package}: it cannot be imported: {error}", hint=hint)
        ) from error
    return module


def _folder(folder: Path) -> Path:
    """Return the folder of the package in that of a distribution, or the folder itself."""
    if (folder / "operations.py").is_file():
        return folder
    found = sorted(path.parent for path in folder.glob("*/operations.py"))
    if len(found) != 1:
        raise UsageError(
            Problem(
                message=f"--client {folder}: there is no generated package in it",
                hint="a generated package holds operations.py",
            )
        )
    return found[0]


def _bring(folder: Path, package: str) -> ModuleType:
    """Return the package in a folder, imported under a name that no other module has: what is
    installed does not come in between.
    """
    name = f"conformance_client_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise UsageError(Problem(message=f"--client {package}: it is no package"))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        importlib.import_module(f"{name}.operations")
    except (ImportError, SyntaxError, OSError) as error:
        raise UsageError(
            Problem(
                message=f"--client {package}: it cannot be imported: {error}",
                hint="a generated client needs pydantic 2.14",
            )
        ) from error
    return module
