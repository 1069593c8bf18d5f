// The studio's source: line numbers beside it, those with a problem marked, and a jump to the line.

const source = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("source"));
const gutter = document.querySelector(".gutter");
const jumps = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-line]"));
const bad = new Set([...jumps].map((jump) => Number(jump.dataset.line)));

/** Prints one number for each line; the field grows with its lines so that both scroll together. */
function number() {
  if (!source || !gutter) return;
  const lines = source.value.split("\n").length;
  gutter.replaceChildren(
    ...Array.from({ length: lines }, (_, index) => {
      const line = document.createElement("span");
      line.textContent = String(index + 1);
      line.classList.toggle("bad", bad.has(index + 1));
      return line;
    }),
  );
  source.rows = lines;
}

/** Selects one line, counted from 1, and brings it into view.
 * @param {number} line */
function jump(line) {
  if (!source) return;
  const lines = source.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, text) => length + text.length + 1, 0);
  source.focus({ preventScroll: true });
  source.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  gutter?.children[line - 1]?.scrollIntoView({ block: "center" });
}

number();
source?.addEventListener("input", number);
for (const link of jumps) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    jump(Number(link.dataset.line));
  });
}
if (bad.size) jump(Math.min(...bad));
