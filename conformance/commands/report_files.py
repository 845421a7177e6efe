"""Options and files of reports, and what a CI job shows of a result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from conformance.checks.exchange import Exchange
from conformance.errors import Problem, UsageError
from conformance.options import combine_decorators
from conformance.report import badge, code_quality, har, junit, markdown, sarif
from conformance.report.result import Result
from conformance.suite.target import Target

FILE_PATH = click.Path(dir_okay=False)

report_options = combine_decorators(
    click.option(
        "--junit",
        type=FILE_PATH,
        metavar="FILE",
        help="Write JUnit XML: one case for each claim; - for standard output.",
    ),
    click.option(
        "--markdown", type=FILE_PATH, metavar="FILE", help="Write a Markdown summary, for CI jobs."
    ),
    click.option(
        "--sarif", type=FILE_PATH, metavar="FILE", help="Write SARIF 2.1.0, for code scanning."
    ),
    click.option(
        "--code-quality",
        type=FILE_PATH,
        metavar="FILE",
        help="Write a Code Quality report, for GitLab merge requests.",
    ),
    click.option(
        "--badge",
        type=FILE_PATH,
        metavar="FILE",
        help="Write a badge (SVG) with the number of verified or violated claims.",
    ),
    click.option(
        "--html",
        type=click.Path(),
        metavar="DIR|FILE",
        help="Write the report as one HTML page: FILE.html, or DIR/index.html.",
    ),
    click.option(
        "--har", type=FILE_PATH, metavar="FILE", help="Write the exchanges as an HTTP Archive."
    ),
)


def write_file_or_stdout(file: str, text: str, flag: str) -> None:
    """Write text to the file of a flag, - being standard output; raises UsageError when it cannot
    be written.
    """
    if file == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, "utf-8", errors="backslashreplace")
    except OSError as error:
        raise _create_write_error(flag, file, error) from error


def writes_to_stdout(settings: Mapping[str, Any]) -> bool:
    """Tell whether a report takes standard output, so that everything else goes to stderr."""
    files = ("json_file", "junit", "markdown", "html", "har", "sarif", "code_quality", "badge")
    return any(settings.get(name) == "-" for name in files)


def resolve_html_file(path: str) -> str:
    """Return the file that --html names: itself, or index.html in a folder."""
    return (
        path if path.endswith((".html", ".htm")) or path == "-" else str(Path(path) / "index.html")
    )


def write_report_files(result: Result, settings: Mapping[str, Any]) -> None:
    """Write the reports that `report_options` ask for, but the archive, of which a run writes its
    own.
    """
    if settings["junit"]:
        write_file_or_stdout(settings["junit"], junit.render_junit_xml(result), "--junit")
    if settings["markdown"]:
        write_file_or_stdout(
            settings["markdown"], markdown.render_markdown_summary(result), "--markdown"
        )
    if settings["sarif"]:
        write_file_or_stdout(settings["sarif"], sarif.render_sarif(result), "--sarif")
    if settings["code_quality"]:
        write_file_or_stdout(
            settings["code_quality"], code_quality.render_code_quality(result), "--code-quality"
        )
    if settings["badge"]:
        write_file_or_stdout(settings["badge"], badge.render_badge(result), "--badge")
    if settings["html"]:
        from conformance.report import html  # templates and charts, which only this report needs

        write_file_or_stdout(
            resolve_html_file(settings["html"]), html.render_result_page(result), "--html"
        )


def write_har(result: Result, file: str | None) -> None:
    """Write the exchanges that a result holds as an archive."""
    if file:
        write_file_or_stdout(
            file,
            json.dumps(har.build_har_archive(result), ensure_ascii=True, indent=1) + "\n",
            "--har",
        )


@contextmanager
def open_har_recorder(file: str | None, target: Target) -> Iterator[Callable[[Exchange], None]]:
    """Yield what hears every exchange of a run and writes it to the file of --har as it comes;
    without a file, one that does nothing.
    """
    if not file:
        yield lambda exchange: None
        return
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        stream = Path(file).open("w", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise _create_write_error("--har", file, error) from error
    try:
        with stream, har.HarRecorder(stream, target) as har_recorder:

            def record(exchange: Exchange) -> None:
                try:
                    har_recorder.record_exchange(exchange)
                except OSError as error:
                    raise _create_write_error("--har", file, error) from error

            yield record
    except OSError as error:  # the end of the file could not be written
        raise _create_write_error("--har", file, error) from error


def report_to_github(
    result: Result, environment: Mapping[str, str] = os.environ, to_stderr: bool = False
) -> None:
    """Tell a GitHub job, where there is one: its summary (GITHUB_STEP_SUMMARY), and an annotation
    for each broken promise (GITHUB_ACTIONS).
    """
    append_github_job_summary(markdown.render_markdown_summary(result), environment)
    if environment.get("GITHUB_ACTIONS") == "true":
        for command in markdown.build_github_annotations(result):
            click.echo(command, err=to_stderr)


def append_github_job_summary(text: str, environment: Mapping[str, str] = os.environ) -> None:
    """Append Markdown to the summary of a GitHub job, where there is one."""
    file = environment.get("GITHUB_STEP_SUMMARY")
    if file:
        try:
            with Path(file).open("a", encoding="utf-8", errors="backslashreplace") as summary:
                summary.write(text + "\n")
        except OSError as error:
            raise _create_write_error("GITHUB_STEP_SUMMARY", file, error) from error


def _create_write_error(flag: str, file: str, error: OSError) -> UsageError:
    return UsageError(Problem(message=f"{flag} {file} cannot be written: {error.strerror}"))
