"""Pages: templates, style and script shared by the report of a run and by the documentation."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.report.mark import Segment
from conformance.report.text import harmless, line, number

HERE = Path(__file__).parent


def environment(*folders: Path) -> Environment:
    """Return the templates of these folders, and of this one: values are escaped always, and
    nothing undefined passes.
    """
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, HERE)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(visible=visible, line=line, number=number, marked=marked)
    return made


def visible(text: object, most: int = 4000) -> str:
    """Return text of a server's or a contract's with what would be obeyed shown as escapes, cut to
    `most` characters.
    """
    shown = harmless(str(text)[:most], "\n\t")
    return shown if len(str(text)) <= most else shown + "…"


def marked(segments: Iterable[Segment]) -> Markup:
    """Return segments of text as HTML, the marked ones in <mark>."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(text) if hit else Markup("{}").format(text)
        for text, hit in segments
    )


def asset(name: str, folder: Path = HERE) -> Markup:
    """Return a style sheet or script of ours, as it stands in the page."""
    return Markup((folder / name).read_text("utf-8"))


def policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Return a Content-Security-Policy under which only these inline styles and scripts have an
    effect, and nothing is loaded.
    """
    return (
        f"default-src 'none'; img-src data:; style-src {_hashes(styles)}; script-src"
        f" {_hashes(scripts)}; base-uri 'none'; form-action 'none'; frame-src 'none'; object-src"
        " 'none'"
    )


def _hashes(texts: Iterable[str]) -> str:
    found = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{one}'" for one in found) or "'none'"
