// controls.js — sliders, choices, switches and fault buttons, made from scenario.describe().

/** @import {Control, Fault, Scenario} from './types.js' */

import { firsts } from '../stage/stations.js';
import { dial } from './dial.js';
import { make } from './make.js';

/** Whether a fault is done to one server. @param {Fault} fault */
export const aimed = fault => (fault.reach ? fault.reach === 'server' : !!fault.target);

/** Tells "touch" ({control, value}) and "target" (the server that faults go to changed). */
export class Controls extends EventTarget {
  /** @param {HTMLElement} host @param {Scenario} scenario @param {string} id @param {string[]} names what the servers are called, by number */
  constructor(host, scenario, id, names) {
    super();
    this.host = host;
    this.scenario = scenario;
    this.id = id;
    this.names = names;
    /** @type {Map<string, (value: any) => void>} */ this.show = new Map();
    /** @type {Map<string, (why: string) => void>} */ this.refusals = new Map();
    /** @type {Map<string, HTMLElement>} */ this.elements = new Map();
    /** @type {Record<string, any>} the faults in effect */ this.in = {};
    const row = make('div', { className: 'control-row' }), dials = make('div', { className: 'dials' });
    for (const control of scenario.controls) {
      if (control.kind === 'choice') this.#put(row, control, this.#choice(control));
      else if (control.kind === 'switch') this.#put(row, control, this.#switch(control));
      else if (control.kind === 'range' && !control.per_server) {
        const made = dial(control, `${id}-${control.name}`, value => this.touch(control.name, value));
        this.show.set(control.name, made.show);
        this.refusals.set(control.name, made.refuse);
        this.#put(dials, control, made.element);
      }
    }
    if (scenario.faults.length) row.append(this.#faults());
    if (row.childElementCount) host.append(row);
    if (dials.childElementCount) host.append(dials);
  }

  /** @param {HTMLElement} into @param {Control} control @param {HTMLElement} element */
  #put(into, control, element) {
    this.elements.set(control.name, element);
    into.append(element);
  }

  /** @param {string} control @param {any} value */
  touch(control, value) { this.dispatchEvent(new CustomEvent('touch', { detail: { control, value } })); }

  /** @param {Control} control */
  #choice(control) {
    const set = make('fieldset', { className: 'strategy-field' }, make('legend', { className: 'field-name' }, control.label));
    const seg = make('div', { className: 'seg' });
    for (const [value, label] of control.choices) {
      const input = make('input', { type: 'radio', name: `${this.id}-${control.name}`, value, checked: value === control.default });
      input.addEventListener('change', () => this.touch(control.name, value));
      seg.append(make('label', {}, input, label));
    }
    this.show.set(control.name, value => { for (const input of seg.querySelectorAll('input')) input.checked = input.value === value; });
    set.append(seg);
    return set;
  }

  /** @param {Control} control */
  #switch(control) {
    const input = make('input', { type: 'checkbox', role: 'switch', checked: !!control.default });
    input.addEventListener('change', () => this.touch(control.name, input.checked));
    this.show.set(control.name, value => { input.checked = !!value; });
    return make('label', { className: 'switch' }, input, make('span', { className: 'switch-track', 'aria-hidden': 'true' }), control.label);
  }

  #faults() {
    const box = make('div', { className: 'disturb' }), group = make('div', { className: 'fault-field', role: 'group', 'aria-label': 'Disturb' }, make('span', { className: 'field-name' }, 'Disturb'), box);
    const { stations, faults } = this.scenario, start = firsts(stations);
    this.target = make('select', { className: 'select', 'aria-label': 'Server to disturb' });
    stations.forEach((station, k) => {
      if (!faults.some(f => aimed(f) && f.target === station.name)) return;
      for (let n = 0; n < station.max_servers; n++) this.target.append(make('option', { value: String(start[k] + n), selected: !k && n + 1 === Math.min(4, station.servers) }, this.names[start[k] + n]));
    });
    if (this.target.options.length > 1) box.append(this.target);
    this.target.addEventListener('change', () => { this.#pressed(); this.dispatchEvent(new Event('target')); });
    /** @type {[Fault, HTMLElement][]} */ this.buttons = [];
    for (const fault of faults) {
      const button = make('button', { type: 'button', className: 'btn', 'aria-pressed': 'false' }, fault.label);
      button.addEventListener('click', () => this.fault(fault, this.server));
      this.buttons.push([fault, button]);
      box.append(button);
    }
    return group;
  }

  /** What a fault at a server is called: `stop.3`, counted within its station. @param {Fault} fault @param {number} server its global number */
  named(fault, server) {
    const k = this.scenario.stations.findIndex(s => s.name === fault.target), n = server - firsts(this.scenario.stations)[k];
    return !aimed(fault) ? fault.reach === 'zone' ? `${fault.name}.1` : fault.name : `${fault.name}.${n >= 0 && n < this.scenario.stations[k].max_servers ? n + 1 : 1}`;
  }

  /** Toggle a fault. @param {Fault} fault @param {number} server its global number; nothing to faults that are aimed at no server */
  fault(fault, server) {
    const control = this.named(fault, server), on = !this.in[control];
    this.in[control] = on;
    this.#pressed();
    this.touch(control, on);
  }

  /** @returns {number} the number of the server that faults go to */
  get server() { return this.target?.value ? +this.target.value : -1; }

  /** @param {number} server */
  aim(server) { if (![...(this.target?.options ?? [])].some(o => +o.value === server)) return;
    this.target.value = String(server);
    this.#pressed();
  }

  /** Offer only servers that are there. @param {(server: number) => boolean} there */
  servers(there) {
    for (const option of this.target?.options ?? []) option.hidden = option.disabled = !there(+option.value);
  }

  #pressed() {
    for (const [fault, button] of this.buttons ?? []) button.setAttribute('aria-pressed', String(!!this.in[this.named(fault, this.server)]));
  }

  /** Print the settings that are in force. @param {Record<string, any>} settings */
  print(settings) {
    const faults = this.scenario.faults.map(f => f.name);
    this.in = Object.fromEntries(Object.entries(settings).filter(([name]) => faults.some(f => name === f || name.startsWith(`${f}.`))));
    this.#pressed();
    for (const [name, show] of this.show) if (name in settings) show(settings[name]);
  }

  /** A value that the server did not take: say why beside the control and put it back. @param {string} name @param {any} value @param {string} why @returns {boolean} whether it was said */
  refuse(name, value, why) {
    if (value !== undefined) this.show.get(name)?.(value);
    const say = this.refusals.get(name);
    say?.(why);
    return !!say;
  }

  /** Show only some of the controls; null shows all. @param {string[]|null} names */
  only(names) {
    for (const [name, element] of this.elements) element.hidden = !!names && !names.includes(name);
    for (const [fault, button] of this.buttons ?? []) button.hidden = !!names && !names.includes(fault.name);
    const faults = /** @type {HTMLElement|null} */ (this.host.querySelector('.fault-field'));
    if (faults) faults.hidden = !!names && !this.scenario.faults.some(f => names.includes(f.name));
    for (const box of /** @type {NodeListOf<HTMLElement>} */ (this.host.querySelectorAll('.control-row, .dials'))) box.hidden = ![...box.children].some(c => !(/** @type {HTMLElement} */ (c)).hidden);
  }
}
