// Gives a number field a slider on a printed scale. The field carries the answer; the slider follows it and leads it,
// in steps (`data-dial`) that what is typed need not keep.

/** Enhances every dial below `root` that is not enhanced yet.
 * @param {ParentNode} root */
export function enhanceDials(root) {
  for (const dial of root.querySelectorAll("[data-dial]:not([data-ready])")) enhance(/** @type {HTMLElement} */ (dial));
}

/** @param {HTMLElement} dial */
function enhance(dial) {
  const field = /** @type {HTMLInputElement | null} */ (dial.querySelector("input[type=number]"));
  const ends = dial.querySelector(".dial-ends");
  if (!field || !ends) return;
  dial.dataset.ready = "";
  const opening = Number(field.value);
  const [low, high, step] = [Number(field.min), Number(field.max), Number(dial.dataset.dial) || 1];
  const part = (/** @type {number} */ value) => Math.min(1, Math.max(0, (value - low) / (high - low)));

  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = field.min;
  slider.max = field.max;
  slider.step = String(step);
  slider.setAttribute("aria-label", `${field.labels?.[0]?.textContent ?? "Value"}, slider`);
  const track = document.createElement("div");
  track.className = "dial-track";
  track.append(slider);
  ends.before(track);

  const steps = (high - low) / step;
  dial.style.setProperty("--n", String(Math.min(20, Math.max(1, Math.round(steps)))));
  dial.style.setProperty("--d", String(part(opening)));
  const show = () => {
    slider.value = field.value;
    dial.style.setProperty("--v", String(part(Number(field.value))));
  };
  slider.addEventListener("input", () => {
    field.value = slider.value;
    dial.style.setProperty("--v", String(part(Number(slider.value))));
  });
  field.addEventListener("input", show);
  show();
}
