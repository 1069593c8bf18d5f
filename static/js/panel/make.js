// make.js — small elements by name. Styles come from classes: the content policy allows no inline ones.

/** @param {string} tag @param {Record<string, any>} [props] properties; those with a dash, `for` and `role` are attributes
 * @param {...(Node|string)} inside @returns {any} */
export function make(tag, props = {}, ...inside) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes('-') || name === 'for' || name === 'role') el.setAttribute(name, value);
    else /** @type {any} */ (el)[name] = value;
  }
  el.append(...inside);
  return el;
}

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Record<string, any>} [attributes] @param {...Node} inside @returns {any} */
export function svg(tag, attributes = {}, ...inside) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, String(value));
  el.append(...inside);
  return el;
}

/** A value in base units as it is shown: three figures say enough of a large one, and a few milliseconds need a tenth.
 * @param {number|null|undefined} value @param {{scale: number, digits: number, unit?: string}} how */
export function shown(value, { scale, digits, unit }) {
  if (value == null) return '–';
  const scaled = value * scale, size = Math.abs(scaled), places = size >= 99.95 ? 0 : unit === 'ms' && size > 0 && size < 9.95 ? Math.max(1, digits) : digits;
  return scaled.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** No value, to the eye and to the ear. @returns {Node[]} */
export const noValue = () => [make('span', { 'aria-hidden': 'true' }, '–'), make('span', { className: 'vh' }, 'no value')];

/** Seconds of simulated time in words. @param {number} s */
export function seconds(s) {
  if (s >= 60) return `${+(s / 60).toFixed(1)} min`;
  return s >= 1 ? `${+s.toFixed(1)} s` : `${Math.round(s * 1000)} ms`;
}
