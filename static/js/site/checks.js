// Questions inside a lesson: what htmx swaps in comes to life, and the focus goes to what changed.

import { enhanceDials } from "./dial.js";
import { enhanceOrders } from "./order.js";

/** @param {ParentNode} root */
function enhance(root) {
  enhanceOrders(root);
  enhanceDials(root);
}

for (const check of document.querySelectorAll(".check")) enhance(check);

document.addEventListener("htmx:after:swap", () => {
  for (const check of document.querySelectorAll(".check")) {
    if (check.querySelector("[data-order]:not([data-ready]), [data-dial]:not([data-ready])")) enhance(check);
  }
});

/** The check in which something was pressed; after the swap its heading, or what is wrong, has the focus. */
let pressed = "";
document.addEventListener("htmx:before:request", (event) => {
  pressed = /** @type {HTMLElement} */ (event.target).closest(".check")?.id ?? "";
});
document.addEventListener("htmx:after:swap", () => {
  const check = document.getElementById(pressed);
  const focus = check?.querySelector("[role=alert], [data-verdict], h2");
  if (!(focus instanceof HTMLElement)) return;
  focus.tabIndex = -1;
  focus.focus({ preventScroll: true });
  focus.scrollIntoView({ block: "nearest" });
});
