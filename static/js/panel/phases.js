// phases.js — predict, run, compare: where the learner is, at the head of a panel that asks for a prediction first.

/** @import {SimulationPanel} from './element.js' */

import { make } from './make.js';

const NAMES = ['predict', 'run', 'compare'];

export class Phases {
  /** @param {SimulationPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.list = make('ol', { className: 'lab-steps', 'aria-label': 'Where you are' }, ...NAMES.map(name => make('li', {}, name[0].toUpperCase() + name.slice(1))));
    if (panel.scenario.predict && !panel.compact) panel.closest('.lab')?.querySelector('.lab-head')?.append(this.list);
  }

  /** @param {string} name */
  show(name) {
    this.panel.dataset.phase = name;
    const at = NAMES.indexOf(name);
    [...this.list.children].forEach((li, n) => {
      li.className = n < at ? 'done' : '';
      if (n === at) li.setAttribute('aria-current', 'step'); else li.removeAttribute('aria-current');
    });
  }
}
