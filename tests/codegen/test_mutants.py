"""Each mutant of the templates is caught by a property. A property that fails for no mutant would
prove nothing.
"""

from __future__ import annotations

from importlib import resources

import pytest

from .emitted import emit_package, get_client_package, load, unload_package
from .properties import PROPERTIES, Subject

TEMPLATES = resources.files("conformance.codegen") / "templates"
RUNTIME = resources.files("conformance.codegen") / "runtime"

# name: contract, file, original text, mutated text, name of the property that must catch it
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
        "            python_name={{ argument.name | literal }},",
        (
            "            python_name={{ (method.arguments[-1] if loop.first else "
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
        "if arguments.get(python_name, MISSING) is not MISSING\n        }",
        "if arguments.get(python_name) not in (None, MISSING)\n        }",
        "absent_null_and_empty_differ",
    ),
    "loses what is empty": (
        "losant",
        "_core.py",
        "if arguments.get(python_name, MISSING) is not MISSING\n        }",
        "if arguments.get(python_name, MISSING) not in (MISSING, '', [])\n        }",
        "absent_null_and_empty_differ",
    ),
    "sends what is absent as null": (
        "losant",
        "_core.py",
        (
            "            wire_name: arguments[python_name]\n"
            "            for wire_name, python_name in body.fields.items()\n"
            "            if arguments.get(python_name, MISSING) is not MISSING\n"
        ),
        (
            "            wire_name: None if arguments.get(python_name, MISSING) is MISSING"
            " else arguments[python_name]\n"
            "            for wire_name, python_name in body.fields.items()\n"
        ),
        "absent_null_and_empty_differ",
    ),
    "does not encode paths": (
        "sink",
        "_encoding.py",
        'return [("", quote(encode_scalar(parameter, value), safe=safe))]',
        'return [("", quote(encode_scalar(parameter, value), safe="/?"))]',
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
        'return [f"{name}={quote(encode_scalar(parameter, value), safe=safe)}"]',
        "return [f\"{name}={quote(encode_scalar(parameter, value), safe='+')}\"]",
        "requests_carry_arguments",
    ),
    "repeats a creation": (
        "push-express",
        "operations.py",
        "{% if method.idempotent %}",
        "{% if True %}",
        "retries_happen_as_documented",
    ),
    "repeats nothing": (
        "push-express",
        "operations.py",
        "{% if method.idempotent %}",
        "{% if False %}",
        "retries_happen_as_documented",
    ),
    "repeats what was not asked for": (
        "losant",
        "operations.py",
        "{% if method.retry_statuses %}\n    retry_statuses={{ method.retry_statuses | literal }},",
        '{% if True %}\n    retry_statuses=("5XX",),',
        "retries_happen_as_documented",
    ),
    "tries once too often": (
        "push-express",
        "_retries.py",
        "if attempts >= self.max_attempts",
        "if attempts > self.max_attempts",
        "retries_happen_as_documented",
    ),
    "overlooks Retry-After": (
        "push-express",
        "_retries.py",
        "return requested_delay if requested_delay <= self.max_retry_after else None",
        "return self._compute_backoff(attempts)",
        "retries_happen_as_documented",
    ),
    "does not sleep": (
        "push-express",
        "calling.py",
        "{{ flavor.await_prefix }}self.sleep(delay)",
        "pass",
        "retries_happen_as_documented",
    ),
    "swallows lost connections": (
        "push-express",
        "_core.py",
        ("raise failure from outcome"),
        "return None",
        "retries_happen_as_documented",
    ),
    "returns None for the unknown": (
        "losant",
        "_core.py",
        ("raise self._create_status_error(UnexpectedStatus, text, outcome)"),
        "return None",
        "undocumented_answers_are_errors",
    ),
    "believes any body": (
        "push-express",
        "_core.py",
        "return _get_type_adapter(documented).validate_json(content)",
        "return documented.type.model_construct(**__import__('json').loads(content))",
        "undocumented_answers_are_errors",
    ),
    "believes any media type": (
        "losant",
        "_core.py",
        "if media and not _matches_media(media, documented.media):",
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
        "exception=errors.{{ response.exception }},",
        "exception=errors.{{ package.exceptions[0].name }},",
        "answers_become_values",
    ),
    "takes errors for success": (
        "push-express",
        "operations.py",
        "            exception=errors.{{ response.exception }},\n",
        "",
        "answers_become_values",
    ),
    "begins at another page": (
        "push-express",
        "group.py",
        "first_page={{ method.page_plan.first_page | literal }}",
        "first_page=0",
        "pages_yield_each_item_once",
    ),
    "ends before the last page": (
        "losant",
        "_pagination.py",
        "self._fetched_count >= total)",
        "self._fetched_count + 1 >= total)",
        "pages_yield_each_item_once",
    ),
    "gives items twice": (
        "losant",
        "_pagination.py",
        "if identity in self._seen_identities:",
        "if False:",
        "pages_yield_each_item_once",
    ),
    "fetches a page too many": (
        "losant",
        "_pagination.py",
        "self.finished = not items or ended",
        "self.finished = not items",
        "pages_yield_each_item_once",
    ),
    "walks in circles": (
        "losant",
        "_pagination.py",
        'raise PagingError(\n                f"page {self.page_number} holds',
        'print(\n                f"page {self.page_number} holds',
        "looping_servers_are_noticed",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_of_the_templates_are_caught(mutant: str) -> None:
    """The package that a mutated template emits violates the property that covers the mutation."""
    name, file, original, mutated, property_name = MUTANTS[mutant]
    source = (
        TEMPLATES / f"{file}.j2" if (TEMPLATES / f"{file}.j2").is_file() else RUNTIME / file
    ).read_text("utf-8")
    assert original in source
    check_property = next(
        candidate for candidate in PROPERTIES if candidate.__name__ == property_name
    )
    contract = load(name)
    get_client_package(name)
    module = emit_package(contract, {file: source.replace(original, mutated)})
    try:
        with pytest.raises(BaseException) as error:  # noqa: PT011 (a mutant may fail in any way)
            check_property(Subject(contract=contract, module=module, flavor="Client", examples=12))
        assert not isinstance(error.value, KeyboardInterrupt)
    finally:
        unload_package(module)
