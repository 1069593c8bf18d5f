// wiring.js — what a panel's buttons do, what it does when the server refuses, and what it heeds of the page around it.

/** @import {Run} from './run.js' */
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
  panel.piece('copy')?.addEventListener('click', () => copyLink(panel));
}

/** Say what the server does not do, beside the control that it is about, and do what helps.
 * @param {SimulationPanel} panel @param {Run} run @param {any} message */
export function refused(panel, run, message) {
  const { controls, transport } = panel;
  if (message.code === 'idle') { transport.play(false); return; }
  if (message.code === 'too_expensive' && message.longest) {
    const before = transport.speed;
    transport.slower(message.longest);
    if (transport.speed < before) run.repeat(message.id);
    panel.say(`${message.message} It goes on at ${transport.output.textContent}.`);
    return;
  }
  const fallback = panel.scenario.controls.find(c => c.name === message.control)?.default;
  const said = message.control && controls.refuse(message.control, run.current[message.control] ?? fallback, message.message);
  if (!said) panel.say(message.message, message.code !== 'bad_link');
  if (message.code === 'too_expensive') transport.play(false);
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
