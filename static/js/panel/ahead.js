// ahead.js — how far ahead of its playhead a run asks for segments, and where they end. benchmarks/crowd.py asks alike.

const LENGTH = 3;                        // seconds of wall time in a segment; ends are multiples of it, so that learners share them
const MOST = 120;                        // simulated seconds in it: at a high speed, what is asked for at once would soon cost too much
export const LEAD = 2;                   // hops that are drawn ahead of the playhead
export const SPARE = 500;                // ms of wall time that are left, beside that, when more is asked for; three round trips where they are longer

/** The simulated seconds of a segment. @param {number} speed simulated seconds per second */
export const lengthAt = speed => Math.min(LENGTH * speed, MOST);

/** The first end after `at` plus the lead that is a multiple of a segment's length, s. @param {number} at s @param {number} speed simulated
 * seconds per second @param {number} hop ms of simulated time */
export function endAfter(at, speed, hop) {
  const length = lengthAt(speed), lead = LEAD * hop / 1000;
  return +(Math.ceil((at + lead + length * .4) / length) * length).toFixed(6);
}
