// dial.js — a slider on a printed scale, with a field for the exact value and a word of explanation when it is refused.

/** @import {Control} from './types.js' */

import { make } from './make.js';

const OFTEN = 130;                       // ms between two changes while a slider is dragged
const NARROW = 200;                      // px of the scale where it is narrowest: the words below it have to fit there

/** @param {Control} control @param {string} id @param {(value: number) => void} touch @returns {{element: HTMLElement, show: (value: any) => void, refuse: (why: string) => void}} */
export function dial(control, id, touch) {
  const { scale } = control, unit = control.display_unit || control.unit;
  const tidy = (/** @type {number} */ v) => +(v * scale).toFixed(6), plain = (/** @type {number} */ v) => +(v / scale).toFixed(9);
  const bounds = { min: String(tidy(control.minimum)), max: String(tidy(control.maximum)), step: String(tidy(control.step)) };
  const words = (/** @type {string} */ v) => (+v).toLocaleString('en', { maximumFractionDigits: 6 });
  const range = make('input', { type: 'range', id, ...bounds, value: String(tidy(control.default)) });
  const exact = make('input', { type: 'text', inputMode: 'decimal', value: words(range.value), autocomplete: 'off', 'aria-label': `${control.label}, exactly`, 'aria-describedby': `${id}-why` });
  const why = make('p', { className: 'dial-why', id: `${id}-why`, role: 'alert' });
  const fallback = make('span', { className: 'def' }, words(range.value));
  const ends = make('div', { className: 'dial-ends', 'aria-hidden': 'true' }, make('span', {}, words(bounds.min)), fallback, make('span', {}, words(bounds.max)));
  const element = make('div', { className: 'dial' },
    make('div', { className: 'dial-head' }, make('label', { for: id }, control.label), make('span', { className: 'dial-value' }, exact, unit ? make('span', {}, unit) : '')),
    make('div', { className: 'dial-track' }, range, make('span', { className: 'notch' })), ends, why);
  const part = (/** @type {number} */ v) => Math.min(1, Math.max(0, (v - +bounds.min) / (+bounds.max - +bounds.min)));
  const d = part(tidy(control.default));
  element.style.setProperty('--d', String(d));
  element.style.setProperty('--n', String(Math.min(20, Math.max(1, Math.round((+bounds.max - +bounds.min) / +bounds.step)))));
  const apart = (/** @type {string} */ end, /** @type {number} */ far) => far * NARROW > (end.length + fallback.textContent.length / 2) * 7 + 8;
  fallback.hidden = !apart(words(bounds.min), d) || !apart(words(bounds.max), 1 - d);

  let now = +range.value;                // the exact value; the slider stands at the nearest step
  const print = () => {
    element.style.setProperty('--v', String(part(now)));
    range.setAttribute('aria-valuetext', `${words(String(now))} ${unit}`.trim());
    exact.size = Math.max(2, exact.value.length);
  };
  const clear = () => { why.textContent = ''; exact.removeAttribute('aria-invalid'); };
  const refuse = (/** @type {string} */ text) => { why.textContent = text; exact.setAttribute('aria-invalid', 'true'); };
  let last = 0, timer = 0, held = false;
  const send = () => { clearTimeout(timer); timer = 0; last = performance.now(); touch(plain(now)); };
  range.addEventListener('input', () => {
    now = +range.value;
    exact.value = words(range.value);
    clear(); print();
    if (!timer) timer = setTimeout(send, Math.max(0, OFTEN - (performance.now() - last)));
  });
  range.addEventListener('change', () => { if (timer) send(); });
  range.addEventListener('pointerdown', () => { held = true; });
  range.addEventListener('pointerup', () => { held = false; });
  range.addEventListener('dblclick', () => { now = tidy(control.default); range.value = String(now); exact.value = words(range.value); print(); send(); });
  exact.addEventListener('change', () => {
    const value = exact.value.trim() === '' ? NaN : Number(exact.value.replace(/[,\s]/g, ''));
    const whole = Number.isInteger(control.step) && control.step === 1 && scale === 1 && control.whole, { min, max } = bounds;
    if (!(value >= +min && value <= +max) || (whole && !Number.isInteger(value))) {
      const span = `${whole ? 'whole numbers from ' : ''}${words(min)} to ${words(max)}`;
      refuse(`${control.label} takes ${span}${unit ? ` ${unit}` : ''}, not ${exact.value.trim() || 'nothing'}. It stays at ${words(String(now))}.`);
      return;
    }
    clear();
    now = value;
    range.value = String(value);
    exact.value = words(String(value));
    print();
    touch(plain(value));
  });
  exact.addEventListener('keydown', (/** @type {KeyboardEvent} */ e) => { if (e.key === 'Escape') { exact.value = words(String(now)); clear(); print(); } });
  exact.addEventListener('blur', () => { if (!exact.hasAttribute('aria-invalid')) return; setTimeout(() => { exact.value = words(String(now)); exact.removeAttribute('aria-invalid'); print(); }, 0); });
  const show = (/** @type {any} */ value) => {
    if (held || timer || document.activeElement === exact) return;
    now = tidy(value);
    range.value = String(now);
    exact.value = words(String(now));
    print();
  };
  print();
  return { element, show, refuse };
}
