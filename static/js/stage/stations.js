// stations.js — what the picture has to know of the stations alone: who asks whom, who stands in which column.

/** @import {Station} from '../panel/types.js' */

export const CLIENTS = 12;                // circles that stand for all of them
const BEHIND = new Set(['cache', 'store', 'database']);

/** The first server's global number of each station. @param {Station[]} stations @returns {number[]} */
export function firsts(stations) {
  let next = 0;
  return stations.map(s => { const first = s.first ?? next; next = first + s.max_servers; return first; });
}

/** The main station: the first pool of servers. @param {Station[]} stations */
export const mainOf = stations => Math.max(0, stations.findIndex(s => s.kind === 'servers'));

/** The stations that ask this one, -1 for the clients. @param {Station[]} stations @param {number} k */
export function callersOf(stations, k) {
  const found = stations.flatMap((s, n) => (s.calls?.includes(stations[k].name) ? [n] : []));
  return found.length ? found : k === 0 || stations.some(s => s.calls) ? [-1] : [k - 1];
}

/** Whether a balancer stands before a station: pools have one, unless another server asks them itself. @param {Station[]} stations @param {number} k */
export const balanced = (stations, k) =>
  stations[k].kind === 'servers' && stations[k].max_servers > 1 && callersOf(stations, k).every(n => n < 0 || stations[n].kind !== 'servers');

/** Whether requests wait there at all. @param {Station} s */
export const waits = s => s.discipline !== 'delay';
/** @param {Station} s */
export const keeps = s => s.kind === 'edge' || s.kind === 'cache';

/** Stations by column, in the order in which requests pass them. @param {Station[]} stations @returns {number[][]} */
export function columnsOf(stations) {
  /** @type {number[][]} */ const columns = [];
  /** @type {string[]} */ const kinds = [];
  stations.forEach((s, k) => {
    const kind = BEHIND.has(s.kind) ? 'behind' : waits(s) || s.kind === 'servers' ? s.kind : `${s.kind} ${k}`;
    const same = kind === 'servers' ? -1 : kinds.indexOf(kind);
    if (same >= 0) columns[same].push(k);
    else { columns.push([k]); kinds.push(kind); }
  });
  return columns;
}
