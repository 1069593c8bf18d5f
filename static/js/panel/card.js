// card.js — every server on the stage is a button: hover or focus shows its figures, a press opens what can be done to it.

/** @import {Control, Scenario, Server, Station} from './types.js' */
/** @import {Stage} from '../stage/stage.js' */
/** @import {Run} from './run.js' */
/** @import {Controls} from './controls.js' */

import { says } from '../stage/server.js';
import { keeps, waits } from '../stage/stations.js';
import { aimed } from './controls.js';
import { make, noValue } from './make.js';

/** A figure in a table or a card. @param {string|null|undefined} value @returns {(Node|string)[]} */
export const told = value => (value == null ? noValue() : [value]);
const ms = (/** @type {number} */ s) => `${s * 1000 < 10 ? (s * 1000).toFixed(1) : Math.round(s * 1000).toLocaleString('en')} ms`;

/** A server's figures, in the order in which they are read out: null where there is no value, undefined where there is no such figure.
 * @param {Server} s @param {Station} station @returns {[string, string|null|undefined][]} */
export function figures(s, station) {
  const busy = s.slots.filter(Boolean).length, queues = waits(station), off = s.state === 'down' || s.state === 'boot';
  return [
    ['State', `${says(s).word}${s.trusted ? '' : ', out of the rotation'}`],
    ['Waiting', queues ? String(s.queue.length) : undefined],
    ['Being worked on', queues ? `${busy} of ${s.workers}` : `${busy} inside`],
    ['Utilisation', !queues ? undefined : off ? null : `${Math.round(s.util * 100)} %`],
    ['Share of requests', `${(s.share * 100).toFixed(1)} %`],
    ['Hits', s.hit != null ? `${(s.hit * 100).toFixed(1)} %` : keeps(station) ? null : undefined],
    ['Slowest answer lately', s.worst == null ? null : ms(s.worst)],
  ];
}

export class Cards {
  /** @param {HTMLElement} host the figure around the canvas @param {Stage} stage @param {Run} run @param {Controls} controls @param {(server: number) => void} chosen */
  constructor(host, stage, run, controls, chosen) {
    this.stage = stage;
    this.run = run;
    this.controls = controls;
    this.chosen = chosen;
    this.scenario = run.scenario;
    this.layer = make('div', { className: 'servers', role: 'group', 'aria-label': 'Servers' });
    this.card = make('div', { className: 'server-card', hidden: true });
    host.append(this.layer, this.card);
    /** @type {Map<number, any>} */ this.buttons = new Map();
    this.open = -1;                      // the server whose card stays open
    this.shows = -1;                     // the server whose figures it holds
    /** @type {''|'A'|'B'} */ this.side = '';
    this.leaving = new AbortController();
    const { signal } = this.leaving, outside = (/** @type {Event} */ e) => e.target instanceof Node && !this.card.contains(e.target) && !this.layer.contains(e.target);
    document.addEventListener('pointerdown', e => { if (this.open >= 0 && outside(e)) this.close(); }, { signal });
    host.closest('simulation-panel')?.addEventListener('keydown', e => {
      if (/** @type {KeyboardEvent} */ (e).key !== 'Escape') return;
      if (this.card.contains(document.activeElement)) this.buttons.get(this.open)?.focus();
      this.close();
    }, { signal });
  }

  /** Put the buttons where the servers are drawn, and the card beside its own. */
  place() {
    const { places } = this.stage.L;
    for (const [i, button] of this.buttons) if (!places.has(i)) { button.remove(); this.buttons.delete(i); }
    for (const [i, r] of places) {
      let button = this.buttons.get(i);
      if (!button) this.buttons.set(i, button = this.#button(i));
      const inset = r.dense ? 0 : 3;
      Object.assign(button.style, { left: `${r.x - 6}px`, top: `${r.top + inset}px`, width: `${r.right - r.x + 12}px`, height: `${r.h - 2 * inset}px` });
    }
    if (!this.card.hidden) this.#put();
  }

  /** Say to which side of a comparison the servers belong: there are two of each then. @param {''|'A'|'B'} side */
  mark(side) {
    this.side = side;
    this.layer.setAttribute('aria-label', side ? `Servers of ${side}` : 'Servers');
    for (const [i, button] of this.buttons) button.setAttribute('aria-label', this.#label(i));
  }

  /** @param {number} i */
  #label(i) {
    const { playback } = this.run, faults = this.#faults(this.scenario.stations[playback.station[i]]);
    return `${this.side && `${this.side}, `}${playback.name(i)}: figures${faults.length ? ' and faults' : ''}`;
  }

  /** @param {number} i */
  #button(i) {
    const button = make('button', { type: 'button', 'aria-expanded': 'false', 'aria-label': this.#label(i) });
    button.addEventListener('pointerenter', (/** @type {PointerEvent} */ e) => { if (e.pointerType !== 'touch') this.#hover(i); });      // a finger may be about to scroll
    button.addEventListener('focus', () => this.#hover(i));
    button.addEventListener('pointerleave', () => this.#hover(-1));
    button.addEventListener('blur', () => this.#hover(-1));
    button.addEventListener('click', (/** @type {PointerEvent} */ e) => {
      if (this.open === i) { this.close(); return; }
      this.#show(i, true);
      if (!e.detail) this.card.querySelector('button, input')?.focus();      // by keyboard: its faults, not the next server
    });
    button.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key], order = [...this.buttons.keys()].sort((a, b) => a - b);
      if (step) { e.preventDefault(); this.buttons.get(order[order.indexOf(i) + step])?.focus(); }
    });
    this.layer.append(button);
    return button;
  }

  /** @param {number} i */
  #hover(i) {
    this.stage.hovered = i;
    if (this.open < 0) { if (i >= 0) this.#show(i, false); else this.card.hidden = true; }
    this.layer.dispatchEvent(new CustomEvent('redraw', { bubbles: true }));
  }

  close() {
    this.buttons.get(this.open)?.setAttribute('aria-expanded', 'false');
    this.open = -1;
    this.card.hidden = true;
    this.card.classList.remove('open');
  }

  /** @param {number} i @param {boolean} stay whether it was pressed, and so offers faults */
  #show(i, stay) {
    const s = this.run.playback.servers[i];
    if (!s || !this.stage.L.places.has(i)) return;
    if (stay) {
      this.buttons.get(this.open)?.setAttribute('aria-expanded', 'false');
      this.open = i;
      this.buttons.get(i).setAttribute('aria-expanded', 'true');
      this.chosen(i);
    }
    this.list = make('dl');
    this.card.classList.toggle('open', stay);
    this.card.replaceChildren(make('p', { className: 'server-name' }, s.name), this.list, ...(stay ? this.#actions(s) : []));
    this.shows = i;
    this.update();
    this.card.hidden = false;
    this.#put();
    if (stay) this.card.scrollIntoView({ block: 'nearest' });             // all of it, where the server is near an edge of the window
  }

  /** Beside its server, as this layout has room; it closes where its server is gone. */
  #put() {
    const { card, stage } = this, r = stage.L.places.get(this.shows), stay = this.open >= 0, held = document.activeElement;
    if (!r) { this.#gone(); return; }
    const narrow = stage.L.kind === 'stacked', below = r.top + r.h / 2 < stage.H / 2;
    card.classList.toggle('narrow', narrow);                              // then as wide as the stage, with the faults at the server's row
    card.classList.toggle('above', !below);
    const disturb = card.querySelector('.disturb'), last = narrow && !below;
    if (disturb && disturb !== (last ? card.lastElementChild : this.list?.nextElementSibling)) {
      if (last) card.append(disturb); else this.list?.after(disturb);
      if (disturb.contains(held)) /** @type {HTMLElement} */ (held).focus({ preventScroll: true });      // what is moved loses it
    }
    const left = stay && narrow ? 8 : Math.max(8, Math.min(narrow ? r.x : r.x - card.offsetWidth - 8, stage.W - card.offsetWidth - 8));
    Object.assign(card.style, { left: `${left}px`, top: below ? `${r.top + (narrow ? r.h : 0)}px` : 'auto', bottom: below ? 'auto' : `${stage.H - r.top - (narrow ? 0 : r.h)}px` });
  }

  /** Its server was taken away: the next one is at hand for those who were on its card. */
  #gone() {
    const held = this.card.contains(document.activeElement);
    this.close();
    if (held) this.layer.querySelector('button:last-child')?.focus();
  }

  /** What can be done to a server of a station. @param {Station} station */
  #faults(station) { return this.scenario.faults.filter(f => aimed(f) && f.target === station.name); }

  /** @param {Server} s */
  #actions(s) {
    const station = this.scenario.stations[s.station], buttons = this.#faults(station).map(f => {
      const control = this.controls.named(f, s.i), button = make('button', { type: 'button', className: 'btn', 'aria-pressed': String(!!this.controls.in[control]) }, f.label.replace(/ (a|the) (server|box)$/, ''));
      button.addEventListener('click', () => { this.controls.fault(f, s.i); button.setAttribute('aria-pressed', String(!!this.controls.in[control])); });
      return button;
    });
    const own = this.scenario.controls.filter(c => c.per_server && (c.station ?? this.scenario.stations[0].name) === station.name);
    const disturb = buttons.length ? [make('div', { className: 'disturb' }, ...buttons)] : [], settings = own.map(c => this.#own(c, s));
    return [...disturb, ...settings];
  }

  /** A setting of one server. @param {Control} c @param {Server} s */
  #own(c, s) {
    const name = `${c.name}.${s.n + 1}`, value = this.run.settings[name] ?? c.default;
    const field = make('input', { type: 'number', min: String(c.minimum * c.scale), max: String(c.maximum * c.scale), step: String(c.step * c.scale), value: String(value * c.scale) });
    field.addEventListener('change', () => {
      if (field.value === '' || !field.validity.valid && !field.validity.stepMismatch) { field.reportValidity(); return; }
      this.controls.touch(name, +field.value / c.scale);
    });
    return make('label', { className: 'own' }, c.label, field);
  }

  /** Print the figures anew. */
  update() {
    const s = this.run.playback.servers[this.shows];
    if (!s && !this.card.hidden) this.#gone();
    if (!s || !this.list) return;
    const found = figures(s, this.scenario.stations[s.station]).filter(([, value]) => value !== undefined);
    this.list.replaceChildren(...found.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, ...told(value))]));
  }

  leave() { this.leaving.abort(); }
}
