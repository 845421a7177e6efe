"""What a method's docstring says."""

from __future__ import annotations

from conformance.codegen.plan import Method


def method_text(method: Method, walk: bool = False) -> list[str]:
    """Return the paragraphs: what it does, arguments, what it returns and raises, scopes that
    suffice, and where the vendor says so.
    """
    operation = method.operation
    summary = " ".join(operation.summary.split()) or f"{operation.method} {operation.path}"
    first = summary if summary[-1:] in ".!?" else f"{summary}."
    found = [first]
    if walk:
        found.append(
            "Yield every item of every page, each once. Pages are fetched when they are needed."
        )
    if method.text and method.text != summary:
        found.append(method.text)
    shown = [
        one
        for one in method.arguments
        if not (walk and method.walk and one.name == method.walk.page.name)
    ]
    if shown:
        found.append(
            "Args:\n"
            + "\n".join(f"    {one.name}: {one.text or one.wire or 'The body.'}" for one in shown)
        )
    told = [one.text for one in method.outcomes if one.success and one.text]
    if told and not walk:
        found.append("Returns:\n" + "\n".join(f"    {text}" for text in told))
    raised = [
        f"    {one.error}: {one.text or 'documented without words'} ({one.status})"
        for one in method.outcomes
        if one.error is not None
    ]
    if raised:
        found.append("Raises:\n" + "\n".join(raised))
    if operation.scopes:
        found.append(f"Scopes: any one of {', '.join(operation.scopes)}.")
    if method.retries:
        once = (
            "is tried again"
            if method.repeatable
            else "is tried again only with Retries(creations=True)"
        )
        found.append(f"After {', '.join(method.retries)} the call {once}.")
    if method.sources:
        found.append("\n".join(f"Source: {source}" for source in method.sources))
    return found
