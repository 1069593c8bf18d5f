// Questions inside a lesson: what htmx swaps in comes to life, and the focus goes to what changed.

import "./grading.js";
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

/** The check in which something was pressed; after the swap what is wrong has the focus, or the verdict, or the heading. */
let pressed = "";
document.addEventListener("htmx:before:request", (event) => {
  pressed = /** @type {HTMLElement} */ (event.target).closest(".check")?.id ?? "";
});
document.addEventListener("htmx:after:swap", () => {
  const check = document.getElementById(pressed);
  const parts = ["[data-unanswered]:not([hidden])", "[role=alert]", "[data-verdict]", "h2"];
  const focus = parts.map((part) => check?.querySelector(part)).find(Boolean);
  if (!(focus instanceof HTMLElement)) return;
  focus.tabIndex = -1;
  focus.focus({ preventScroll: true });
  focus.scrollIntoView({ block: "nearest" });
});
