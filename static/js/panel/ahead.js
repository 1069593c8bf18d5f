// ahead.js — how far ahead of its playhead a run asks for segments, and where they end. benchmarks/crowd.py asks alike, at 1×.

const LENGTH = 3;                        // seconds of wall time in a segment; ends are multiples of it, so that learners share them
const ENOUGH = 20, SHORT = 1.5;          // simulated seconds in it, and of wall time: at a high speed, more would soon cost too much
const REST = .4;                         // of a length: where less than that would be left, it goes on to the next end
export const HOP = 400;                  // ms of wall time that a request is drawn on its way
export const LEAD = 2;                   // hops that are drawn ahead of the playhead
export const SPARE = 500;                // ms of wall time that are left, beside that, when more is asked for; three round trips where they are longer

/** The simulated seconds of a segment. @param {number} speed simulated seconds per second */
export const lengthAt = speed => Math.max(SHORT * speed, Math.min(LENGTH * speed, ENOUGH));

/** The first end after `at` plus the lead that is a multiple of a segment's length, s. @param {number} at s @param {number} speed simulated
 * seconds per second @param {number} hop ms of simulated time */
export function endAfter(at, speed, hop) {
  const length = lengthAt(speed), lead = LEAD * hop / 1000;
  return +(Math.ceil((at + lead + length * REST) / length) * length).toFixed(6);
}

/** The simulated seconds that are asked for at once, at most. @param {number} speed simulated seconds per second */
export const mostAt = speed => LEAD * HOP / 1000 * speed + (1 + REST) * lengthAt(speed);
