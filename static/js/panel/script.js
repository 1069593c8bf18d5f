// script.js — a timeline that still has changes ahead: what holds before them.

/** @import {Scenario} from './types.js' */

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
