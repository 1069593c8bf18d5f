// words.js — a run in a sentence, for those who hear the page; and in a table, for those who read it.

/** @import {Run} from './run.js' */

import { firsts } from '../stage/stations.js';
import { WORDS } from '../stage/traffic.js';
import { figures, told } from './card.js';
import { make, shown } from './make.js';
import { measured } from './row.js';

/** What is said of a server that is not simply up. @type {Record<import('./types.js').State, string>} */
const IS = { up: 'is up', slow: 'is slow', down: 'is down', boot: 'is booting', hung: 'hangs', drain: 'is draining' };

/** The side of a comparison that a run is, in front of what is said of it; nothing where it is alone. @param {Run[]} runs @param {number} n */
const side = (runs, n) => (runs.length > 1 ? `${'AB'[n]}: ` : '');

/** A run in sentences for the live region, or each of two; at most every five seconds. @param {Run[]} runs @returns {string} */
export function describe(runs) {
  return runs.map(sentences).map((said, n) => said && side(runs, n) + said).filter(Boolean).join(' ');
}

/** @param {Run} run @returns {string} */
function sentences({ playback }) {
  const servers = playback.servers.filter(Boolean), row = playback.row;
  if (!servers.length || !row) return '';
  const odd = servers.filter(s => s.state !== 'up' || s.failing).map(s => `${s.name} ${s.failing && s.state === 'up' ? 'is failing' : IS[s.state]}`);
  const longest = servers.reduce((a, b) => (b.queue.length > a.queue.length ? b : a)), waiting = longest.queue.length;
  const rate = Math.round(row.throughput ?? 0), p99 = measured(row, 'p99');
  const latency = p99 == null ? '' : `, p99 latency ${shown(p99, { scale: 1000, digits: 0, unit: 'ms' })} milliseconds`;
  const lost = row.error_rate ? `, ${(row.error_rate * 100).toFixed(1)} percent failed` : '';
  return [
    playback.strategyName, `${rate} ${rate === 1 ? 'request' : 'requests'} a second answered${latency}${lost}`,
    row.shared ? `${row.shared} waiting in the shared queue` : '', waiting ? `Longest queue: ${longest.name} with ${waiting} waiting` : '', odd.join(', '),
  ].filter(Boolean).map(sentence => `${sentence}.`).join(' ');
}

/** A setting in words: what it is called, the server that it is of, and its value. @param {Run} run @param {string} name as a timeline
 * has it: `stop.3` @param {any} value in base units */
export function worded({ scenario, playback }, name, value) {
  const { stations, controls, faults } = scenario, number = Number(/\.(\d+)$/.exec(name)?.[1] ?? 0), base = name.replace(/\.\d+$/, '');
  const fault = faults.find(f => f.name === base), control = controls.find(c => c.name === base), home = fault?.target ?? control?.station ?? stations[0].name;
  const server = playback.name(firsts(stations)[stations.findIndex(s => s.name === home)] + number - 1);
  const whom = !number ? '' : fault?.reach === 'zone' ? `zone ${number}` : server, label = (fault ?? control)?.label ?? name;
  if (!control?.choices.length && typeof value === 'boolean') return { label, whom, value: value ? 'on' : 'off' };
  if (control?.kind !== 'range') return { label, whom, value: control?.choices.find(c => c[0] === value)?.[1] ?? String(value) };
  return { label, whom, value: `${(value * control.scale).toLocaleString('en', { maximumFractionDigits: 6 })} ${control.display_unit || control.unit}`.trim() };
}

/** The last change of a run, for the live region. @param {Run[]} runs one, or A and B @param {Run} run @param {boolean} both whether it is the last of both
 * @returns {string} */
export function changed(runs, run, both) {
  const last = run.timeline.at(-1);
  if (!last) return '';
  const { label, whom, value } = worded(run, last[1], last[2]);
  return `${both && runs.length > 1 ? 'A and B: ' : side(runs, runs.indexOf(run))}${label}${whom && `, ${whom}`}: ${value}.`;
}

/** A label inside a sentence; what is an abbreviation stays one. @param {string} label */
export const inText = label => label.replace(/^[A-Z](?=[a-z ])/, letter => letter.toLowerCase());

/** What a run lost, in words. @param {Run} run */
function losses({ playback }) {
  const lost = Object.entries(playback.lost).filter(([, n]) => n > 0);
  return lost.map(([how, n]) => `${Math.round(n).toLocaleString('en')} ${WORDS[/** @type {keyof typeof WORDS} */ (how)]}`).join(', ') || 'none';
}

/** The picture as a table: a row for each server, in a comparison of A and then of B, a column for each figure that any of them has,
 * and what was lost. @param {HTMLTableElement} table @param {Run[]} runs */
export function tabulate(table, runs) {
  const found = runs.map(({ playback, scenario }, n) => playback.servers.filter(Boolean)
    .map(s => ({ name: side(runs, n) + s.name, figures: new Map(figures(s, scenario.stations[s.station])) })));
  const all = found.flat();
  if (!all.length) return;
  const names = [...all[0].figures.keys()].filter(name => all.some(server => server.figures.get(name) !== undefined));
  const head = make('tr', {}, ...['Server', ...names].map(name => make('th', { scope: 'col' }, name)));
  const cells = (/** @type {typeof all[0]} */ server) => names.map(name => make('td', {}, ...told(server.figures.get(name))));
  const bodies = found.map(servers => make('tbody', {}, ...servers.map(server => make('tr', {}, make('th', { scope: 'row' }, server.name), ...cells(server)))));
  const lost = runs.map((run, n) => side(runs, n) + losses(run)).join('; ');
  const caption = make('caption', {}, `At ${(runs[0].playback.now / 1000).toFixed(2)} simulated seconds. Requests lost: ${lost}.`);
  table.replaceChildren(caption, make('thead', {}, head), ...bodies);
}
