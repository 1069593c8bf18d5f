// pair.js — what the charts take from one run, or from A and B together: each server that any of them has, each event of either.

/** @import {Source} from './figures.js' */

/** The servers of all runs. @param {Source[]} runs @returns {Source} the first run's, with the servers of all */
export function merged(runs) {
  if (runs.length < 2) return runs[0];
  const servers = Math.max(...runs.map(run => run.servers));
  return { ...runs[0], servers, names: Array.from({ length: servers }, (_, i) => runs.map(run => run.names[i]).find(Boolean) ?? '') };
}

/** What happened in the runs, by time. What happened in one of two only is said to be its own. @param {Source[]} runs @returns {Source['events']} */
export function happened(runs) {
  if (runs.length < 2) return runs[0].events;
  const key = (/** @type {{t: number, label: string}} */ e) => `${e.t} ${e.label}`, [a, b] = runs.map(run => new Set(run.events.map(key)));
  const of = runs.map(({ events }, n) => events.filter(e => !(n ? a : b).has(key(e))).map(e => ({ ...e, label: `${'AB'[n]}: ${e.label}` })));
  return [...runs[0].events.filter(e => b.has(key(e))), ...of.flat()].sort((x, y) => x.t - y.t);
}
