// states.js — how a server stands inside a segment. A segment tells the states at its end: here what its notices say of a server is
// replayed up to the playhead, so that the stage, the marks on the time axis and the table say the same at the same instant.

/** @import {Segment, ServerState, State} from './types.js' */

/** What a notice does to the server that it is about. @type {Record<string, Partial<ServerState>>} */
const TURNS = {
  down: { state: 'down' }, boot: { state: 'boot' }, up: { state: 'up' }, slow: { state: 'slow' }, hung: { state: 'hung' },
  out: { in_rotation: false }, in: { in_rotation: true }, failing: { failing: true }, answering: { failing: false },
};

/** How many servers there may be to look at. @param {Segment} segment @param {Segment|undefined} before */
export const rowsOf = (segment, before) => Math.max(segment.states.length, before?.until === segment.from ? before.states.length : 0);

/** A server at the playhead; undefined while it is not there. @param {Segment} segment @param {Segment|undefined} before the one that it follows
 * @param {number} i @param {number} now ms @returns {ServerState|undefined} */
export function stateAt(segment, before, i, now) {
  const end = there(segment.states[i]), was = there(before?.states[i]), { notices } = segment;
  const ahead = (/** @type {Segment['notices'][0]} */ notice) => notice[0] * 1000 > now;
  if (before && before.until !== segment.from) return end;
  if (end?.state === 'boot' && before && !was && before.settings.servers === segment.settings.servers) return began(segment, now) ? end : undefined;
  if (!notices.some(ahead)) return end;
  const begin = before || !end ? was : { ...end, state: /** @type {State} */ ('up'), in_rotation: true, failing: false };
  const own = notices.filter(notice => notice[2] === i);
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
 * @param {number} at ms @returns {ServerState[]} */
export function statesAt(segment, before, at) {
  return Array.from({ length: rowsOf(segment, before) }, (_, i) => stateAt(segment, before, i, at) ?? { ...segment.states[i], present: false });
}

/** Whether a server has come that an autoscaler ordered and that still boots at the end: no notice says when, so halfway through what is possible.
 * @param {Segment} segment @param {number} now ms */
function began({ from, until, settings }, now) {
  return now / 1000 >= (Math.max(from, until - (settings.boot_time ?? Infinity)) + until) / 2;
}

/** @param {ServerState} state @param {Segment['notices']} notices @returns {ServerState} */
function told(state, notices) {
  return notices.reduce((found, [, , , turn = '']) => ({ ...found, ...TURNS[turn] }), state);
}
