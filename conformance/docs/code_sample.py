"""Code samples for an operation, with curl and with the generated client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from conformance.codegen.plan import PackagePlan, plan_package
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, Parameter
from conformance.errors import ContractError
from conformance.report import shell


def build_curl_sample(contract: Contract, operation: Operation) -> str:
    """Return a curl command for an operation, with the documented examples as values.

    The URL is that of the first documented server.
    """
    path = operation.path
    for parameter in operation.parameters:
        if parameter.location is ParameterLocation.PATH:
            path = path.replace(
                "{" + parameter.name + "}",
                quote(_format_value(_choose_parameter_example(parameter)), safe=""),
            )
    query = [
        (query_parameter.name, _format_parameter(query_parameter))
        for query_parameter in _choose_sample_parameters(operation)
        if query_parameter.location is ParameterLocation.QUERY
    ]
    own_servers = contract.own_servers.get(operation.id, contract.api_servers)
    server = own_servers[0].url if own_servers else ""
    if "://" not in server:
        server = "https://api.example" + server  # a relative URL: the document's place is unknown
    url = server.rstrip("/") + path + ("?" + urlencode(query, quote_via=quote) if query else "")
    lines = [
        shell.format_shell_command(
            "curl", *(("-X", operation.method) if operation.method != "GET" else ()), url
        )
    ]
    lines += [
        shell.format_shell_command(*words)
        for words in list_credential_arguments(contract, operation)
    ]
    if operation.body is not None:
        lines.append(shell.format_shell_command("-H", f"Content-Type: {operation.body.media_type}"))
        lines.append(
            shell.format_shell_command(
                "--data-raw", json.dumps(get_body_example(operation), ensure_ascii=False)
            )
        )
    return " \\\n  ".join(lines)


def list_credential_arguments(
    contract: Contract, operation: Operation
) -> Iterator[tuple[shell.ShellWord, ...]]:
    """Yield the curl arguments with the credentials of the first alternative.

    The secrets are shell variables.
    """
    names = operation.security[0].scopes_by_scheme if operation.security else ()
    for name in names:
        scheme = contract.security_schemes[name]
        variable = shell.ShellVariable("TOKEN") if len(names) == 1 else name_shell_variable(name)
        if scheme.mutual_tls:
            yield "--cert", "client.pem"
        elif scheme.is_basic:
            yield "-u", shell.ShellVariable("CREDENTIALS")
        elif scheme.location is ParameterLocation.QUERY:
            yield "--url-query", (f"{scheme.field}={scheme.prefix}", variable)
        elif scheme.location is ParameterLocation.COOKIE:
            yield "-b", (f"{scheme.field}={scheme.prefix}", variable)
        else:
            yield "-H", (f"{scheme.field}: {scheme.prefix}", variable)


def name_shell_variable(scheme: str) -> shell.ShellVariable:
    """Return the shell variable for the secret of a security scheme."""
    return shell.ShellVariable("CREDENTIAL_" + re.sub(r"\W", "_", scheme.upper(), flags=re.ASCII))


def plan_client(contract: Contract) -> PackagePlan | None:
    """Return the plan of the generated client, or None if the contract does not allow one."""
    try:
        return plan_package(contract)
    except ContractError:
        return None


def build_python_sample(package: PackagePlan, operation: Operation) -> str:
    """Return Python code that calls an operation with the generated client.

    The documented examples are the values.
    """
    method = next(
        candidate
        for group in package.groups
        for candidate in group.methods
        if candidate.operation.id == operation.id
    )
    example = get_body_example(operation)
    parameters = {
        (parameter.name, str(parameter.location)): parameter for parameter in operation.parameters
    }
    shown_names = {parameter.name for parameter in _choose_sample_parameters(operation)}
    arguments = [
        repr(_choose_parameter_example(parameters[argument.wire_name, argument.location]))
        for argument in method.positional_arguments
    ]
    for option in method.keyword_arguments:
        if option.location != "body":
            arguments += (
                [
                    f"{option.name}="
                    f"{_choose_parameter_example(parameters[option.wire_name, option.location])!r}"
                ]
                if option.wire_name in shown_names
                else []
            )
        elif method.body is not None and not method.body.argument_per_field:
            arguments.append(f"{option.name}={example!r}")
        elif isinstance(example, dict) and option.wire_name in example:
            arguments.append(f"{option.name}={example[option.wire_name]!r}")
    method_path = f"client.{method.group}.{method.name}"
    call_text = f"{method_path}({', '.join(arguments)})"
    if len(call_text) > 84:
        call_text = (
            f"{method_path}(\n"
            + "".join(f"        {argument},\n" for argument in arguments)
            + "    )"
        )
    needs_token = bool(package.security_schemes) and not package.security_schemes[0].is_basic
    constructor = "Client(os.environ['TOKEN'])" if needs_token else "Client()"
    return (
        f"{'import os' + chr(10) if needs_token else ''}from {package.module} import Client\n\nwith"
        f" {constructor} as client:\n    answer = {call_text}"
    )


def get_body_example(operation: Operation) -> Json:
    """Return the first documented example of a body, or an empty object if there is none."""
    return next(iter(operation.body.examples.values()), {}) if operation.body else None


def _choose_sample_parameters(operation: Operation) -> list[Parameter]:
    """Return the parameters that a sample shows.

    These are all required parameters. If there are fewer than two, optional query parameters with
    an example follow. Path parameters are left out.
    """
    required = [
        parameter
        for parameter in operation.parameters
        if parameter.required and parameter.location is not ParameterLocation.PATH
    ]
    optional = [
        parameter
        for parameter in operation.parameters
        if not parameter.required
        and parameter.examples
        and parameter.location is ParameterLocation.QUERY
    ]
    return required + optional[: max(0, 2 - len(required))]


def _choose_parameter_example(parameter: Parameter) -> Json:
    if parameter.examples:
        return parameter.examples[0]
    if parameter.enum:
        return parameter.enum[0]
    type_name = next(iter(parameter.schema.types), "")
    values = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}
    return values.get(type_name, parameter.name.upper())


def _format_parameter(parameter: Parameter) -> str:
    value = _choose_parameter_example(parameter)
    return json.dumps(value, ensure_ascii=False) if parameter.media_type else _format_value(value)


def _format_value(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
