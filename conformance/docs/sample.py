"""Code samples of an operation, for curl and for the generated client, with the documented examples as values."""

from __future__ import annotations

import json
import keyword
import re
import shlex
from urllib.parse import quote, urlencode

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, Parameter

TOKEN = "$TOKEN"


def curl(contract: Contract, operation: Operation) -> str:
    """Return a curl line for an operation, at the documented server."""
    path = operation.path
    for parameter in operation.parameters:
        if parameter.location is Location.PATH:
            path = path.replace("{" + parameter.name + "}", quote(_text(_example(parameter)), safe=""))
    query = [(one.name, _written(one)) for one in _shown(operation) if one.location is Location.QUERY]
    server = contract.servers[0] if contract.servers else "https://api.example"
    url = server.rstrip("/") + path + ("?" + urlencode(query, quote_via=quote) if query else "")
    lines = ["curl" + (f" -X {operation.method}" if operation.method != "GET" else "") + f" {shlex.quote(url)}"]
    if operation.scopes is not None:
        lines.append(f'-H "Authorization: Bearer {TOKEN}"')
    if operation.body is not None:
        lines += [f"-H {shlex.quote('Content-Type: ' + operation.body.media)}", f"-d {shlex.quote(json.dumps(body(operation), ensure_ascii=False))}"]
    return " \\\n  ".join(lines)


def python(contract: Contract, operation: Operation) -> str:
    """Return the call of the generated client's method, as `conformance generate` names it."""
    path = [repr(_example(one)) for one in operation.parameters if one.location is Location.PATH]
    options = [f"{snake(one.name)}={_example(one)!r}" for one in _shown(operation) if one.location is not Location.PATH]
    sent = body(operation) if operation.body else None
    fields = [f"{snake(name)}={value!r}" for name, value in sent.items()] if isinstance(sent, dict) else [] if sent is None else [f"body={sent!r}"]
    arguments = [*path, *fields, *options]
    call = f"client.{group(contract, operation)}.{method(contract, operation)}"
    line = f"{call}({', '.join(arguments)})"
    if len(line) > 84:
        line = f"{call}(\n" + "".join(f"        {one},\n" for one in arguments) + "    )"
    module = f"{snake(contract.name)}_client"
    return f"import os\nfrom {module} import Client\n\nwith Client(os.environ['TOKEN']) as client:\n    answer = {line}"


def group(contract: Contract, operation: Operation) -> str:
    """Return the attribute of the client that holds the operation: its tag, or its resource."""
    return snake(_title(contract, operation))


def method(contract: Contract, operation: Operation) -> str:
    """Return the method's name: the operation's id without the words of its group."""
    words, title = _words(operation.id), [_stem(word) for word in _words(_title(contract, operation))]
    for start in range(len(words) - len(title) + 1):
        if title and [_stem(word) for word in words[start : start + len(title)]] == title:
            words = words[:start] + words[start + len(title) :]
            break
    name = "_".join(words) or operation.method.lower()
    return name + "_" if keyword.iskeyword(name) else name


def body(operation: Operation) -> Json:
    """Return the documented example of a body; without one, an empty object."""
    return next(iter(operation.body.examples.values()), {}) if operation.body else None


def snake(text: str) -> str:
    """Return a name as Python writes it; `value` where nothing is left of it."""
    name = "_".join(_words(text)) or "value"
    return f"{name}_" if keyword.iskeyword(name) else f"value_{name}" if name[0].isdigit() else name


def _title(contract: Contract, operation: Operation) -> str:
    resource = contract.resource_of(operation.id)
    return operation.tags[0] if operation.tags else f"{resource.name}s" if resource else contract.name


def _words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text))]


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _shown(operation: Operation) -> list[Parameter]:
    """Return the parameters that a sample shows: all that are required, and the first two that have an example."""
    needed = [one for one in operation.parameters if one.required and one.location is not Location.PATH]
    optional = [one for one in operation.parameters if not one.required and one.examples and one.location is Location.QUERY]
    return needed + optional[: max(0, 2 - len(needed))]


def _example(parameter: Parameter) -> Json:
    if parameter.examples:
        return parameter.examples[0]
    if parameter.enum:
        return parameter.enum[0]
    return {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}.get(str(parameter.schema.get("type")), parameter.name.upper())


def _written(parameter: Parameter) -> str:
    value = _example(parameter)
    return json.dumps(value, ensure_ascii=False) if parameter.media else _text(value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
