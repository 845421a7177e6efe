"""Markdown for the summary of a job, and annotations."""

from __future__ import annotations

from pathlib import Path

import markdown_it
import pytest

from conformance.report import markdown
from tests.report.sample import HOSTILE, claim, hostile, result, small

COMMONMARK_PARSER = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")


def test_a_finding_shows_promise_source_and_curl_command() -> None:
    """A finding shows what was promised, its source, what happened instead, and the curl command to
    reproduce it.
    """
    text = markdown.render_markdown_summary(small())
    expected_texts = (
        "1 broken promise",
        "order=name lists the items by name.",
        "T1 · The page · Listing · specs/things/openapi.yaml:12",
        "comes before 'a'",
        "curl -sS",
    )
    assert [expected for expected in expected_texts if expected not in text.replace("\\", "")] == []


def test_hostile_values_render_inert() -> None:
    """A CommonMark parser finds no element in the page except those of the template, and no
    link.
    """
    html = COMMONMARK_PARSER.render(markdown.render_markdown_summary(hostile()))
    assert [payload for payload in ("<script", "<img", "\x1b", "\u202e") if payload in html] == []


def test_a_huge_result_fits_into_a_summary() -> None:
    """GitHub accepts 1 MiB for a step. The summary of six findings with bodies of 2 MB, or of a
    thousand findings, is smaller.
    """
    large_result = result(
        *(claim(f"listThings/{number}", "violated", "x" * 5000) for number in range(1000))
    )
    assert (
        max(
            len(markdown.render_markdown_summary(run_result).encode("utf-8", "replace"))
            for run_result in (hostile(), large_result)
        )
        < 1_000_000
    )


def test_annotations_point_at_the_line_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each violated promise is one workflow command with file and line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs/things").mkdir(parents=True)
    (tmp_path / "specs/things/openapi.yaml").write_text("openapi: 3.1.0\n")
    assert markdown.build_github_annotations(small()) == [
        "::error"
        " file=specs/things/openapi.yaml,line=12,title=listThings/order/orders-by/name::promised:"
        " order=name lists the items by name.%0Awritten: T1 · The page · Listing ·"
        " specs/things/openapi.yaml:12%0Ainstead: the list is not in ascending order of name: 'b'"
        " comes before 'a'"
    ]


def test_server_text_cannot_inject_runner_commands() -> None:
    """No text from a server begins a line of the annotations."""
    commands = markdown.build_github_annotations(hostile())
    assert HOSTILE.endswith("::error::injected")
    assert all(
        command.startswith("::error ") and "\n" not in command and "\r" not in command
        for command in commands
    )


def test_annotations_are_limited_to_what_github_shows() -> None:
    """If many promises are violated, nine are annotated, and the tenth annotation gives the number
    of the others.
    """
    commands = markdown.build_github_annotations(
        result(*(claim(f"listThings/{number}", "violated", "no") for number in range(30)))
    )
    assert (len(commands), commands[-1]) == (
        10,
        "::error title=21 more broken promises::see the summary of the job",
    )
