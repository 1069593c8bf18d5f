// row.js — what one instant of the series says. Figures of answers are over the last thousand, so they stay what they were when no
// more come: then there is no value, wherever one is shown.

/** @import {Row} from './types.js' */

const OF_ANSWERS = new Set(['mean_response_time', 'p50', 'p95', 'p99']);

/** Whether nothing was answered lately: the last answers are old, and say nothing of now. @param {Row} r */
export const silent = r => r.throughput === 0;

/** Whether a figure has no value because nothing is answered: what there is, is of answers that are past. @param {Row} r @param {string} name */
export const mutes = (r, name) => silent(r) && OF_ANSWERS.has(name);

/** @param {Row} r @param {string} name @returns {number|null} in base units */
export const measured = (r, name) => (mutes(r, name) ? null : r[name] ?? null);
