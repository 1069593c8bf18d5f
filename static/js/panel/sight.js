// sight.js — brings the stage into sight when a run begins that the learner asked for from somewhere else on the page.

/** @import {SimulationPanel} from './element.js' */

import { still } from './clock.js';

/** Where the play button stays on the screen, as in simulation.css: what is pressed there is seldom beside the stage. */
export const small = matchMedia('(max-width: 640px), (max-height: 500px)');

/** Scroll to the stage unless all of it can be seen; with what stands above it, the prediction, where there is room for both.
 * @param {SimulationPanel} panel @param {boolean} gently whether the way there may be watched */
export function bring(panel, gently = false) {
  const stages = panel.piece('stages'), above = stages.previousElementSibling, box = stages.getBoundingClientRect();
  const { scrollMarginTop, scrollMarginBottom } = getComputedStyle(stages), { scrollPaddingTop } = getComputedStyle(document.documentElement);
  const top = parseFloat(scrollPaddingTop) + parseFloat(scrollMarginTop), bottom = innerHeight - parseFloat(scrollMarginBottom);
  if (box.top >= top - 1 && box.bottom <= bottom + 1) return;
  const both = !above.hidden && box.bottom - above.getBoundingClientRect().top <= bottom - top;
  (both ? above : stages).scrollIntoView({ block: 'start', behavior: gently && !still.matches ? 'smooth' : 'instant' });
}
