"""Everything that is run on this project: `nox -l` lists it."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True


def install(session: nox.Session, *what: str) -> None:
    """Install at the pinned versions."""
    session.install("-q", "-c", "constraints.txt", *what)


@nox.session
def lint(session: nox.Session) -> None:
    """Look for mistakes and style."""
    install(session, "ruff")
    session.run("ruff", "check", "conformance", "tests", "noxfile.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, strictly."""
    install(session, "-e", ".[dev]")
    session.run("mypy")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Run the tests."""
    install(session, "-e", ".[test]")
    session.run("pytest", "-q", "-n", "2", *session.posargs)
