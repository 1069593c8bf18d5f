// A short confirmation of something that just happened and can be seen nowhere else ("Link copied").

/** Shows `text` for `seconds`, read out politely; it replaces the one before.
 * @param {string} text
 * @param {number} [seconds] */
export function toast(text, seconds = 3) {
  document.querySelector(".toast")?.remove();
  const note = document.createElement("div");
  note.className = "toast";
  note.setAttribute("role", "status");
  document.body.append(note);
  note.textContent = text;
  setTimeout(() => note.remove(), seconds * 1000);
}
