"""Docstrings of generated methods."""

from __future__ import annotations

from conformance.codegen.plan import MethodPlan


def build_method_docstring_paragraphs(method: MethodPlan, paginated: bool = False) -> list[str]:
    """Return the paragraphs of a method's docstring.

    They describe what the method does, its arguments, results, exceptions, scopes and retries, and
    cite the vendor's documentation. With `paginated` they describe the iterating variant.
    """
    operation = method.operation
    summary = " ".join(operation.summary.split()) or f"{operation.method} {operation.path}"
    first_sentence = summary if summary[-1:] in ".!?" else f"{summary}."
    paragraphs = [first_sentence]
    if paginated:
        paragraphs.append(
            "Yield every item of every page, each once. Pages are fetched when they are needed."
        )
    if method.description and method.description != summary:
        paragraphs.append(method.description)
    arguments = [
        argument
        for argument in method.arguments
        if not (
            paginated and method.page_plan and argument.name == method.page_plan.page_argument.name
        )
    ]
    if arguments:
        paragraphs.append(
            "Args:\n"
            + "\n".join(
                f"    {argument.name}: {argument.description or argument.wire_name or 'The body.'}"
                for argument in arguments
            )
        )
    return_descriptions = [
        response.description
        for response in method.responses
        if response.is_success and response.description
    ]
    if return_descriptions and not paginated:
        paragraphs.append(
            "Returns:\n" + "\n".join(f"    {description}" for description in return_descriptions)
        )
    raises = [
        f"    {response.exception}: {response.description or 'documented without words'}"
        f" ({response.status})"
        for response in method.responses
        if response.exception is not None
    ]
    if raises:
        paragraphs.append("Raises:\n" + "\n".join(raises))
    if operation.scopes:
        paragraphs.append(f"Scopes: any one of {', '.join(operation.scopes)}.")
    if method.retry_statuses:
        retry_phrase = (
            "is tried again"
            if method.idempotent
            else "is tried again only with RetryPolicy(retry_non_idempotent=True)"
        )
        paragraphs.append(f"After {', '.join(method.retry_statuses)} the call {retry_phrase}.")
    if method.sources:
        paragraphs.append("\n".join(f"Source: {source}" for source in method.sources))
    return paragraphs
