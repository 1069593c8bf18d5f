// script.js — a timeline that still has changes ahead: what holds before them.

/** @import {Scenario, Segment} from './types.js' */

/** @typedef {[number, string, any][]} Timeline seconds, control, value */

/** The settings at an instant. @param {Record<string, any>} settings those at the timeline's end @param {Timeline} timeline @param {number} now s
 * @param {Scenario} scenario @returns {Record<string, any>} */
export function settingsAt(settings, timeline, now, scenario) {
  const found = { ...settings };
  for (const [, control] of timeline.filter(([at]) => at > now)) {
    const before = timeline.findLast(([at, name]) => name === control && at <= now);
    const value = before ? before[2] : scenario.controls.find(c => c.name === control)?.default;
    if (value === undefined) delete found[control]; else found[control] = value;
  }
  return found;
}

/** What theory says at an instant. A segment's theory is about the settings at its end: while a change lies ahead in it, what was said before holds.
 * @param {Segment|undefined} segment @param {Segment|undefined} before @param {Timeline} timeline @param {number} now s @returns {Record<string, any>} */
export function theoryAt(segment, before, timeline, now) {
  const until = segment?.until ?? 0, ahead = timeline.some(([at]) => at > now && (segment?.cut ? at < until : at <= until));
  return (ahead ? before : segment)?.theory ?? {};
}
