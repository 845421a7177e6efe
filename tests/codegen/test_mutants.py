"""Each mutant of the templates is caught by a property: a property that no mutant can break proves
nothing.
"""

from __future__ import annotations

from importlib import resources

import pytest

from .emitted import client_of, emit, forget, load
from .properties import PROPERTIES, Subject

TEMPLATES = resources.files("conformance.codegen") / "templates"
RUNTIME = resources.files("conformance.codegen") / "runtime"

# name: contract, file, what stands there, what the mutant has instead, the property that must
# notice
MUTANTS = {
    "drops a parameter": (
        "losant",
        "group.py",
        (
            "{% for argument in method.arguments %}\n                {{ argument.name | "
            "literal }}: {{ argument.name }},"
        ),
        (
            "{% for argument in method.arguments[:1] %}\n                {{ argument.name "
            "| literal }}: {{ argument.name }},"
        ),
        "requests_carry_arguments",
    ),
    "swaps two parameters": (
        "push-express",
        "operations.py",
        "            python={{ argument.name | literal }},",
        (
            "            python={{ (method.arguments[-1] if loop.first else "
            "method.arguments[0] if loop.last else argument).name | literal }},"
        ),
        "requests_carry_arguments",
    ),
    "sends a default of its own": (
        "push-express",
        "group.py",
        "{{ argument.name | literal }}: {{ argument.name }},",
        (
            "{{ argument.name | literal }}: False if {{ argument.name }} is MISSING else "
            "{{ argument.name }},"
        ),
        "requests_carry_arguments",
    ),
    "puts queries into headers": (
        "losant",
        "operations.py",
        "location={{ argument.location | literal }}",
        'location="header"',
        "requests_carry_arguments",
    ),
    "ignores explode": (
        "sink",
        "operations.py",
        "explode={{ argument.explode | literal }}",
        "explode=True",
        "requests_carry_arguments",
    ),
    "forgets the credentials": (
        "push-express",
        "operations.py",
        "security={{ method.security | literal }}",
        "security=()",
        "requests_carry_arguments",
    ),
    "loses null": (
        "losant",
        "_core.py",
        "if arguments.get(python, MISSING) is not MISSING\n        }",
        "if arguments.get(python) not in (None, MISSING)\n        }",
        "absent_null_and_empty_differ",
    ),
    "loses what is empty": (
        "losant",
        "_core.py",
        "if arguments.get(python, MISSING) is not MISSING\n        }",
        "if arguments.get(python, MISSING) not in (MISSING, '', [])\n        }",
        "absent_null_and_empty_differ",
    ),
    "sends what is absent as null": (
        "losant",
        "_core.py",
        (
            "            wire: arguments[python]\n"
            "            for wire, python in body.fields.items()\n"
            "            if arguments.get(python, MISSING) is not MISSING\n"
        ),
        (
            "            wire: None if arguments.get(python, MISSING) is MISSING"
            " else arguments[python]\n"
            "            for wire, python in body.fields.items()\n"
        ),
        "absent_null_and_empty_differ",
    ),
    "does not encode paths": (
        "sink",
        "_encoding.py",
        'return [("", quote(text(parameter, value), safe=safe))]',
        'return [("", quote(text(parameter, value), safe="/?"))]',
        "path_values_stay_one_segment",
    ),
    "lets dots into paths": (
        "losant",
        "_encoding.py",
        'if text in ("", ".", ".."):',
        'if text == "":',
        "path_values_stay_one_segment",
    ),
    "decodes a plus": (
        "losant",
        "_encoding.py",
        'return [f"{name}={quote(text(parameter, value), safe=safe)}"]',
        "return [f\"{name}={quote(text(parameter, value), safe='+')}\"]",
        "requests_carry_arguments",
    ),
    "repeats a creation": (
        "push-express",
        "operations.py",
        "{% if method.repeatable %}",
        "{% if True %}",
        "retries_happen_as_documented",
    ),
    "repeats nothing": (
        "push-express",
        "operations.py",
        "{% if method.repeatable %}",
        "{% if False %}",
        "retries_happen_as_documented",
    ),
    "repeats what was not asked for": (
        "losant",
        "operations.py",
        "{% if method.retries %}\n    retries={{ method.retries | literal }},",
        '{% if True %}\n    retries=("5XX",),',
        "retries_happen_as_documented",
    ),
    "tries once too often": (
        "push-express",
        "_retrying.py",
        "if tried >= self.tries",
        "if tried > self.tries",
        "retries_happen_as_documented",
    ),
    "overlooks Retry-After": (
        "push-express",
        "_retrying.py",
        "return asked if asked <= self.patience else None",
        "return self._pause(tried)",
        "retries_happen_as_documented",
    ),
    "does not sleep": (
        "push-express",
        "calling.py",
        "{{ flavour.wait }}self.sleep(wait)",
        "pass",
        "retries_happen_as_documented",
    ),
    "swallows lost connections": (
        "push-express",
        "_core.py",
        (
            "raise ConnectionFailed(\n                "
            'f"{operation.method} {operation.path}: {type(outcome).__name__}: {outcome}"\n'
            "            ) from outcome"
        ),
        "return None",
        "retries_happen_as_documented",
    ),
    "returns None for the unknown": (
        "losant",
        "_core.py",
        (
            "raise UnexpectedStatus(\n                "
            'f"{operation.method} {operation.path} answered {status}, which is not documented:"\n'
            '                f" {_excerpt(outcome)}",\n'
            "                outcome,\n            )"
        ),
        "return None",
        "undocumented_answers_are_errors",
    ),
    "believes any body": (
        "push-express",
        "_core.py",
        "return _adapter(answer).validate_json(content)",
        "return answer.type.model_construct(**__import__('json').loads(content))",
        "undocumented_answers_are_errors",
    ),
    "believes any media type": (
        "losant",
        "_core.py",
        "if told and not _same_media(told, answer.media):",
        "if False:",
        "undocumented_answers_are_errors",
    ),
    "loses unknown fields": (
        "losant",
        "_model.py",
        'extra="allow",\n        frozen',
        'extra="ignore",\n        frozen',
        "answers_become_values",
    ),
    "mixes absent and null": (
        "losant",
        "models.py",
        "{% if types.model_runtime %}",
        "MISSING = None\n{% if types.model_runtime %}",
        "answers_become_values",
    ),
    "takes all errors for one": (
        "push-express",
        "operations.py",
        "error=errors.{{ outcome.error }},",
        "error=errors.{{ package.failures[0].name }},",
        "answers_become_values",
    ),
    "takes errors for success": (
        "push-express",
        "operations.py",
        "            error=errors.{{ outcome.error }},\n",
        "",
        "answers_become_values",
    ),
    "begins at another page": (
        "push-express",
        "group.py",
        "first={{ method.walk.first | literal }}",
        "first=0",
        "pages_yield_each_item_once",
    ),
    "ends before the last page": (
        "losant",
        "_paging.py",
        "self._fetched >= total)",
        "self._fetched + 1 >= total)",
        "pages_yield_each_item_once",
    ),
    "gives items twice": (
        "losant",
        "_paging.py",
        "if identity in self._seen:",
        "if False:",
        "pages_yield_each_item_once",
    ),
    "fetches a page too many": (
        "losant",
        "_paging.py",
        "self.done = not items or ended",
        "self.done = not items",
        "pages_yield_each_item_once",
    ),
    "walks in circles": (
        "losant",
        "_paging.py",
        'raise PagingError(f"page {self.page} holds',
        'print(f"page {self.page} holds',
        "looping_servers_are_noticed",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_of_the_templates_are_caught(mutant: str) -> None:
    """The package that a mutated template emits breaks the property that is about it."""
    name, file, before, after, noticed = MUTANTS[mutant]
    source = (
        TEMPLATES / f"{file}.j2" if (TEMPLATES / f"{file}.j2").is_file() else RUNTIME / file
    ).read_text("utf-8")
    assert before in source
    holds = next(one for one in PROPERTIES if one.__name__ == noticed)
    contract = load(name)
    client_of(name)
    module = emit(contract, {file: source.replace(before, after)})
    try:
        with pytest.raises(BaseException) as caught:  # noqa: PT011 (a mutant may fail in any way)
            holds(Subject(contract=contract, module=module, flavour="Client", examples=12))
        assert not isinstance(caught.value, KeyboardInterrupt)
    finally:
        forget(module)
