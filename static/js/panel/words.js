// words.js — a run in a sentence, for those who hear the page; and in a table, for those who read it.

/** @import {Run} from './run.js' */

import { firsts } from '../stage/stations.js';
import { WORDS } from '../stage/traffic.js';
import { figures, told } from './card.js';
import { make, shown } from './make.js';
import { measured } from './row.js';

/** What is said of a server that is not simply up. @type {Record<import('./types.js').State, string>} */
const IS = { up: 'is up', slow: 'is slow', down: 'is down', boot: 'is booting', hung: 'hangs', drain: 'is draining' };

/** A sentence for the live region; at most one every five seconds. @param {Run} run @returns {string} */
export function describe({ playback }) {
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

/** The last change of a run, for the live region. @param {Run} run @returns {string} */
export function changed(run) {
  const last = run.timeline.at(-1);
  if (!last) return '';
  const { label, whom, value } = worded(run, last[1], last[2]);
  return `${label}${whom && `, ${whom}`}: ${value}.`;
}

/** A label inside a sentence; what is an abbreviation stays one. @param {string} label */
export const inText = label => label.replace(/^[A-Z](?=[a-z ])/, letter => letter.toLowerCase());

/** The picture as a table: a row for each server, a column for each figure that any of them has, and what was lost.
 * @param {HTMLTableElement} table @param {Run} run */
export function tabulate(table, { playback, scenario }) {
  const servers = playback.servers.filter(Boolean).map(s => ({ name: s.name, found: new Map(figures(s, scenario.stations[s.station])) }));
  if (!servers.length) return;
  const names = [...servers[0].found.keys()].filter(name => servers.some(({ found }) => found.get(name) !== undefined));
  const head = make('tr', {}, ...['Server', ...names].map(name => make('th', { scope: 'col' }, name)));
  const cells = (/** @type {typeof servers[0]} */ { found }) => names.map(name => make('td', {}, ...told(found.get(name))));
  const rows = servers.map(server => make('tr', {}, make('th', { scope: 'row' }, server.name), ...cells(server)));
  const lost = Object.entries(playback.lost).filter(([, n]) => n > 0).map(([how, n]) => `${Math.round(n).toLocaleString('en')} ${WORDS[/** @type {keyof typeof WORDS} */ (how)]}`);
  table.replaceChildren(make('caption', {}, `At ${(playback.now / 1000).toFixed(2)} simulated seconds. Requests lost: ${lost.join(', ') || 'none'}.`), make('thead', {}, head), make('tbody', {}, ...rows));
}
