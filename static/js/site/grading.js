// While an answer is graded: the button says so by itself (CSS); here is the word for who listens, and what is said when
// no answer comes. What was entered stays as it is.

/** The parts of the form in which an answer is on its way; null for every other request.
 * @param {Event} event */
function partsOf(event) {
  const form = /** @type {HTMLElement} */ (event.target).closest("form.question");
  const says = form?.querySelector("[data-grading]");
  const failed = form?.querySelector("[data-unanswered]");
  return form && says && failed instanceof HTMLElement ? { form, says, failed } : null;
}

/** @param {Event} event */
function begin(event) {
  const parts = partsOf(event);
  if (!parts || event.target !== parts.form) return;
  parts.failed.hidden = true;
  parts.says.textContent = parts.form.querySelector(".busy")?.textContent ?? "";
}

/** @param {Event} event */
function fail(event) {
  const parts = partsOf(event);
  if (!parts) return;
  parts.says.textContent = "";
  parts.failed.hidden = false;
  parts.failed.focus();
}

const READ = 422; // an answer that could not be read: the server says so in the form itself

document.addEventListener("htmx:before:request", begin);
document.addEventListener("htmx:error", fail);
document.addEventListener("htmx:response:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx.response.status !== READ) fail(event);
});
