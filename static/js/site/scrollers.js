// Code, tables, formulas and figures that are wider than their column can be scrolled with the keyboard too.

const BOXES = ".prose :is(pre, .table, .math, figure)";

/** Makes what overflows focusable; what fits is no stop for the Tab key. */
function mark() {
  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(BOXES))) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

mark();
addEventListener("resize", mark);
document.fonts.ready.then(mark);
