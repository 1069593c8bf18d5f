// steps.js — guided steps: the author's settings one after the other, each in a run of its own with the controls that matter, before
// everything opens.

/** @import {Step} from './types.js' */
/** @import {SimulationPanel} from './element.js' */

import { make } from './make.js';
import { bring, small } from './sight.js';

const WATCHING = -1;                     // the run that a prediction was about plays first, undisturbed

export class Steps {
  /** @param {SimulationPanel} panel @param {Step[]} steps @param {boolean} linked a run that a link brought is left as it is */
  constructor(panel, steps, linked) {
    this.panel = panel;
    this.steps = steps;
    this.host = panel.piece('guide');
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
    if (linked) this.#show(steps.length);
    else if (panel.prediction?.open) this.watch(false);
    else {
      this.#show(0);
      panel.run.timeline = this.timeline;
    }
  }

  /** A prediction's run begins, or waits to be played: no setting of a step may touch it. @param {boolean} playing */
  watch(playing = true) {
    this.#show(WATCHING);
    if (!playing) this.text.textContent = 'Press Play for the run that you were asked about. Take the first step when you have seen it.';
  }

  /** To a step, whose run begins anew: what the learner did before would tell in its figures.
   * @param {number} step one past the last opens everything, and changes nothing */
  go(step) {
    this.#show(step);
    const { panel } = this, here = this.steps[step];
    if (!here) return;
    panel.prediction?.stop();
    if (small.matches && panel.transport.playing) bring(panel, true);
    if (panel.runs.length === 1) panel.restart({ timeline: this.timeline, speed: here.speed ?? undefined });
    else for (const [control, value] of Object.entries(here.set ?? {})) panel.touch({ control, value });      // a comparison keeps what it compares
  }

  /** What Restart goes back to here; undefined: the lesson's opening. */
  get opening() { return this.at === WATCHING ? this.panel.prediction?.info.timeline : this.steps[this.at] && this.timeline; }

  /** The lesson's opening with the settings of this step. */
  get timeline() {
    const { opening: linked, preset } = this.panel.scenario, set = this.steps[this.at]?.set ?? {};
    const opening = linked ?? Object.entries(preset ?? {}).map(([control, value]) => [0, control, value]);
    return [...opening.filter(([, control]) => !(control in set)), ...Object.entries(set).map(([control, value]) => [0, control, value])];
  }

  /** @param {number} at */
  #show(at) {
    this.at = at;
    const { steps } = this, step = steps[at], watching = at === WATCHING;
    this.panel.controls.only(watching ? steps[0].show : step?.show ?? null);
    [...this.list.children].forEach((li, n) => { li.className = n < at ? 'done' : ''; if (n === at) li.setAttribute('aria-current', 'step'); else li.removeAttribute('aria-current'); });
    this.title.textContent = watching ? 'First, watch' : step?.title ?? '';
    if (step) this.text.innerHTML = step.text_html;                        // cleaned by the server
    else this.text.textContent = watching ? 'This is the run that you were asked about. Take the first step when you have seen it.' : 'Every control is open now, and the run goes on as it is; Restart begins it anew. What else can you find?';
    if (step) this.panel.board?.show(step.chart);
    const { back, next, skip } = this, pressed = document.activeElement;
    back.hidden = at <= 0;
    next.hidden = at >= steps.length;
    skip.hidden = at >= steps.length - 1;
    next.textContent = watching ? 'First step' : at === steps.length - 1 ? 'Open everything' : 'Next step';
    if ([back, next, skip].some(button => button === pressed && button.hidden)) (next.hidden ? back : next).focus();      // not to the top of the page
  }
}
