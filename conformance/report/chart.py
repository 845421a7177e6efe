"""Charts as plain SVG, drawn by pygal.

The SVG holds no script and no style; the page's style sheet colors the classes. The output is the
same bytes for the same input.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import pygal
from markupsafe import Markup
from pygal.style import Style

from conformance.contract.json import Json
from conformance.report.result import OperationTraffic

# pygal installs an import hook of a protocol that Python no longer has. It only serves pygal's own
# plugin names, which are not used here.
sys.meta_path[:] = [
    finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)
]

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG_NAMESPACE)
CHART_STYLE = Style(
    label_font_size=13, major_label_font_size=13, legend_font_size=13, font_family="sans-serif"
)
STATUS_CLASSES = {"2": "2xx", "3": "3xx", "4": "4xx", "5": "5xx", "0": "no answer"}


def _build_chart_options(**overrides: Json) -> Mapping[str, Json]:
    defaults = {
        "js": (),
        "css": (),
        "no_prefix": True,
        "disable_xml_declaration": True,
        "pretty_print": False,
        "show_legend": False,
        "margin": 4,
    }
    return {
        **defaults,
        "style": CHART_STYLE,
        "width": 520,
        "height": 220,
        "spacing": 8,
        "truncate_label": 40,
        **overrides,
    }


def draw_requests_chart(traffic: Sequence[OperationTraffic]) -> Markup:
    """Return a bar chart of the requests of each operation by status class."""
    chart = pygal.HorizontalStackedBar(**_build_chart_options(height=70 + 34 * len(traffic)))
    entries = list(reversed(traffic))
    chart.x_labels = [entry.operation for entry in entries]
    for digit, name in STATUS_CLASSES.items():
        chart.add(
            name,
            [
                sum(count for status, count in entry.statuses.items() if status[0] == digit)
                for entry in entries
            ],
        )
    return _render_chart_as_svg(
        chart,
        "Requests by operation and class of status",
        ["ok", "moved", "client", "server", "none"],
    )


def draw_latency_histogram(traffic: Sequence[OperationTraffic]) -> Markup:
    """Return a histogram of the latency over all operations.

    The x axis shows milliseconds, in three buckets (1, 2 and 5) for each power of ten.
    """
    histogram: Counter[float] = Counter()
    for entry in traffic:
        for bound, count in entry.histogram:
            histogram[_round_up_to_bucket(bound)] += count
    bounds = [
        bound
        for bound in BUCKETS
        if min(histogram, default=1) <= bound <= max(histogram, default=1)
    ]
    chart = pygal.Bar(**_build_chart_options(x_title="milliseconds, up to"))
    chart.x_labels = [f"{bound:g}" for bound in bounds]
    chart.add("answers", [histogram[bound] for bound in bounds])
    return _render_chart_as_svg(chart, "Answers by latency in milliseconds", ["time"])


BUCKETS: list[float] = [factor * 10.0**power for power in range(-1, 5) for factor in (1, 2, 5)]


def _round_up_to_bucket(bound: float) -> float:
    return next((bucket for bucket in BUCKETS if bound <= bucket * 1.0001), BUCKETS[-1])


VERDICTS = ("verified", "violated", "undecided", "unobservable")


def draw_verdict_trend(
    runs: Sequence[tuple[str, Mapping[str, int]]], verdicts: Sequence[str] = VERDICTS
) -> Markup:
    """Return a chart of the claims by verdict over several runs.

    `runs` holds the label and the counts of each run, oldest first. `verdicts` selects the verdicts
    to draw.
    """
    chart = pygal.StackedBar(
        **_build_chart_options(
            height=240,
            x_label_rotation=25 if len(runs) > 3 else 0,
            range=(0, _max_claim_count(runs, verdicts)),
        )
    )
    chart.x_labels = [label for label, _ in runs]
    for verdict in verdicts:
        chart.add(verdict, [counts.get(verdict, 0) for _, counts in runs])
    return _render_chart_as_svg(
        chart, "Claims by verdict over the runs: " + ", ".join(verdicts), verdicts
    )


def _max_claim_count(runs: Sequence[tuple[str, Mapping[str, int]]], verdicts: Sequence[str]) -> int:
    return max([4, *(sum(counts.get(verdict, 0) for verdict in verdicts) for _, counts in runs)])


def _render_chart_as_svg(
    chart: pygal.graph.graph.Graph, label: str, series: Sequence[str]
) -> Markup:
    root = ElementTree.fromstring(chart.render(is_unicode=True))
    for child in [
        element
        for element in root
        if element.tag in (f"{{{SVG_NAMESPACE}}}defs", f"{{{SVG_NAMESPACE}}}title")
    ]:
        root.remove(child)
    for parent in list(root.iter()):
        for child in [
            element
            for element in parent
            if element.tag
            in (
                f"{{{SVG_NAMESPACE}}}desc",
                f"{{{SVG_NAMESPACE}}}title",
                f"{{{SVG_NAMESPACE}}}script",
                f"{{{SVG_NAMESPACE}}}style",
            )
        ]:
            parent.remove(child)
        for attribute in (
            ("style", "id", "rx", "ry")
            if parent.tag != f"{{{SVG_NAMESPACE}}}rect"
            else ("style", "id")
        ):
            parent.attrib.pop(attribute, None)
        match = re.search(r"\bserie-(\d+)\b", parent.get("class", ""))
        if match and int(match[1]) < len(series):
            parent.set("class", f"{parent.get('class')} is-{series[int(match[1])]}")
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("class", "chart")
    return Markup(ElementTree.tostring(root, "unicode"))
