// ask.js — the form in which the learner says what will happen, and how sure they are; at its button stands in words what is missing.

/** @import {Predict} from './types.js' */
/** @import {Said} from './predict.js' */

import { make } from './make.js';
import { Sketch } from './sketch.js';

export const SURE = [['guess', 'A guess'], ['fairly', 'Fairly sure'], ['certain', 'Certain']];
const MISSING = { choice: 'an answer', number: 'a value', curve: 'a line or a shape' };

export class Ask {
  /** @param {Predict} info @param {string} id of the panel @param {(said: Said|null) => void} done null: runs without a prediction */
  constructor(info, id, done) {
    this.info = info;
    this.id = id;
    /** @type {Omit<Said, 'sure'>|null} */ this.said = null;
    this.sure = '';
    const answer = make('div', { className: 'predict-answer' }), sketchHost = make('div', { className: 'draw' });
    if (info.kind === 'choice') this.#choices(answer);
    else if (info.kind === 'number') this.#number(answer);
    else this.sketch = new Sketch(sketchHost, answer, info, `${id}-shape`, said => this.#say(said));
    this.left = make('p', { className: 'predict-left', id: `${id}-left`, role: 'status' });
    // not disabled but marked so: who comes to it by keyboard hears what is missing, and who presses it is led there
    this.go = make('button', { type: 'submit', className: 'btn primary', 'aria-describedby': this.left.id }, 'Lock in and run');
    const skip = make('button', { type: 'button', className: 'btn quiet' }, 'Run without predicting'), question = make('div', { className: 'q' });
    question.innerHTML = info.question_html;                                   // cleaned by the server
    const how = info.kind === 'curve' ? [make('p', { className: 'how' }, 'Draw the line on the chart, or choose a shape.'), sketchHost] : [];
    this.form = make('form', { className: `predict ${info.kind}` }, question, ...how, answer, this.#certainty(), make('div', { className: 'predict-actions' }, this.left, this.go, skip));
    this.form.addEventListener('submit', (/** @type {Event} */ e) => {
      e.preventDefault();
      if (this.said && this.sure) done({ ...this.said, sure: this.sure }); else this.#lead();
    });
    skip.addEventListener('click', () => done(null));
    this.#check();
  }

  /** To the first thing to say. */
  focus() { this.form.querySelector('.predict-answer input').focus(); }

  leave() { this.sketch?.leave(); }

  /** @param {Omit<Said, 'sure'>|null} said null: a line that has not come far enough */
  #say(said) { this.said = said ?? this.said; this.#check(); }

  /** @param {HTMLElement} answer */
  #choices(answer) {
    for (const text of this.info.choices) {
      const input = make('input', { type: 'radio', name: `${this.id}-said` });
      input.addEventListener('change', () => this.#say({ said: text }));
      answer.append(make('label', { className: 'predict-choice' }, input, make('span', {}, text)));
    }
  }

  /** A slider that stands in the middle and says nothing until it is moved there or away, or pressed where it stands. @param {HTMLElement} answer */
  #number(answer) {
    const { label, unit, maximum } = this.info, many = (/** @type {number} */ v) => v.toLocaleString('en'), how = `${this.id}-how`;
    const field = make('input', { type: 'range', min: '0', max: String(maximum), step: String(maximum / 200), value: String(maximum / 2), 'aria-label': `${label}, ${unit}`, 'aria-valuetext': 'no value yet', 'aria-describedby': how });
    const out = make('output', {}, '–'), ends = make('div', { className: 'dial-ends', 'aria-hidden': 'true' }, make('span', {}, '0'), make('span', { className: 'def' }, many(maximum / 2)), make('span', {}, `${many(maximum)} ${unit}`));
    const dial = make('div', { className: 'dial unsaid' }, make('div', { className: 'dial-head' }, make('b', {}, label), out), make('div', { className: 'dial-track' }, field), ends);
    const stand = (said = true) => {
      const text = said ? `${many(+field.value)} ${unit}` : '';
      out.textContent = text || '–';
      field.setAttribute('aria-valuetext', text || 'no value yet');
      dial.style.setProperty('--v', String(+field.value / maximum));
      dial.classList.toggle('unsaid', !said);
      this.said = said ? { said: text, value: +field.value } : null;
      this.#check();
    };
    let before = { value: field.value, said: false };
    field.addEventListener('input', () => stand());
    field.addEventListener('click', () => stand());                            // where it stands: no other value, and so no input
    field.addEventListener('pointerdown', () => { before = { value: field.value, said: !!this.said }; });
    field.addEventListener('pointerup', (/** @type {PointerEvent} */ e) => { if (e.pointerType !== 'mouse') stand(); });      // a finger on a slider makes no click
    field.addEventListener('pointercancel', () => { field.value = before.value; stand(before.said); });      // it scrolled the page from here, and said nothing
    field.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => { if (!this.said && (e.key === 'Enter' || e.key === ' ')) { e.preventDefault(); stand(); } });
    for (const [name, value] of [['--v', '.5'], ['--d', '.5'], ['--n', '10']]) dial.style.setProperty(name, value);
    answer.append(make('p', { className: 'how', id: how }, 'Move the slider to your value. If you mean the middle, press it there, or Enter.'), dial);
  }

  #certainty() {
    return make('fieldset', { className: 'predict-sure' }, make('legend', { className: 'field-name' }, 'How sure are you?'), make('div', { className: 'seg' }, ...SURE.map(([value, label]) => {
      const input = make('input', { type: 'radio', name: `${this.id}-sure`, value });
      input.addEventListener('change', () => { this.sure = value; this.#check(); });
      return make('label', {}, input, label);
    })));
  }

  /** Say what is still missing. */
  #check() {
    const { said, sure, sketch, info } = this, ready = !!(said && sure);
    const missing = [said ? '' : sketch?.begun ? 'the rest of the line' : MISSING[info.kind], sure ? '' : 'how sure you are'].filter(Boolean);
    const text = ready ? 'Ready: what you said will stand beside the run.' : `Still missing: ${missing.join(', and ')}.`;
    this.go.setAttribute('aria-disabled', String(!ready));
    if (this.left.textContent !== text) this.left.textContent = text;
    if (ready) this.left.classList.remove('asked');
  }

  /** The button was pressed too early: to the first thing that is missing. */
  #lead() {
    this.left.classList.add('asked');
    this.form.querySelector(this.said ? '.predict-sure input' : '.predict-answer input').focus();
  }
}
