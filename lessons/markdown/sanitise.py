"""The last gate of author-written HTML: nh3 with a closed list of elements and attributes."""

import nh3

TEXT = {
    "a", "abbr", "aside", "b", "blockquote", "br", "code", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "section", "span", "strong", "sub", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
MATHS = {
    "math", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "ms", "mspace", "msqrt",
    "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "mmultiscripts",
    "mprescripts", "none",
}  # fmt: skip
DRAWING = {
    "circle", "clipPath", "defs", "desc", "ellipse", "g", "line", "linearGradient", "marker", "path", "pattern",
    "polygon", "polyline", "rect", "stop", "svg", "text", "title", "tspan",
}  # fmt: skip
PAINT = {
    "class", "clip-path", "dominant-baseline", "dx", "dy", "fill", "fill-opacity", "fill-rule", "font-size",
    "font-style", "font-weight", "id", "letter-spacing", "marker-end", "marker-mid", "marker-start", "opacity",
    "stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-opacity",
    "stroke-width", "text-anchor", "transform", "vector-effect", "x", "y",
}  # fmt: skip
SHAPE = {
    "cx", "cy", "d", "gradientTransform", "gradientUnits", "height", "markerHeight", "markerUnits", "markerWidth",
    "offset", "orient", "patternTransform", "patternUnits", "points", "preserveAspectRatio", "r", "refX", "refY",
    "rx", "ry", "stop-color", "stop-opacity", "textLength", "lengthAdjust", "viewBox", "width", "x1", "x2", "y1",
    "y2", "role", "aria-label", "aria-hidden", "aria-labelledby", "clipPathUnits",
}  # fmt: skip
LAYOUT = {
    "accent", "columnalign", "columnspacing", "columnlines", "display", "displaystyle", "fence", "form", "height",
    "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "rowspacing", "rspace",
    "scriptlevel", "separator", "stretchy", "symmetric", "width", "depth", "voffset", "class",
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    **{tag: {"id", "class"} for tag in TEXT},
    **dict.fromkeys(DRAWING, PAINT | SHAPE),
    **dict.fromkeys(MATHS, LAYOUT),
}
ATTRIBUTES["a"] |= {"href", "title", "aria-label"}
ATTRIBUTES["ol"] |= {"start"}
ATTRIBUTES["td"] |= {"class"}
ATTRIBUTES["th"] |= {"class", "scope"}

CLEANER = nh3.Cleaner(
    tags=TEXT | MATHS | DRAWING,
    clean_content_tags={"script", "style"},
    attributes=ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)


def clean(html: str) -> str:
    """`html` without anything that could run or fetch: no script, no style, no handler, no foreign reference."""
    return CLEANER.clean(html)
