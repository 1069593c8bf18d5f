// claimed.js — a run that a number of the text led to: it plays by itself, to the instant at which the number was taken.

/** @import {SimulationPanel} from './element.js' */

/** @param {SimulationPanel} panel @param {number} span s */
export function shown(panel, span) {
  let over = false;
  panel.addEventListener('ready', () => {
    panel.begin({ span });
    panel.addEventListener('told', () => {
      if (over || panel.playhead < span) return;
      over = true;
      panel.transport.play(false);
      panel.say(`This is where the number was taken, ${span.toLocaleString('en')} s into the run. The figures below are of its last moments; the number is of the whole run.`);
    });
  }, { once: true });
}
