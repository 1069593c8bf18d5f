// address.js — a run in the address: `#<panel's id>=<link>@<playhead>` opens it exactly, timeline included, where it was.

/** @import {SimulationPanel} from './element.js' */

const READ = 6000;                       // ms until what passes has been read
let passing = 0;

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

/** Copy the address of this run, and say so. @param {SimulationPanel} panel */
export async function copyLink(panel) {
  if (!panel.run.link) { pass(panel, 'The link comes with the first answer of the server; try again in a moment.'); return; }
  const url = addressOf(panel);
  try {
    await navigator.clipboard.writeText(url);
    pass(panel, 'Link copied. It replays this run exactly, every change included.');
  } catch {
    panel.say(`Copy this address: ${url}`);      // it stays: one has to get at it
  }
}

/** Say what goes when it has been read. @param {SimulationPanel} panel @param {string} text */
function pass(panel, text) {
  panel.say(text, false, true);
  clearTimeout(passing);
  passing = setTimeout(() => { if (panel.piece('says').textContent === text) panel.say(''); }, READ);
}
