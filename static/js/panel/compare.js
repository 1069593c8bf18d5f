// compare.js — A | B: the same seed and the same arrivals, two settings side by side, played in step; and whether they really differ.

/** @import {SimulationPanel} from './element.js' */

import { make, noValue, shown } from './make.js';
import { measured } from './row.js';
import { Run } from './run.js';
import { verdict } from './verdict.js';
import { View } from './view.js';
import { inText, worded } from './words.js';

/** The settings at the end of a timeline, as changes at 0 s. @param {any[]} timeline @returns {any[]} */
export function settled(timeline) {
  const last = new Map(timeline.map(([, control, value]) => [control, value]));
  return [...last].map(([control, value]) => [0, control, value]);
}

export class Compare {
  /** @param {SimulationPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.button = panel.piece('compare');
    this.stages = panel.piece('stages');
    this.button.addEventListener('click', () => this.toggle());
    panel.addEventListener('told', () => this.#headlines());
    /** @type {Run|null} */ this.b = null;
  }

  toggle() {
    if (this.b) this.#end(); else this.#begin();
    this.button.setAttribute('aria-pressed', String(!!this.b));
    this.panel.phases.show(this.b ? 'compare' : 'run');
    for (const view of this.panel.views) { view.clear(); view.stage.measure(); view.redraw(); }
    this.panel.tell(true);
  }

  #begin() {
    const { panel } = this, { run } = panel;
    const figure = /** @type {HTMLElement} */ (panel.piece('stage').cloneNode(true));
    figure.removeAttribute('data-part');
    for (const each of figure.querySelectorAll('.servers, .server-card')) each.remove();
    const mark = /** @type {HTMLElement} */ (figure.querySelector('.run-mark'));
    mark.textContent = 'B';
    mark.classList.add('b');
    this.figure = figure;
    run.cut();                                                             // both sides go on without a prediction's script
    this.stages.append(figure);
    this.stages.dataset.count = '2';
    this.b = panel.follow(new Run(panel.path, panel.scenario, { seed: run.seed, timeline: run.timeline, past: run.playback, speed: run.speed }));
    panel.runs.push(this.b);
    panel.views.push(new View(figure, this.b, panel.controls, { tone: 'b', chosen: i => { this.turn('b'); panel.aim(i); } }));
    panel.views[0].mark('A');
    panel.views[1].mark('B');
    panel.calm();
    panel.aim(panel.controls.server);
    this.b.open();
    this.#choose();
    this.result = make('div', { className: 'verdict' });
    const ask = make('button', { type: 'button', className: 'btn' }, 'Is the difference real?');
    ask.addEventListener('click', () => this.#ask(ask));
    this.box = make('section', { className: 'verdict-box', 'aria-label': 'Difference between A and B' }, make('div', { className: 'verdict-ask' }, ask, make('span', {}, 'Runs both settings on the server, ten times each with the same requests.')), this.result);
    panel.piece('readouts').before(this.box);
    this.#edit('b');
  }

  /** Which side the controls move. */
  #choose() {
    const { panel } = this, seg = make('div', { className: 'seg' });
    for (const [value, label] of [['a', 'A'], ['b', 'B'], ['both', 'Both']]) {
      const input = make('input', { type: 'radio', name: `${panel.id}-side`, value, checked: value === 'b' });
      input.addEventListener('change', () => this.#edit(value));
      seg.append(make('label', {}, input, label));
    }
    this.side = make('fieldset', { className: 'side-field' }, make('legend', { className: 'field-name' }, 'The controls change'), seg);
    panel.piece('controls').prepend(this.side);
  }

  /** A server of one side was pressed: what its card does is done to that side, unless the controls change both. @param {'a'|'b'} side */
  turn(side) {
    if (!this.b || !this.panel.edits) return;
    /** @type {HTMLInputElement} */ (this.side?.querySelector(`[value=${side}]`)).checked = true;
    this.#edit(side);
  }

  /** @param {string} side */
  #edit(side) {
    const { panel, b } = this;
    panel.edits = side === 'both' || !b ? null : [side === 'b' ? b : panel.run];
    for (const view of panel.views) if (panel.edits && !panel.edits.includes(view.run)) view.cards?.close();
    panel.controls.print((panel.edits?.[0] ?? panel.run).current);
  }

  #end() {
    const { panel } = this;
    for (const run of panel.runs.splice(1)) run.leave();
    for (const view of panel.views.splice(1)) view.leave();
    panel.views[0].mark('');
    this.figure?.remove();
    this.side?.remove();
    this.box?.remove();
    this.stages.dataset.count = '1';
    this.b = null;
    panel.edits = null;
    panel.controls.print(panel.run.current);
  }

  /** The caption of each side: in what it differs, and its p99. */
  #headlines() {
    if (!this.b) return;
    const runs = [this.panel.run, this.b], texts = this.#differences();
    runs.forEach((run, n) => {
      const figure = this.panel.views[n].figure, { row } = run.playback, p99 = row && measured(row, 'p99');
      const setting = /** @type {HTMLElement} */ (figure.querySelector('.run-setting')), headline = /** @type {HTMLElement} */ (figure.querySelector('.headline'));
      setting.textContent = texts[n] || 'the same settings';
      headline.replaceChildren('p99 ', make('b', {}, ...(p99 == null ? noValue() : [`${shown(p99, { scale: 1000, digits: 0 })} ms`])));
    });
    this.#level();
    const key = texts.join('|');
    if (this.asked !== undefined && this.asked !== key) { this.result.replaceChildren(); this.asked = undefined; }
  }

  /** Beside one another both stages are as high as the higher one: trays and rulers stand side by side. */
  #level() {
    const { views } = this.panel, [a, b] = views.map(view => view.figure.offsetTop), least = a === b ? Math.max(...views.map(view => view.stage.most)) : 0;
    for (const view of views) {
      if (view.stage.least === least) continue;
      view.stage.least = least;
      view.stage.measure();
      view.redraw();
    }
  }

  /** What A has and B has not, and the other way round, in words. @returns {[string, string]} */
  #differences() {
    const { run } = this.panel, a = run.settings, b = this.b?.settings ?? {}, { faults, controls } = run.scenario;
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(name => (a[name] ?? false) !== (b[name] ?? false));
    const word = (/** @type {string} */ name, /** @type {any} */ setting) => {
      const { label, whom, value } = worded(run, name, setting), base = name.replace(/\.\d+$/, ''), control = controls.find(c => c.name === base);
      if (faults.some(f => f.name === base)) return setting ? `${label}${whom && ` (${whom})`}` : '';
      return !control ? '' : control.kind === 'choice' ? value : `${inText(label)}${whom && ` of ${whom}`} ${value}`;
    };
    const say = (/** @type {Record<string, any>} */ settings) => names.map(name => word(name, settings[name])).filter(Boolean).join(', ');
    return [say(a), say(b)];
  }

  /** @param {HTMLButtonElement} button */
  async #ask(button) {
    const { panel, b } = this;
    if (!b) return;
    button.disabled = true;
    this.result.replaceChildren(make('p', { role: 'status' }, 'Simulating …'));
    const found = await panel.run.ask({ type: 'compare', timeline: b.timeline });
    button.disabled = false;
    this.asked = this.#differences().join('|');
    this.result.replaceChildren(found?.type === 'comparison' ? verdict(found) : make('p', { role: 'status', className: 'no' }, found?.message ?? 'There is no connection right now.'));
  }
}
