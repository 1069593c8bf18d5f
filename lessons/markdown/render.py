"""CommonMark with tables, footnotes, definition lists and maths, to HTML that cannot run script.

Three layers, each of which would do alone: raw HTML is off in the parser, nh3 keeps a list of elements,
and the site's content security policy refuses inline script.
"""

import re
from functools import cache
from typing import Any

import math_core
import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from lessons.markdown.errors import fail

MATHML = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup",
    "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle", "menclose",
    "semantics",
}  # fmt: skip
MATH_ATTRIBUTES = {
    "display", "mathvariant", "stretchy", "fence", "form", "lspace", "rspace", "accent", "linethickness", "columnalign",
    "separator", "movablelimits", "minsize", "maxsize", "symmetric", "largeop", "displaystyle", "scriptlevel", "width",
    "height", "depth", "voffset",
}  # fmt: skip
ELEMENTS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "em",
    "strong", "s", "sup", "sub", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "div", "span", "section",
    "aside", "figure", "figcaption", "dfn",
} | MATHML  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "id"},
    "a": {"href", "title", "aria-label"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "th": {"scope"},
    "div": {"tabindex", "role", "aria-label"},
    **{name: MATH_ATTRIBUTES | {"class"} for name in MATHML},
}


def clean(html: str) -> str:
    """HTML with only the elements, attributes and addresses that a lesson may hold."""
    return nh3.clean(
        html,
        tags=ELEMENTS,
        attributes=ATTRIBUTES,
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer",
    )


def _highlight(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    inner = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="code" tabindex="0"><code>{inner}</code></pre>'


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight, "typographer": False})
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin)
    parser.use(dollarmath_plugin, allow_space=False, double_inline=True, renderer=_math)
    parser.use(anchors_plugin, min_level=2, max_level=3)
    return parser


def _math(text: str, options: dict[str, Any]) -> str:
    converter = math_core.LatexToMathML()
    return str(converter.convert_with_local_state(text, displaystyle=bool(options.get("display_mode"))))


def _plain(error: Exception) -> str:
    """A math error's sentence without the coloured picture of where it is."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()
    return lines[0].removeprefix("Error:").strip() if lines else "unknown"


def render(text: str, *, file: str = "text", line: int = 1) -> str:
    """Markdown (without directives) as clean HTML; ContentErrors for maths that does not read."""
    try:
        html = _parser().render(text)
    except Exception as error:
        if type(error).__module__.startswith("math_core") or isinstance(error, math_core.LatexError):
            raise fail(file, line, f"this maths does not read: {_plain(error)}") from error
        raise
    html = re.sub(r' style="text-align:(left|right|center)"', r' class="\1"', html)  # the policy refuses styles
    html = html.replace("<table>", '<div class="table" tabindex="0" role="group" aria-label="Table"><table>')
    return clean(html.replace("</table>", "</table></div>"))


def render_inline(text: str) -> str:
    """One line of Markdown as clean HTML without a paragraph around it."""
    return clean(_parser().renderInline(text))
