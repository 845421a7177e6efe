"""Markdown for a job's summary, and annotations."""

from __future__ import annotations

from pathlib import Path

import markdown_it
import pytest

from conformance.report import markdown
from tests.report.sample import HOSTILE, claim, hostile, result, small

READER = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")


def test_a_reader_finds_promise_source_and_curl_line() -> None:
    """A finding tells what was promised, where it is written, what happened instead, and how to see
    it.
    """
    text = markdown.render_markdown_summary(small())
    wanted = (
        "1 broken promise",
        "order=name lists the items by name.",
        "T1 · The page · Listing · specs/things/openapi.yaml:12",
        "comes before 'a'",
        "curl -sS",
    )
    assert [part for part in wanted if part not in text.replace("\\", "")] == []


def test_hostile_values_render_inert() -> None:
    """A CommonMark reader finds no element in the page but ours, and no link."""
    html = READER.render(markdown.render_markdown_summary(hostile()))
    assert [bad for bad in ("<script", "<img", "\x1b", "\u202e") if bad in html] == []


def test_a_huge_result_fits_into_a_summary() -> None:
    """GitHub takes 1 MiB for a step; the summary of six findings with bodies of 2 MB, or of a
    thousand findings, is smaller.
    """
    many = result(*(claim(f"listThings/{n}", "violated", "x" * 5000) for n in range(1000)))
    assert (
        max(
            len(markdown.render_markdown_summary(one).encode("utf-8", "replace"))
            for one in (hostile(), many)
        )
        < 1_000_000
    )


def test_annotations_point_at_the_line_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each broken promise is one workflow command with file and line."""
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


def test_a_server_cannot_give_the_runner_commands() -> None:
    """No value of a server's begins a line of the annotations."""
    commands = markdown.build_github_annotations(hostile())
    assert HOSTILE.endswith("::error::injected")
    assert all(
        command.startswith("::error ") and "\n" not in command and "\r" not in command
        for command in commands
    )


def test_only_so_many_annotations_as_github_shows() -> None:
    """Of many broken promises nine are marked, and the tenth annotation counts the rest."""
    commands = markdown.build_github_annotations(
        result(*(claim(f"listThings/{n}", "violated", "no") for n in range(30)))
    )
    assert (len(commands), commands[-1]) == (
        10,
        "::error title=21 more broken promises::see the summary of the job",
    )
