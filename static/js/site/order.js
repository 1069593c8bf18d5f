// Turns a list whose places are selects into one that is moved by buttons, arrow keys or dragging.
// The selects stay in the form and carry the answer, so that nothing else knows of this.

/** @param {HTMLElement} list @returns {HTMLElement[]} */
const itemsOf = (list) => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(":scope > [data-key]")]);

/** Enhances every ordering list below `root` that is not enhanced yet.
 * @param {ParentNode} root */
export function enhanceOrders(root) {
  for (const list of root.querySelectorAll("[data-order]:not([data-ready])")) enhance(/** @type {HTMLElement} */ (list));
}

/** @param {HTMLElement} list */
function enhance(list) {
  list.dataset.ready = "";
  const says = document.createElement("p");
  says.className = "vh";
  says.setAttribute("role", "status");
  list.after(says);
  const hint = list.parentElement?.querySelector(".hint");
  if (hint) hint.textContent = "Move with the arrows, or drag.";
  sortBySelects(list);
  for (const item of itemsOf(list)) {
    item.classList.add("enhanced");
    item.append(moves(list, item, says));
    drag(list, item, says);
  }
  number(list);
}

/** The order that the selects say, for a page that comes back with an earlier answer.
 * @param {HTMLElement} list */
function sortBySelects(list) {
  const place = (/** @type {HTMLElement} */ item) => Number(item.querySelector("select")?.value);
  list.append(...itemsOf(list).sort((a, b) => place(a) - place(b)));
}

/** @param {HTMLElement} list @param {HTMLElement} item @param {HTMLElement} says */
function moves(list, item, says) {
  const name = item.querySelector("select")?.getAttribute("aria-describedby") ?? "";
  const group = document.createElement("span");
  group.className = "moves";
  for (const [step, icon, word] of /** @type {[number, string, string][]} */ ([[-1, "up", "Move up"], [1, "down", "Move down"]])) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn icon";
    button.dataset.step = String(step);
    button.setAttribute("aria-label", word);
    button.setAttribute("aria-describedby", name);
    button.append(drawing(icon));
    button.addEventListener("click", () => move(list, item, step, button, says));
    group.append(button);
  }
  group.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const button = /** @type {HTMLButtonElement | null} */ (group.querySelector(`[data-step="${step}"]`));
    if (button) move(list, item, step, button, says);
  });
  return group;
}

/** @param {string} name */
function drawing(name) {
  const path = { up: "M8 13.5v-11M4 6.5l4-4 4 4", down: "M8 2.5v11M4 9.5l4 4 4-4" }[name] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of Object.entries({ class: "i", viewBox: "0 0 16 16", fill: "none", stroke: "currentColor", "stroke-width": "1.5", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Moves one item by one place, keeps the focus on the same button (the other one at an end) and says where it is now.
 * @param {HTMLElement} list @param {HTMLElement} item @param {number} step @param {HTMLButtonElement} button @param {HTMLElement} says */
function move(list, item, step, button, says) {
  const items = itemsOf(list);
  const there = items[items.indexOf(item) + step];
  if (!there) return;
  if (step < 0) there.before(item);
  else there.after(item);
  number(list);
  const other = /** @type {HTMLButtonElement | null} */ (item.querySelector(`[data-step="${-step}"]`));
  (button.disabled ? other : button)?.focus();
  tell(list, item, says);
}

/** Writes the places into the selects and the printed numbers; the ends have one button off.
 * @param {HTMLElement} list */
function number(list) {
  const items = itemsOf(list);
  items.forEach((item, index) => {
    const select = item.querySelector("select");
    const place = item.querySelector(".place");
    if (select) select.value = String(index + 1);
    if (place) place.textContent = String(index + 1);
    for (const button of item.querySelectorAll("button")) {
      button.disabled = button.dataset.step === "-1" ? index === 0 : index === items.length - 1;
    }
  });
}

/** @param {HTMLElement} list @param {HTMLElement} item @param {HTMLElement} says */
function tell(list, item, says) {
  const items = itemsOf(list);
  says.textContent = `Place ${items.indexOf(item) + 1} of ${items.length}`;
}

/** Dragging with a mouse or a pen; a finger scrolls the page and uses the buttons.
 * @param {HTMLElement} list @param {HTMLElement} item @param {HTMLElement} says */
function drag(list, item, says) {
  item.addEventListener("pointerdown", (down) => {
    const pressed = /** @type {Element} */ (down.target);
    if (down.button !== 0 || down.pointerType === "touch" || pressed.closest("button, a")) return;
    down.preventDefault();
    item.setPointerCapture(down.pointerId);
    item.classList.add("dragged");
    const follow = (/** @type {PointerEvent} */ event) => {
      const over = itemsOf(list).find((other) => {
        const box = other.getBoundingClientRect();
        return other !== item && event.clientY > box.top && event.clientY < box.bottom;
      });
      if (!over) return;
      const items = itemsOf(list);
      if (items.indexOf(over) < items.indexOf(item)) over.before(item);
      else over.after(item);
      number(list);
    };
    const drop = () => {
      item.classList.remove("dragged");
      item.removeEventListener("pointermove", follow);
      tell(list, item, says);
    };
    item.addEventListener("pointermove", follow);
    item.addEventListener("lostpointercapture", drop, { once: true });
  });
}
