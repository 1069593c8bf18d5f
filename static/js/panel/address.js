// address.js — a run in the address: `#<panel's id>=<link>@<playhead>` opens it exactly, timeline included, where it was.

/** @import {SimulationPanel} from './element.js' */

const READ = 6000;                       // ms until what passes has been read
/** @type {WeakMap<HTMLElement, ReturnType<typeof setTimeout>>} */ const passing = new WeakMap();

/** A link without an address's escapes; as it is where they make no sense: the server says that it is damaged. @param {string} link */
function plain(link) {
  try { return decodeURIComponent(link); } catch { return link; }
}

/** What the page's address says about this panel. @param {SimulationPanel} panel @returns {{link: string, at: number}} */
export function linkFor(panel) {
  const found = location.hash.slice(1).split('&').find(each => each.startsWith(`${panel.id}=`));
  if (!found) return { link: '', at: 0 };
  const [link, at] = found.slice(panel.id.length + 1).split('@');
  if (link) setTimeout(() => panel.scrollIntoView({ block: 'start' }), 0);
  return { link: plain(link), at: Math.min(86_000, Math.max(0, Number(at) || 0)) };
}

/** @param {SimulationPanel} panel @returns {string} the address of this run as it stands */
export function addressOf(panel) {
  const { run } = panel;
  const page = panel.getAttribute('page') || location.pathname;
  return `${location.origin}${page}#${panel.id}=${run.link}@${run.playhead.toFixed(3)}`;
}

/** @param {SimulationPanel} panel @returns {Promise<string>} what to tell the learner */
export async function copyLink(panel) {
  if (!panel.run.link) return pass(panel, 'The link comes with the first answer of the server; try again in a moment.');
  const url = addressOf(panel);
  try {
    await navigator.clipboard.writeText(url);
    return pass(panel, 'Link copied. It replays this run exactly, every change included.');
  } catch {
    return `Copy this address: ${url}`;      // it stays: one has to get at it
  }
}

/** Once it is said it lies over what stands below, so that nothing moves, and goes. @param {SimulationPanel} panel @param {string} text @returns {string} */
function pass(panel, text) {
  /** @type {HTMLElement} */ const says = panel.piece('says');
  clearTimeout(passing.get(says));
  setTimeout(() => {
    says.classList.add('passing');
    says.style.marginBottom = `${-says.getBoundingClientRect().height}px`;
  });
  passing.set(says, setTimeout(() => {
    says.classList.remove('passing');
    says.style.marginBottom = '';
    if (says.textContent === text) panel.say('');
  }, READ));
  return text;
}
