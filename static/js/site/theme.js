// Loaded in the head and blocking, so that the first paint already has the chosen theme and outline.
// Not a module: modules wait for the document.
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /** @returns {string} the theme chosen on this device, "" for the system's; the server reads the same cookie */
  const chosen = () => document.cookie.match(/(?:^|; )theme=(light|dark)/)?.[1] ?? "";
  const outlineClosed = () => {
    try {
      return localStorage.getItem("outline") === "closed";
    } catch {
      return false; // storage is switched off
    }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);

  if (chosen()) root.dataset.theme = chosen();
  if (outlineClosed()) root.dataset.outline = "closed";
  root.classList.add("js");

  const label = () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-label", isDark() ? "Use light theme" : "Use dark theme");
    }
  };
  // The canvas and the charts read their colours from the page and draw again on this event.
  const changed = () => {
    label();
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  document.addEventListener("DOMContentLoaded", label);
  dark.addEventListener("change", changed);
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-theme-toggle]")) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
    changed();
  });
}
