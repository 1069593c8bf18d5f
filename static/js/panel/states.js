// states.js — how a server stands inside a segment. A segment tells the states at its end: here what its notices say of a server is
// replayed up to the playhead, so that the stage, the marks on the time axis and the table say the same at the same instant.

/** @import {Segment, ServerState, State} from './types.js' */

/** What a notice does to the server that it is about. @type {Record<string, Partial<ServerState>>} */
const TURNS = {
  down: { state: 'down' }, boot: { state: 'boot' }, new: { state: 'boot', in_rotation: false }, up: { state: 'up' }, slow: { state: 'slow' }, hung: { state: 'hung' },
  out: { in_rotation: false }, in: { in_rotation: true }, failing: { failing: true }, answering: { failing: false },
};

/** How many servers there may be to look at. @param {Segment} segment @param {Segment|undefined} before */
export const rowsOf = (segment, before) => Math.max(segment.states.length, before?.until === segment.from ? before.states.length : 0,
  ...(before ? [] : segment.notices.map(([, , server = -1]) => server + 1)));

/** A server at the playhead; undefined while it is not there. @param {Segment} segment @param {Segment|undefined} before the one that it follows
 * @param {number} i @param {number} now ms @returns {ServerState|undefined} */
export function stateAt(segment, before, i, now) {
  const { notices } = segment, follows = before?.until === segment.from, ahead = notices.some(notice => notice[0] * 1000 > now);
  const state = ahead && (!before || follows) ? between(segment, before, i, now) : there(segment.states[i]);
  if (state?.state !== 'boot') return state;
  const boots = (/** @type {Notice} */ [at, , server, , until]) => server === i && until !== undefined && at * 1000 <= now;
  const last = notices.findLast(boots) ?? (follows ? before.notices.findLast(notice => boots(notice) && notice[0] < segment.from) : undefined);
  return last ? { ...state, boots: [last[0], /** @type {number} */ (last[4])] } : state;      // since and until when, as far as that was told
}

/** @typedef {Segment['notices'][0]} Notice */

/** The same while something is still to come. @param {Segment} segment @param {Segment|undefined} before the one that it follows
 * @param {number} i @param {number} now ms @returns {ServerState|undefined} */
function between(segment, before, i, now) {
  const end = there(segment.states[i]), was = there(before?.states[i]), own = segment.notices.filter(notice => notice[2] === i);
  const past = own.filter(notice => notice[0] * 1000 <= now), turns = past.length < own.length;      // whether it will turn again
  if (own[past.length]?.[3] === 'new') return undefined;                 // it is gone, or was never there
  const begin = before || !(end || own.length) || own[0]?.[3] === 'new' ? was
    : { .../** @type {ServerState} */ (end ?? segment.states.at(-1)), state: /** @type {State} */ ('up'), in_rotation: true, failing: false };
  if (!begin) return own.length && !past.length ? undefined : end && turns ? told({ ...end, in_rotation: false }, past) : end;      // its first notice says when it comes
  if (own.length) return turns ? told(begin, past) : end;
  const wide = end && begin.state !== end.state && segment.notices.some(notice => notice[2] === undefined && notice[0] * 1000 > now);
  return wide ? begin : end;                                             // what is done to many servers names none of them
}

/** @param {ServerState|undefined} state */
const there = state => (state?.present === false ? undefined : state);

/** How the servers stand where a change cuts a segment short. @param {Segment} segment @param {Segment|undefined} before
 * @param {number} at ms @returns {ServerState[]} */
export function statesAt(segment, before, at) {
  return Array.from({ length: rowsOf(segment, before) }, (_, i) => stateAt(segment, before, i, at) ?? { ...segment.states[i], present: false });
}

/** @param {ServerState} state @param {Segment['notices']} notices @returns {ServerState} */
function told(state, notices) {
  return notices.reduce((found, [, , , turn = '']) => ({ ...found, ...TURNS[turn] }), state);
}
