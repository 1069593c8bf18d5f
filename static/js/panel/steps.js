// steps.js — guided steps: the author's settings one after the other, each with the controls that matter, before everything opens.

/** @import {Step} from './types.js' */
/** @import {SimulationPanel} from './element.js' */

import { make } from './make.js';

export class Steps {
  /** @param {SimulationPanel} panel @param {Step[]} steps */
  constructor(panel, steps) {
    this.panel = panel;
    this.steps = steps;
    this.host = panel.piece('guide');
    this.at = 0;
    this.list = make('ol', { className: 'lab-steps' }, ...steps.map(step => make('li', {}, step.title)), make('li', {}, 'Everything'));
    this.title = make('h3');
    this.text = make('p');
    this.back = make('button', { type: 'button', className: 'btn' }, 'Back');
    this.next = make('button', { type: 'button', className: 'btn primary' });
    this.skip = make('button', { type: 'button', className: 'btn quiet' }, 'Open everything');
    this.back.addEventListener('click', () => this.go(this.at - 1));
    this.next.addEventListener('click', () => this.go(this.at + 1));
    this.skip.addEventListener('click', () => this.go(steps.length));
    this.words = make('div', { className: 'guide-words', 'aria-live': 'polite' }, this.title, this.text);
    this.host.replaceChildren(this.list, this.words, make('div', { className: 'guide-actions' }, this.back, this.next, this.skip));
    panel.controls.only(steps[0].show);
    this.#print();
    panel.addEventListener('ready', () => this.#set(), { once: true });
  }

  /** @param {number} step one past the last opens everything */
  go(step) {
    this.at = step;
    this.#print();
    this.panel.controls.only(this.steps[step]?.show ?? null);
    this.#set();
  }

  #set() {
    for (const [control, value] of Object.entries(this.steps[this.at]?.set ?? {})) this.panel.touch({ control, value });
  }

  #print() {
    const { at, steps } = this, step = steps[at];
    [...this.list.children].forEach((li, n) => { li.className = n < at ? 'done' : ''; if (n === at) li.setAttribute('aria-current', 'step'); else li.removeAttribute('aria-current'); });
    this.title.textContent = step ? step.title : '';
    this.text.innerHTML = step ? step.text_html : 'Every control is open now. What else can you find?';     // cleaned by the server
    this.back.hidden = at === 0;
    this.next.hidden = !step;
    this.next.textContent = at === steps.length - 1 ? 'Open everything' : 'Next step';
    this.skip.hidden = at >= steps.length - 1;
  }
}
