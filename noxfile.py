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
    sources = ("conformance", "tests", "benchmarks", "noxfile.py")
    session.run("ruff", "check", *sources)
    session.run("ruff", "format", "--check", *sources, "examples")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the package, strictly."""
    install(session, "-e", ".[dev]")
    session.run("mypy")


@nox.session
def clients(session: nox.Session) -> None:
    """Check the emitted clients: up to date, and clean under mypy --strict, pyright and ruff;
    install one alone. pyright comes from npm.
    """
    install(session, "-e", ".[dev]")
    for name in ("losant", "push-express"):
        session.run("conformance", "generate", name, "--check")
        with session.chdir(f"generated/{name}"):
            session.run("mypy")
            session.run("ruff", "check", ".")
            session.run(
                "npx",
                "--yes",
                "pyright",
                "--pythonpath",
                f"{session.bin}/python",
                ".",
                external=True,
            )


@nox.session
def benchmark(session: nox.Session) -> None:
    """Time calls of the emitted client, and try the generator on real documents, beside other
    generators. Takes half an hour and needs npm.
    """
    install(session, "-e", ".[dev]")
    session.install("-q", "openapi-python-client", "datamodel-code-generator")
    session.run("python", "benchmarks/calls.py")
    session.run("python", "benchmarks/corpus.py", session.create_tmp(), "--peers")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Run the tests."""
    install(session, "-e", ".[test,browser]")
    session.run("pytest", "-q", "-n", "2", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Run the full counts: every fault, 50 seeds of the honest mock and of a noisy neighbor, 20 of
    every honest server, 200 killed runs, thirty real documents (needs npm). Takes two hours.
    """
    install(session, "-e", ".[test,browser,dask,deep]")
    for contract in (
        ["losant"],
        ["losant", "--revision", "2017"],
        ["push-express"],
        ["tests/toy"],
        ["tests/lists"],
    ):
        session.run("conformance", "prove", *contract, "--seeds", "50")
    session.run("pytest", "-q", "-n", "2", "tests/test_honest_servers.py", "--soak-seeds", "20")
    session.run(
        "pytest",
        "-q",
        "tests/suite/test_staging.py",
        "tests/security",
        "tests/suite/test_hostile.py",
        "tests/suite/test_quick.py",
        "--soak-seeds",
        "50",
    )
    session.run("pytest", "-q", "tests/docs/test_site_browser.py", "--soak-seeds", "2")
    session.run("pytest", "-q", "tests/any", env={"CONFORMANCE_EXAMPLES": "1000"})
    corpus = session.create_tmp()
    session.run("python", "benchmarks/document_commands.py", corpus)
    session.run(
        *("pytest", "-q", "tests/thirdparty/test_agreement.py"),
        *("--soak-seeds", "20", "--corpus", corpus),
    )


@nox.session
def table(session: nox.Session) -> None:
    """Print the table of docs/proof.md."""
    install(session, ".")
    target = session.create_tmp() + "/table.md"
    for contract in (
        ["losant"],
        ["losant", "--revision", "2017"],
        ["push-express"],
        ["tests/toy"],
        ["tests/lists"],
    ):
        session.run("conformance", "prove", *contract, "--markdown", target, silent=True)
    session.run("cat", target, external=True)


@nox.session
def npm(session: nox.Session) -> None:
    """Drive the mock through every method of the vendor's client for Node. Needs npm."""
    install(session, "-e", ".[test,browser]")
    folder = session.create_tmp()
    with session.chdir(folder):
        session.run("npm", "install", "--no-audit", "--no-fund", "losant-rest@2.8.1", external=True)
    session.run(
        "pytest", "-q", "tests/mock/test_browser.py", env={"CONFORMANCE_NODE_FOLDER": folder}
    )
