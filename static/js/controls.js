// controls.js — sliders, choices and fault buttons, made from scenario.describe().

/** @param {string} tag @param {Record<string, any>} [props] @param {...(Node|string)} inside @returns {any} */
export function make(tag, props = {}, ...inside) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes('-') || name === 'for' || name === 'role') el.setAttribute(name, value);
    else /** @type {any} */ (el)[name] = value;
  }
  el.append(...inside);
  return el;
}

export class Controls extends EventTarget {
  /** @param {HTMLElement} host @param {any} scenario @param {string} id */
  constructor(host, scenario, id) {
    super();
    this.host = host;
    this.scenario = scenario;
    this.id = id;
    /** @type {Map<string, (value: any) => void>} */ this.show = new Map();
    const row = make('div', { className: 'control-row' }), dials = make('div', { className: 'dials' });
    host.append(row, dials);
    for (const control of scenario.controls) {
      if (control.kind === 'choice') row.append(this.#choice(control));
      else if (control.kind === 'range' && !control.per_server) dials.append(this.#dial(control));
    }
    if (scenario.faults.length) row.append(this.#faults());
  }

  /** @param {string} control @param {any} value */
  #touch(control, value) { this.dispatchEvent(new CustomEvent('touch', { detail: { control, value } })); }

  /** @param {any} control */
  #choice(control) {
    const set = make('fieldset', { className: 'strategy-field' }, make('legend', { className: 'field-name' }, control.label));
    const seg = make('div', { className: 'seg' });
    for (const [value, label] of control.choices) {
      const input = make('input', { type: 'radio', name: `${this.id}-${control.name}`, value, checked: value === control.default });
      input.addEventListener('change', () => this.#touch(control.name, value));
      seg.append(make('label', {}, input, label));
    }
    this.show.set(control.name, value => { for (const input of seg.querySelectorAll('input')) input.checked = input.value === value; });
    set.append(seg);
    return set;
  }

  /** @param {any} control */
  #dial(control) {
    const { scale } = control, tidy = (/** @type {number} */ v) => +(v * scale).toFixed(6), unit = control.display_unit || control.unit;
    const bounds = { min: String(tidy(control.minimum)), max: String(tidy(control.maximum)), step: String(tidy(control.step)) };
    const range = make('input', { type: 'range', id: `${this.id}-${control.name}`, ...bounds, value: String(tidy(control.default)) });
    const exact = make('input', { type: 'number', ...bounds, value: range.value, 'aria-label': `${control.label}, exactly` });
    const dial = make('div', { className: 'dial' },
      make('div', { className: 'dial-head' }, make('label', { for: range.id }, control.label), make('span', {}, exact, ` ${unit}`)),
      make('div', { className: 'dial-track' }, range, make('span', { className: 'notch' })),
      make('div', { className: 'dial-ends', 'aria-hidden': 'true' }, make('span', {}, bounds.min), make('span', {}, bounds.max)));
    const part = (/** @type {number} */ v) => String((v - +bounds.min) / (+bounds.max - +bounds.min));
    dial.style.setProperty('--d', part(tidy(control.default)));
    dial.style.setProperty('--n', '10');
    const print = () => {
      dial.style.setProperty('--v', part(+range.value));
      range.setAttribute('aria-valuetext', `${range.value} ${unit}`);
    };
    const send = () => this.#touch(control.name, +(+range.value / scale).toFixed(9));
    range.addEventListener('input', () => { exact.value = range.value; print(); send(); });
    exact.addEventListener('change', () => {
      if (exact.value === '' || !exact.checkValidity() && !exact.validity.stepMismatch) { this.#touch(control.name, +exact.value / scale); return; }
      range.value = exact.value; print(); this.#touch(control.name, +(+exact.value / scale).toFixed(9));
    });
    this.show.set(control.name, value => { range.value = String(tidy(value)); exact.value = String(tidy(value)); print(); });
    print();
    return dial;
  }

  #faults() {
    const box = make('div', { className: 'disturb' }), group = make('div', { role: 'group', 'aria-label': 'Disturb' }, make('span', { className: 'field-name' }, 'Disturb'), box);
    const servers = this.scenario.stations[0].max_servers;
    this.target = make('select', { className: 'select', 'aria-label': 'Server to disturb' });
    for (let i = 1; i <= servers; i++) this.target.append(make('option', { value: String(i), selected: i === Math.min(4, servers) }, `S${i}`));
    if (servers > 1 && this.scenario.faults.some((/** @type {any} */ f) => f.target)) box.append(this.target);
    /** @type {Record<string, any>} */ this.in = {};
    for (const fault of this.scenario.faults) {
      const button = make('button', { type: 'button', className: 'btn', 'aria-pressed': 'false' }, fault.label);
      const name = () => (fault.target ? `${fault.name}.${this.target.value}` : fault.name);
      const show = () => button.setAttribute('aria-pressed', String(!!this.in[name()]));
      button.addEventListener('click', () => { this.in[name()] = !this.in[name()]; show(); this.#touch(name(), this.in[name()]); });
      this.target.addEventListener('change', show);
      this.target.addEventListener('change', () => this.dispatchEvent(new Event('target')));
      this.show.set(`#${fault.name}`, show);
      box.append(button);
    }
    return group;
  }

  /** Print the settings that are in force. @param {Record<string, any>} settings */
  print(settings) {
    if (this.in) this.in = Object.fromEntries(Object.entries(settings).filter(([name]) => this.scenario.faults.some((/** @type {any} */ f) => name === f.name || name.startsWith(`${f.name}.`))));
    for (const [name, show] of this.show) if (name.startsWith('#')) show(null); else if (name in settings && !this.host.contains(document.activeElement)) show(settings[name]);
  }

  /** Put a control back to a value. @param {string} name @param {any} value */
  restore(name, value) { this.show.get(name)?.(value); }
}
