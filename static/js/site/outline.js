// The course outline: a column on wide screens, kept open or closed; a drawer under 1100 px.

const root = document.documentElement;
const outline = document.getElementById("outline");
const toggle = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-outline-toggle]"));
const main = document.getElementById("main");
const wide = matchMedia("(min-width: 1100px)");

const isOpen = () => (wide.matches ? root.dataset.outline !== "closed" : root.dataset.drawer === "open");

/** Shows or hides the outline. The column's state is kept for the next page, the drawer's is not.
 * @param {boolean} open */
function show(open) {
  if (wide.matches) {
    root.dataset.outline = open ? "open" : "closed";
    try {
      localStorage.setItem("outline", root.dataset.outline);
    } catch {
      // Storage is switched off: the choice holds for this page.
    }
  } else {
    root.dataset.drawer = open ? "open" : "closed";
  }
  settle();
}

/** Brings the button's state, and what the keyboard may reach, in line with what is shown. */
function settle() {
  if (wide.matches) root.dataset.drawer = "closed";
  toggle?.setAttribute("aria-expanded", String(isOpen()));
  if (main) main.inert = !wide.matches && isOpen();
}

function close() {
  if (wide.matches || !isOpen()) return;
  show(false);
  toggle?.focus();
}

if (outline && toggle) {
  settle();
  wide.addEventListener("change", settle);
  toggle.addEventListener("click", () => {
    show(!isOpen());
    if (!wide.matches && isOpen()) {
      const button = /** @type {HTMLElement | null} */ (outline.querySelector("[data-outline-close]"));
      button?.focus();
    }
  });
  outline.querySelector("[data-outline-close]")?.addEventListener("click", close);
  document.querySelector(".scrim")?.addEventListener("click", close);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  if (wide.matches) outline.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}
