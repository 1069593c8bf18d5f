"""Markdown to clean HTML: CommonMark with tables, notes, definitions, maths as MathML and coloured code."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import math_core
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from lessons.markdown.claims import HREF, Link
from lessons.markdown.errors import Problems
from lessons.markdown.sanitise import clean

_maths = math_core.LatexToMathML()


def maths(source: str, block: bool) -> str:
    """LaTeX as MathML; ValueError with the place and the reason when it is wrong."""
    try:
        return str(_maths.convert_with_local_state(source.strip(), displaystyle=block))
    except math_core.LatexError as error:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
        reason = next((line.split("Error:", 1)[1].strip() for line in plain.splitlines() if "Error:" in line), "not LaTeX")
        at = re.search(r"input:1:(\d+)", plain)
        raise ValueError(f"{reason}{f' (character {at[1]})' if at else ''}") from error


def _shown_maths(source: str, config: dict[str, Any]) -> str:
    try:
        return maths(source, bool(config.get("display_mode")))
    except ValueError:  # noted by `check`; the page is not published
        return f"<code>{escape(source)}</code>"


def _code(source: str, language: str, attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text")
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    inner = highlight(source, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="code"><code>{inner}</code></pre>'


def heading_id(title: str) -> str:
    """What a heading is called in an address."""
    return "about-" + (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "this")


def parser(*, html: bool = False) -> MarkdownIt:
    """The one configuration. `html` is for the test that the later layers hold without this one."""
    md = MarkdownIt("commonmark", {"html": html, "highlight": _code, "typographer": False}).enable("table")
    md.use(colon_fence_plugin).use(footnote_plugin).use(deflist_plugin)
    md.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, renderer=_shown_maths)
    md.use(anchors_plugin, min_level=2, max_level=4, slug_func=heading_id)
    md.renderer.rules["table_open"] = lambda *_: '<div class="table"><table>\n'  # type: ignore[attr-defined]
    md.renderer.rules["table_close"] = lambda *_: "</table></div>\n"  # type: ignore[attr-defined]
    return md


MD = parser()


def tokens_of(text: str, problems: Problems, line: int, env: dict[str, Any]) -> list[Token]:
    """The tokens of `text`, whose first line is `line` of the file; what can be wrong in plain Markdown is noted."""
    tokens = MD.parse(text, env)
    lines = text.split("\n")
    for number, token in enumerate(tokens):
        at = line + (token.map[0] if token.map else 0)
        if token.type in ("fence", "colon_fence"):
            _check_closed(token, lines, problems, line)
        if token.type == "heading_open" and token.tag == "h1":
            problems.add(at, "expected headings from ## on: the title stands in the front matter")
        if token.type == "math_block":
            _check_maths(token, problems, at, True)
        children = token.children or []
        for place, child in enumerate(children):
            if child.type == "image":
                problems.add(at, "expected :::{figure} file.svg instead of an image")
            elif child.type in ("math_inline", "math_inline_double"):
                _check_maths(child, problems, at, child.type == "math_inline_double")
            elif child.type == "link_open" and (claim := HREF.fullmatch(str(child.attrGet("href") or ""))):
                end = next(i for i, each in enumerate(children[place:], place) if each.type == "link_close")
                text = "".join(each.content for each in children[place:end])
                problems.links.append(Link(at, claim[1], claim[2], text))
                child.attrSet("href", f"#claim-{claim[1]}")
            elif child.type == "link_open" and not _allowed(str(child.attrGet("href") or "")):
                problems.add(at, f"expected a link to https://…, /… or #…, not {child.attrGet('href')!r}")
        if token.type == "th_open" and not tokens[number + 1].content:  # the corner above a column of names heads nothing
            token.tag = tokens[number + 2].tag = "td"
        if token.type == "td_open" or token.type == "th_open":
            style = str(token.attrs.pop("style", ""))
            if "right" in style or "center" in style:
                token.attrSet("class", "right" if "right" in style else "center")
    return tokens


def html_of(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    """The tokens as clean HTML."""
    return clean(MD.renderer.render(tokens, MD.options, env))


def rich(text: str, problems: Problems, line: int) -> str:
    """A piece of Markdown on its own (a choice, an explanation) as clean HTML; directives are not for here."""
    env: dict[str, Any] = {}
    tokens = tokens_of(text, problems, line, env)
    for token in tokens:
        if token.type == "colon_fence":
            problems.add(line + (token.map[0] if token.map else 0), "expected no directive here")
    return html_of(tokens, env).strip()


def inline(text: str, problems: Problems, line: int) -> str:
    """One line of Markdown as inline HTML."""
    html = rich(text, problems, line)
    one = re.fullmatch(r"<p>(.*)</p>", html, re.DOTALL)
    if not one or "<p>" in one[1]:
        problems.add(line, "expected one paragraph of text")
        return html
    return one[1]


def _allowed(href: str) -> bool:
    return bool(re.match(r"(https?://|mailto:|/(?!/)|#)", href, re.IGNORECASE))


def _check_maths(token: Token, problems: Problems, line: int, block: bool) -> None:
    try:
        maths(token.content, block)
    except ValueError as error:
        problems.add(line, f"expected LaTeX that can be read: {error}")


def _check_closed(token: Token, lines: list[str], problems: Problems, line: int) -> None:
    """A fence that is not closed swallows the rest of the text without a word."""
    assert token.map is not None
    begin, end = token.map
    last = lines[end - 1].strip(" >\t") if 0 < end <= len(lines) else ""
    mark = token.markup
    closed = end - 1 > begin and len(last) >= len(mark) and set(last) == {mark[0]}
    if not closed:
        problems.add(line + begin, f"expected a closing line {mark} for the block that begins here")
