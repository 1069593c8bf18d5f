// words.js — a run in a sentence, for those who hear the page; and in a table, for those who read it.

/** @import {Run} from './run.js' */

import { firsts } from '../stage/stations.js';
import { STATE_WORD } from '../stage/server.js';
import { WORDS } from '../stage/traffic.js';
import { figures } from './card.js';
import { make } from './make.js';
import { measured } from './row.js';

/** A sentence for the live region; at most one every five seconds. @param {Run} run @returns {string} */
export function describe({ playback }) {
  const servers = playback.servers.filter(Boolean), row = playback.row;
  if (!servers.length || !row) return '';
  const odd = servers.filter(s => s.state !== 'up' || s.failing).map(s => `${s.name} is ${s.failing ? 'failing' : STATE_WORD[s.state].toLowerCase()}`);
  const longest = servers.reduce((a, b) => (b.queue.length > a.queue.length ? b : a));
  const p99 = measured(row, 'p99'), latency = p99 == null ? '' : `, p99 latency ${Math.round(p99 * 1000)} milliseconds`;
  const lost = row.error_rate ? `, ${(row.error_rate * 100).toFixed(1)} percent failed` : '';
  const name = playback.strategyName ? `${playback.strategyName}. ` : '';
  return `${name}${Math.round(row.throughput ?? 0)} requests a second answered${latency}${lost}. Longest queue: ${longest.name} with ${longest.queue.length} waiting.${odd.length ? ` ${odd.join(', ')}.` : ''}`;
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

/** The picture as a table: a row for each server, and what was lost. @param {HTMLTableElement} table @param {Run} run */
export function tabulate(table, { playback }) {
  const servers = playback.servers.filter(Boolean);
  if (!servers.length) return;
  const head = make('tr', {}, make('th', { scope: 'col' }, 'Server'), ...figures(servers[0]).map(([name]) => make('th', { scope: 'col' }, name)));
  const rows = servers.map(s => make('tr', {}, make('th', { scope: 'row' }, s.name), ...figures(s).map(([, value]) => make('td', {}, value))));
  const lost = Object.entries(playback.lost).filter(([, n]) => n > 0).map(([how, n]) => `${Math.round(n).toLocaleString('en')} ${WORDS[/** @type {keyof typeof WORDS} */ (how)]}`);
  table.replaceChildren(make('caption', {}, `At ${(playback.now / 1000).toFixed(2)} simulated seconds. Requests lost: ${lost.join(', ') || 'none'}.`), make('thead', {}, head), make('tbody', {}, ...rows));
}
