// predict.js — the learner says what will happen before it runs; what they said stays on the chart as a dotted line.

/** @import {Predict} from './types.js' */
/** @import {SimulationPanel} from './element.js' */

import { Ask, SURE } from './ask.js';
import { make, shown } from './make.js';
import { bring } from './sight.js';
import { inText } from './words.js';

/** @typedef {{said: string, value?: number, points?: [number, number][], sure: string, shown?: number|null}} Said */

export class Prediction {
  /** @param {SimulationPanel} panel @param {Predict} info */
  constructor(panel, info) {
    this.panel = panel;
    this.info = info;
    this.key = `prediction:${panel.getAttribute('path')}`;
    this.host = panel.piece('predict');
    this.strip = make('p', { className: 'predicted', hidden: true });
    this.host.after(this.strip);
    panel.addEventListener('told', () => this.#outcome());
    this.path = panel.getAttribute('predictions') ?? '';
    const before = info.committed ?? recall(this.key);
    if (before) this.#reveal(before, false); else this.#ask();
  }

  #ask() {
    const { info, panel } = this;
    this.open = true;                    // whether its run has yet to be watched
    panel.phases.show('predict');
    /** @type {Said|null} */ this.said = null;
    this.form = new Ask(info, panel.id, said => { if (said) this.#keep(said); this.#reveal(said, true); panel.transport.button.focus({ preventScroll: true }); });
    this.host.replaceChildren(this.form.form);
    this.form.sketch?.draw();
  }

  /** @param {Said|null} said @param {boolean} play */
  #reveal(said, play) {
    const { panel, info } = this;
    this.said = said;
    panel.phases.show('run');
    this.form?.leave();
    this.host.replaceChildren();
    this.strip.hidden = !said;
    this.done = false;
    if (said) {
      const again = make('button', { type: 'button', className: 'btn quiet' }, 'Predict again'), watch = make('button', { type: 'button', className: 'btn quiet' }, 'Watch it again');
      again.addEventListener('click', () => { forget(this.key); this.info.committed = undefined; this.strip.hidden = true; panel.transport.play(false); this.#ghost(null); this.#ask(); this.form?.focus(); });
      watch.addEventListener('click', () => this.#reveal(said, true));
      /** @type {[number, number][]|undefined} */ const points = said.points ?? (said.value === undefined || !info.measure.startsWith('p') ? undefined : [[info.from, said.value], [info.span, said.value]]);
      this.told = make('span', { className: 'predicted-outcome' });
      this.strip.replaceChildren(make('span', {}, 'You predicted: ', make('b', {}, said.said.replace(/\.$/, '')), `, ${SURE.find(s => s[0] === said.sure)?.[1].toLowerCase() ?? ''}.${points ? ' The dotted line in the latency chart is yours.' : ''} `, this.told), make('span', { className: 'predicted-again' }, watch, again));
      this.#ghost(points ? { points, label: 'you' } : null);
    }
    this.open = this.watching = said?.shown == null;
    if (said?.shown != null && !play) { this.done = true; this.#tell(said.shown); }
    if (play) {
      panel.steps?.watch();
      this.watching = true;
      panel.begin({ timeline: info.timeline.length ? info.timeline : undefined, span: info.span });
      bring(panel);                      // the form is gone, and the browser held what stood below it
    } else if (info.timeline.length && (this.open || !panel.scenario.steps?.length)) {
      panel.run.timeline = info.timeline;
      panel.transport.set(panel.transport.suited(info.span));
    }
  }

  /** @param {import('./figures.js').Ghost} ghost */
  #ghost(ghost) { if (this.panel.board) this.panel.board.ghost = ghost; }

  /** The run is no longer the one that was asked about: what it shows says nothing about the prediction. */
  part() {
    if (this.watching && this.told && !this.done) this.told.textContent = 'Its run was not watched to the end.';
    this.watching = false;
  }

  /** Another run begins, where the dotted line has no place. */
  stop() {
    this.part();
    this.#ghost(null);
  }

  /** Once the run has come so far: what it was, beside what was said. */
  #outcome() {
    const { info, panel, said } = this;
    if (!said || this.done || !this.watching || panel.playhead < info.span) return;
    const value = info.counted ?? this.#at(info.span) ?? this.#now();
    if (value == null) return;
    this.done = true;
    this.#tell(value);
    this.#send({ watched: '1' });
  }

  /** What was measured at an instant, as the page shows it. @param {number} at s @returns {number|undefined} */
  #at(at) {
    const value = this.panel.run.playback.history.findLast(h => h.t <= at * 1000 + 1)?.[this.info.measure];
    return value == null ? undefined : value * this.info.scale;
  }

  /** The measure of the segment at the playhead, for those that have no series. @returns {number|undefined} */
  #now() {
    const value = this.panel.run.playback.current?.readouts[this.info.measure];
    return value == null ? undefined : value * this.info.scale;
  }

  /** What it was, whether that was what was said, and why. @param {number} value as the page shows it */
  #tell(value) {
    const { info, said } = this, before = info.from && this.open && info.counted == null ? this.#at(info.from) : undefined;
    const figure = (/** @type {number} */ v) => `${shown(v, { scale: 1, digits: v < 10 && v % 1 ? 1 : 0 })} ${info.unit}`.trim();
    const was = before === undefined ? '' : `${figure(before)} before, `, right = info.right && said?.said === info.choices[info.right - 1];
    const verdict = !info.right ? '' : right ? 'That is what happened. ' : `What happened: ${inText(info.choices[info.right - 1])}. `;
    const why = make('span');
    why.innerHTML = info.outcome_html ?? '';                                   // cleaned by the server
    this.told?.replaceChildren(make('b', { className: right ? 'ok' : '' }, verdict), `${info.label}: ${was}${figure(value)} ${info.over ? `from ${info.span - info.over} s to` : 'after'} ${info.span} s. `, why);
  }

  /** With the learner's progress; in this browser alone while the server does not answer. @param {Said} said */
  async #keep(said) {
    remember(this.key, said);
    if (await this.#send({ said: JSON.stringify(said) })) forget(this.key);
  }

  /** @param {Record<string, string>} fields @returns {Promise<boolean>} whether the server took it */
  async #send(fields) {
    const token = this.panel.querySelector('[name=csrfmiddlewaretoken]')?.getAttribute('value');
    if (!this.path || !token) return false;
    try {
      return (await fetch(this.path, { method: 'POST', body: new URLSearchParams(fields), headers: { 'X-CSRFToken': token } })).ok;
    } catch {
      return false;
    }
  }
}

/** @param {string} key @returns {Said|null} */
function recall(key) { try { return JSON.parse(sessionStorage.getItem(key) ?? 'null'); } catch { return null; } }
/** @param {string} key @param {Said} said */
function remember(key, said) { try { sessionStorage.setItem(key, JSON.stringify(said)); } catch { /* storage is switched off */ } }
/** @param {string} key */
function forget(key) { try { sessionStorage.removeItem(key); } catch { /* the same */ } }
