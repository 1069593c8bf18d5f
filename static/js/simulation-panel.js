// simulation-panel.js — fetches the panel when a simulation comes near, so that a lesson opens without its script.

const NEAR = '1200px';                   // below the window: fetched while the text above it is read

const watch = new IntersectionObserver(seen => {
  if (!seen.some(each => each.isIntersecting)) return;
  watch.disconnect();
  import("./panel/element.js");
}, { rootMargin: `0px 0px ${NEAR}` });

for (const panel of document.querySelectorAll('simulation-panel')) watch.observe(panel);
