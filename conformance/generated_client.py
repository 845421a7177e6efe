"""Drives a generated client in a run. Only this module imports such a package."""

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

from conformance.checks.call import ApiCall, CredentialKind
from conformance.checks.exchange import ClientCallOutcome
from conformance.codegen.security import read_security_schemes
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.errors import Problem, UsageError
from conformance.suite.client_driver import UnsupportedByTypedClient
from conformance.suite.credentials import build_wire_credentials, decode_basic_credentials
from conformance.suite.target import Target

TYPED_CLIENT_LIMIT = "a typed client sends only what the documents declare"
UNSUPPORTED_CREDENTIALS = {
    CredentialKind.WITHOUT_SCHEME: "a token without the word Bearer",
    CredentialKind.OTHER_SCHEME: "a token of another scheme",
    CredentialKind.SCHEME_ONLY: "an empty token",
}
_import_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class GeneratedClientDriver:
    """A generated client, told what to call by the names of the contract (see
    conformance.suite.client_driver).
    """

    contract: Contract
    module: ModuleType
    operations: Mapping[str, Any]
    name: str = "client"

    def send_call(
        self, call: ApiCall, target: Target, transport: httpx.BaseTransport
    ) -> ClientCallOutcome:
        """Make a call over `transport` and return what the client gave; raises Unspeakable for what
        no typed client sends.
        """
        operation = self.operations.get(call.operation)
        if operation is None:
            raise UnsupportedByTypedClient(f"{call.operation}: it has no such operation")
        keywords = self._build_method_arguments(operation, call)
        options: dict[str, Any] = (
            {"sleep": _skip_sleep} if call.gateway_statuses else {"retries": None}
        )
        with httpx.Client(
            transport=transport, trust_env=False, headers={"user-agent": "conformance"}
        ) as http:
            credentials = self._build_credentials(call, target)
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
                return ClientCallOutcome(value=client_value_to_json(method(**keywords)))
            except (
                Exception
            ) as error:  # a client that breaks down, in whatever way, is what is looked for
                return _exception_to_step_outcome(operation, error)

    def _build_method_arguments(self, operation: Any, call: ApiCall) -> dict[str, Any]:
        """Return the arguments of the method."""
        if call.text is not None:
            raise UnsupportedByTypedClient("a body that is no JSON")
        if call.query or call.headers:
            raise UnsupportedByTypedClient(
                f"{', '.join([*call.query, *call.headers])}: {TYPED_CLIENT_LIMIT}"
            )
        arguments = {
            name: self._convert_argument_to_documented_type(call, name, value)
            for name, value in call.arguments.items()
            if value is not MISSING
        }
        try:
            keywords: dict[str, Any] = operation.build_keyword_arguments(arguments)
            if call.body is MISSING:
                return keywords
            if operation.body is None:
                raise UnsupportedByTypedClient(f"a body: {TYPED_CLIENT_LIMIT}")
            if operation.body.fields is None:
                return {**keywords, operation.body.python_name: call.body}
            if not isinstance(call.body, dict):
                raise UnsupportedByTypedClient("a body that is no object")
            return {**keywords, **operation.build_keyword_arguments({}, call.body)}
        except KeyError as error:
            raise UnsupportedByTypedClient(f"{error.args[0]}: {TYPED_CLIENT_LIMIT}") from error

    def _convert_argument_to_documented_type(self, call: ApiCall, name: str, value: Json) -> Json:
        """Return an argument with the documented type, where it travels as the same text: what a
        target gives may be the text of a number.
        """
        parameter = self.contract.operations[call.operation].parameter(name)
        if parameter is None or parameter.media_type is not None:
            return value
        kind = parameter.schema.types
        if kind == ("integer",) and isinstance(value, str) and re.fullmatch("0|[1-9][0-9]*", value):
            return int(value)
        if kind == ("boolean",) and value in ("true", "false"):
            return value == "true"
        return (
            str(value)
            if kind == ("string",) and isinstance(value, int) and not isinstance(value, bool)
            else value
        )

    def _build_credentials(self, call: ApiCall, target: Target) -> dict[str, object]:
        """Return the credential arguments of the client, by name."""
        if call.credential in UNSUPPORTED_CREDENTIALS:
            raise UnsupportedByTypedClient(UNSUPPORTED_CREDENTIALS[call.credential])
        argument_names = {
            scheme.name: str(scheme.argument) for scheme in read_security_schemes(self.contract)
        }
        arguments: dict[str, object] = {}
        for credential in build_wire_credentials(self.contract, target, call):
            scheme = credential.scheme
            text = credential.value[len(scheme.prefix) :]
            name = argument_names[scheme.name]
            if name not in inspect.signature(self.module.Client).parameters:
                raise UnsupportedByTypedClient(f"the credential of {scheme.name}")
            arguments[name] = decode_basic_credentials(text) if scheme.is_basic else text
        return arguments


def _skip_sleep(seconds: float) -> None:
    """Wait for nothing: the gateway that failed is ours."""


def _exception_to_step_outcome(operation: Any, error: Exception) -> ClientCallOutcome:
    class_names = tuple(class_in_mro.__name__ for class_in_mro in type(error).__mro__)
    status, body = getattr(error, "status", None), getattr(error, "error", None)
    documented_statuses = tuple(
        answer.status for answer in operation.responses if answer.exception is type(error)
    )
    return ClientCallOutcome(
        exception_names=class_names,
        exception_text=str(error),
        status=status if isinstance(status, int) else None,
        error_body=client_value_to_json(body),
        documented_statuses=documented_statuses,
    )


def client_value_to_json(value: Any) -> Json:
    """Return a value of a generated client as JSON, with the API's own names."""
    if hasattr(value, "model_dump"):
        return value.model_dump(warnings=False)
    if isinstance(value, Mapping):
        return {key: client_value_to_json(item_value) for key, item_value in value.items()}
    if isinstance(value, list | tuple):
        return [client_value_to_json(item) for item in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def load_client_driver(contract: Contract, package: str) -> GeneratedClientDriver:
    """Return the speaker that a generated package is, by the name under which it can be imported or
    by its folder.

    Raises UsageError when it cannot be imported, is not a generated client, or is one of another
    contract.
    """
    module = (
        _import_client_from_folder(_find_client_package_folder(Path(package)), package)
        if Path(package).is_dir()
        else _import_client_package(package)
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
    return GeneratedClientDriver(contract, module, operations, package)


def _import_client_package(package: str) -> ModuleType:
    hint = "give the name of an installed package, or its folder, such as generated/NAME"
    try:
        module = importlib.import_module(package)
        importlib.import_module(f"{package}.operations")
    except (ImportError, ValueError, TypeError) as error:
        raise UsageError(
            Problem(message=f"--client {package}: it cannot be imported: {error}", hint=hint)
        ) from error
    return module


def _find_client_package_folder(folder: Path) -> Path:
    """Return the folder of the package in that of a distribution, or the folder itself."""
    if (folder / "operations.py").is_file():
        return folder
    folders = sorted(path.parent for path in folder.glob("*/operations.py"))
    if len(folders) != 1:
        raise UsageError(
            Problem(
                message=f"--client {folder}: there is no generated package in it",
                hint="a generated package holds operations.py",
            )
        )
    return folders[0]


def _import_client_from_folder(folder: Path, package: str) -> ModuleType:
    """Return the package in a folder, imported under a name that no other module has: what is
    installed does not come in between.
    """
    name = f"conformance_client_{next(_import_numbers)}"
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
