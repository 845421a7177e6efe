"""Pages: templates, style and script shared by the report of a run and by the documentation."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.report.highlight import Segment
from conformance.report.text import format_count, sanitize_text, to_single_line

HERE = Path(__file__).parent


def create_template_environment(*folders: Path) -> Environment:
    """Return the templates of these folders, and of this one: values are escaped always, and
    nothing undefined passes.
    """
    created = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, HERE)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    created.filters.update(
        visible=make_visible, line=to_single_line, number=format_count, marked=render_highlights
    )
    return created


def make_visible(text: object, max_length: int = 4000) -> str:
    """Return text of a server's or a contract's with what would be obeyed shown as escapes, cut to
    `most` characters.
    """
    sanitized = sanitize_text(str(text)[:max_length], "\n\t")
    return sanitized if len(str(text)) <= max_length else sanitized + "…"


def render_highlights(segments: Iterable[Segment]) -> Markup:
    """Return segments of text as HTML, the marked ones in <mark>."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(text) if highlighted else Markup("{}").format(text)
        for text, highlighted in segments
    )


def read_asset(name: str, folder: Path = HERE) -> Markup:
    """Return a style sheet or script of ours, as it stands in the page."""
    return Markup((folder / name).read_text("utf-8"))


def build_content_security_policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Return a Content-Security-Policy under which only these inline styles and scripts have an
    effect, and nothing is loaded.
    """
    return (
        f"default-src 'none'; img-src data:; style-src {_hash_sources(styles)}; script-src"
        f" {_hash_sources(scripts)}; base-uri 'none'; form-action 'none'; frame-src 'none';"
        " object-src"
        " 'none'"
    )


def _hash_sources(texts: Iterable[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
