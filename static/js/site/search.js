// The key / goes to the search field, or to the page that has it; not while somebody types.

const TYPING = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target instanceof Element && event.target.closest(TYPING)) return;
  const field = document.querySelector("input[type=search]");
  const way = document.querySelector(".topbar a[aria-keyshortcuts='/']");
  if (field instanceof HTMLInputElement) {
    field.focus();
    field.select();
  } else if (way instanceof HTMLAnchorElement) {
    location.assign(way.href);
  } else return;
  event.preventDefault();
});
