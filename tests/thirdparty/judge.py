"""Judge requests by openapi-core; runs in the environment of the second server.

Reads a JSON object {document: path, requests: [...]} and prints what is wrong with each request: a
list of `path`, `method`, `media`, `identity`, `invalid` or an empty text.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "any" / "second"))

from recorder import RequestInterpreter, load_document


def main() -> None:
    order = json.load(sys.stdin)
    interpreter = RequestInterpreter(load_document(order["document"]))
    problems = []
    for request in order["requests"]:
        interpretation = interpreter.interpret(
            request["method"],
            request["target"],
            [tuple(pair) for pair in request["headers"]],
            base64.b64decode(request["body"]),
        )
        problems.append([interpretation.problem, *interpretation.errors[:2]])
    json.dump(problems, sys.stdout)


if __name__ == "__main__":
    main()
