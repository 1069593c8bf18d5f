// After htmx has swapped a question in: its fields are enhanced, the focus moves on, and the verdict is read out.

import "./grading.js";
import { enhanceDials } from "./dial.js";
import { enhanceOrders } from "./order.js";

/** Brings a question to life that has just arrived, with the page or through a swap. */
function arrive() {
  const screen = document.getElementById("screen");
  if (!screen) return;
  enhanceOrders(screen);
  enhanceDials(screen);
}

/** Once graded the way on has the focus and the verdict is read out; a new question starts at its heading. */
function moveOn() {
  arrive();
  leadBack();
  const verdict = document.querySelector("#screen [data-verdict]");
  const says = document.getElementById("verdict");
  if (says) says.textContent = verdict ? verdictText(verdict) : "";
  const refused = /** @type {HTMLElement | null} */ (document.querySelector("[data-unanswered]:not([hidden]), #question-error"));
  if (refused) return refused.focus();
  document.getElementById(verdict ? "question-next" : "question-title")?.focus({ preventScroll: true });
  if (verdict) verdict.scrollIntoView({ block: "nearest" });
  else scrollTo({ top: 0 });
}

/** Signing in leads back to the question on the screen: htmx changed the address, not the bar above. */
function leadBack() {
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector("[data-sign-in]"));
  const address = document.getElementById("screen")?.dataset.address;
  if (link && address) link.search = String(new URLSearchParams({ next: address }));
}

/** @param {Element} verdict */
function verdictText(verdict) {
  return `${verdict.getAttribute("data-verdict")}. ${verdict.querySelector(".rich")?.textContent?.trim() ?? ""}`;
}

/** Who goes back or forward while the page still loads has the next address and this question: htmx was not there to hear. */
function catchUp() {
  const address = document.getElementById("screen")?.dataset.address;
  if (address && address !== location.pathname) location.reload();
}

arrive();
catchUp();
document.addEventListener("htmx:after:swap", moveOn);
