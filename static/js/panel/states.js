// states.js — how a server stands inside a segment. A segment tells the states at its end: here what its notices say of a server is
// replayed up to the playhead, so that the stage, the marks on the time axis and the table say the same at the same instant.

/** @import {Segment, ServerState, State} from './types.js' */

/** What a notice does to the server that it is about, by its last words: those of the simulator's notices.
 * @type {[string, Partial<ServerState>][]} */
const TURNS = [
  [' stops', { state: 'down' }], [' starts', { state: 'boot' }], [' is up', { state: 'up' }],
  [' leaves the rotation', { in_rotation: false }], [' returns to the rotation', { in_rotation: true }],
  [' slows', { state: 'slow' }], [' recovers', { state: 'up' }], [' hangs', { state: 'hung' }], [' goes on', { state: 'up' }],
  [' fails fast', { failing: true }], [' answers with errors', { failing: true }], [' answers again', { failing: false }],
];

/** How many servers there may be to look at. @param {Segment} segment @param {Segment|undefined} before */
export const rowsOf = (segment, before) => Math.max(segment.states.length, before?.until === segment.from ? before.states.length : 0);

/** A server at the playhead; undefined while it is not there. @param {Segment} segment @param {Segment|undefined} before the one that it follows
 * @param {number} i @param {string} name of the server @param {number} now ms @returns {ServerState|undefined} */
export function stateAt(segment, before, i, name, now) {
  const end = there(segment.states[i]), was = there(before?.states[i]), { notices } = segment;
  const ahead = (/** @type {Segment['notices'][0]} */ notice) => notice[0] * 1000 > now;
  if (before && before.until !== segment.from) return end;
  if (end?.state === 'boot' && before && !was && before.settings.servers === segment.settings.servers) return began(segment, now) ? end : undefined;
  if (!notices.some(ahead)) return end;
  const begin = before || !end ? was : { ...end, state: /** @type {State} */ ('up'), in_rotation: true, failing: false };
  const own = notices.filter(([, words, server]) => (server === undefined ? words.startsWith(`${name} `) : server === i));
  if (!own.length && begin) {            // what is done to many servers names none of them
    const wide = end && begin.state !== end.state && notices.some(notice => notice[2] === undefined && ahead(notice));
    return wide ? begin : end;
  }
  if (!own.some(ahead)) return end;
  if (begin) return told(begin, own.filter(notice => !ahead(notice)));
  if (!own.length) return end;
  const [first] = own, boots = segment.settings.boot_time ?? 0;           // one that came, and boots before it is up
  if (!end || first[0] - boots > now / 1000) return undefined;
  return told({ ...end, state: /** @type {State} */ ('boot'), in_rotation: false }, own.filter(notice => !ahead(notice)));
}

/** @param {ServerState|undefined} state */
const there = state => (state?.present === false ? undefined : state);

/** How the servers stand where a change cuts a segment short. @param {Segment} segment @param {Segment|undefined} before
 * @param {(i: number) => string} name @param {number} at ms @returns {ServerState[]} */
export function statesAt(segment, before, name, at) {
  return Array.from({ length: rowsOf(segment, before) }, (_, i) => stateAt(segment, before, i, name(i), at) ?? { ...segment.states[i], present: false });
}

/** Whether a server has come that an autoscaler ordered and that still boots at the end: no notice says when, so halfway through what is possible.
 * @param {Segment} segment @param {number} now ms */
function began({ from, until, settings }, now) {
  return now / 1000 >= (Math.max(from, until - (settings.boot_time ?? Infinity)) + until) / 2;
}

/** @param {ServerState} state @param {Segment['notices']} notices @returns {ServerState} */
function told(state, notices) {
  return notices.reduce((found, [, words]) => ({ ...found, ...TURNS.find(([turn]) => words.endsWith(turn))?.[1] }), state);
}
