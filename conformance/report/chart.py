"""Pictures of numbers, drawn by pygal as plain SVG: no script, no style of its own (the page's
style sheet colours the classes), the same bytes each time.
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

# pygal leaves an import hook of a protocol that Python no longer has, for names of its own that
# nobody here uses.
sys.meta_path[:] = [
    finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)
]

SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)
STYLE = Style(
    label_font_size=13, major_label_font_size=13, legend_font_size=13, font_family="sans-serif"
)
CLASSES = {"2": "2xx", "3": "3xx", "4": "4xx", "5": "5xx", "0": "no answer"}


def _options(**more: Json) -> Mapping[str, Json]:
    plain = {
        "js": (),
        "css": (),
        "no_prefix": True,
        "disable_xml_declaration": True,
        "pretty_print": False,
        "show_legend": False,
        "margin": 4,
    }
    return {
        **plain,
        "style": STYLE,
        "width": 520,
        "height": 220,
        "spacing": 8,
        "truncate_label": 40,
        **more,
    }


def requests(traffic: Sequence[Json]) -> Markup:
    """Return a bar for each operation, its requests by class of status."""
    chart = pygal.HorizontalStackedBar(**_options(height=70 + 34 * len(traffic)))
    flows = list(reversed(traffic))
    chart.x_labels = [flow["operation"] for flow in flows]
    for first, name in CLASSES.items():
        chart.add(
            name,
            [
                sum(count for status, count in flow["statuses"].items() if status[0] == first)
                for flow in flows
            ],
        )
    return _drawn(
        chart,
        "Requests by operation and class of status",
        ["ok", "moved", "client", "server", "none"],
    )


def latency(traffic: Sequence[Json]) -> Markup:
    """Return the distribution of latency over all operations: answers by milliseconds, each bar a
    third of a power of ten.
    """
    found: Counter[float] = Counter()
    for flow in traffic:
        for bound, count in flow["histogram"]:
            found[_third(bound)] += count
    bounds = [bound for bound in THIRDS if min(found, default=1) <= bound <= max(found, default=1)]
    chart = pygal.Bar(**_options(x_title="milliseconds, up to"))
    chart.x_labels = [f"{bound:g}" for bound in bounds]
    chart.add("answers", [found[bound] for bound in bounds])
    return _drawn(chart, "Answers by latency in milliseconds", ["time"])


THIRDS: list[float] = [factor * 10.0**power for power in range(-1, 5) for factor in (1, 2, 5)]


def _third(bound: float) -> float:
    return next((third for third in THIRDS if bound <= third * 1.0001), THIRDS[-1])


VERDICTS = ("verified", "violated", "undecided", "unobservable")


def trend(runs: Sequence[tuple[str, Mapping[str, int]]], shown: Sequence[str] = VERDICTS) -> Markup:
    """Return the claims by verdict over runs, the oldest first, each with its label; `shown`
    chooses the verdicts.
    """
    chart = pygal.StackedBar(
        **_options(
            height=240, x_label_rotation=25 if len(runs) > 3 else 0, range=(0, _top(runs, shown))
        )
    )
    chart.x_labels = [label for label, _ in runs]
    for verdict in shown:
        chart.add(verdict, [counts.get(verdict, 0) for _, counts in runs])
    return _drawn(chart, "Claims by verdict over the runs: " + ", ".join(shown), shown)


def _top(runs: Sequence[tuple[str, Mapping[str, int]]], shown: Sequence[str]) -> int:
    return max([4, *(sum(counts.get(verdict, 0) for verdict in shown) for _, counts in runs)])


def _drawn(chart: pygal.graph.graph.Graph, label: str, series: Sequence[str]) -> Markup:
    root = ElementTree.fromstring(chart.render(is_unicode=True))
    for child in [one for one in root if one.tag in (f"{{{SVG}}}defs", f"{{{SVG}}}title")]:
        root.remove(child)
    for parent in list(root.iter()):
        for child in [
            one
            for one in parent
            if one.tag
            in (f"{{{SVG}}}desc", f"{{{SVG}}}title", f"{{{SVG}}}script", f"{{{SVG}}}style")
        ]:
            parent.remove(child)
        for attribute in (
            ("style", "id", "rx", "ry") if parent.tag != f"{{{SVG}}}rect" else ("style", "id")
        ):
            parent.attrib.pop(attribute, None)
        match = re.search(r"\bserie-(\d+)\b", parent.get("class", ""))
        if match and int(match[1]) < len(series):
            parent.set("class", f"{parent.get('class')} is-{series[int(match[1])]}")
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("class", "chart")
    return Markup(ElementTree.tostring(root, "unicode"))
