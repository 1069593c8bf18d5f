// wiring.js — what a panel's buttons do, and what it heeds of the page around it.

/** @import {SimulationPanel} from './element.js' */

import { copyLink } from './address.js';
import { still } from './clock.js';

/** Have the controls, the transport and the link button move the panel. @param {SimulationPanel} panel */
export function wire(panel) {
  const { controls, transport } = panel;
  controls.addEventListener('touch', e => panel.touch(/** @type {CustomEvent} */ (e).detail));
  controls.addEventListener('target', () => panel.aim(controls.server));
  transport.addEventListener('play', e => {
    if (!(/** @type {CustomEvent} */ (e).detail.on)) { panel.tell(true); return; }
    for (const run of panel.runs) run.open();
    panel.clock.wake();
  });
  transport.addEventListener('speed', () => { for (const run of panel.runs) { run.pace(transport.speed); run.provide(); } });
  transport.addEventListener('step', () => panel.clock.step());
  transport.addEventListener('restart', () => panel.restart({ timeline: panel.steps?.opening }));
  transport.addEventListener('seed', () => {
    panel.prediction?.part();
    panel.restart({ seed: 1 + Math.floor(Math.random() * 99_999), timeline: panel.steps?.opening });
  });
  panel.piece('copy')?.addEventListener('click', async () => panel.say(await copyLink(panel)));
}

/** Follow the theme, the tab and the wish for less motion, until the panel leaves. @param {SimulationPanel} panel */
export function heed(panel) {
  const { signal } = panel.leaving;
  panel.piece('table')?.closest('details')?.addEventListener('toggle', () => panel.tell());
  document.addEventListener('themechange', () => { for (const view of panel.views) view.retheme(); panel.board?.retheme(); }, { signal });
  document.addEventListener('visibilitychange', () => panel.clock.wake(), { signal });
  still.addEventListener('change', () => panel.calm(), { signal });
  panel.calm();
  document.fonts.ready.then(() => { for (const view of panel.views) view.retheme(); });
}
