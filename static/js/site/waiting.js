// A payment that is still on its way: look again every five seconds while somebody is looking.

const EVERY = 5000;

setInterval(() => {
  if (document.visibilityState === "visible") location.reload();
}, EVERY);
