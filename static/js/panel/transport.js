// transport.js — play, step, restart, another seed, and how fast: the clock of a panel, and its keys.

import { mostAt } from './ahead.js';
import { make, seconds } from './make.js';

const SPEEDS = [.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 30, 60];
const word = (/** @type {number} */ v) => (v < 1 ? `1/${Math.round(1 / v)}×` : `${v}×`);

/** Tells "play" ({on}), "step", "restart", "seed", "speed" ({speed}). */
export class Transport extends EventTarget {
  /** @param {(name: string) => any} part @param {number} speed simulated seconds per second, to begin with */
  constructor(part, speed) {
    super();
    this.playing = false;
    this.speeds = [...new Set([...SPEEDS, speed])].sort((a, b) => a - b);
    this.button = part('play');
    this.range = part('speed');
    this.says = part('pace');
    this.clock = part('clock');
    this.range.max = String(this.speeds.length - 1);
    this.range.parentElement.parentElement.style.setProperty('--n', String(this.speeds.length - 1));
    this.output = make('output', { for: this.range.id });
    this.range.parentElement.after(this.output);
    this.set(speed, false);
    this.button.addEventListener('click', () => this.play(!this.playing));
    for (const name of ['step', 'restart', 'seed']) part(name)?.addEventListener('click', () => this.#say(name));
    this.range.addEventListener('input', () => this.set(this.speeds[+this.range.value]));
  }

  /** @param {number} speed @param {boolean} tell */
  set(speed, tell = true) {
    this.speed = speed;
    const at = this.speeds.indexOf(speed);
    this.range.value = String(at);
    this.range.setAttribute('aria-valuetext', `${word(speed)}: one second here is ${seconds(speed)} simulated`);
    this.range.closest('.speed').style.setProperty('--v', String(at / (this.speeds.length - 1)));
    this.range.closest('.speed').style.setProperty('--d', String(at / (this.speeds.length - 1)));
    this.output.textContent = word(speed);
    this.says.textContent = `1 s here = ${seconds(speed)}`;
    if (tell) this.#say('speed', { speed });
  }

  /** The speed at which so many simulated seconds take about fifteen. @param {number} span */
  suited(span) {
    const far = (/** @type {number} */ speed) => Math.abs(Math.log(speed * 15 / span));
    return this.speeds.toSorted((a, b) => far(a) - far(b))[0];
  }

  /** The next lower speed at which no more than `longest` seconds are asked for at once. @param {number} longest */
  slower(longest) {
    const fits = this.speeds.filter(s => s < this.speed && mostAt(s) <= longest);
    this.set(fits.at(-1) ?? this.speeds[0]);
  }

  /** @param {boolean} on */
  play(on) {
    if (on === this.playing) return;
    this.playing = on;
    this.button.querySelector('span').textContent = on ? 'Pause' : 'Play';
    this.button.querySelector('[data-icon=play]').toggleAttribute('hidden', on);
    this.button.querySelector('[data-icon=pause]').toggleAttribute('hidden', !on);
    this.#say('play', { on });
  }

  /** Keys that work anywhere in the panel except where text is typed. @param {HTMLElement} panel */
  keys(panel) {
    panel.addEventListener('keydown', e => {
      const at = /** @type {HTMLElement} */ (e.target), types = at.matches('input:not([type=range]), select, textarea');
      if (types || e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.key === 'k' || (e.key === ' ' && !at.closest('button, summary, a, input'))) this.play(!this.playing);
      else if (e.key === '.') this.#say('step');
      else if (e.key === '+' || e.key === '-') this.set(this.speeds[Math.max(0, Math.min(this.speeds.length - 1, this.speeds.indexOf(this.speed) + (e.key === '+' ? 1 : -1)))]);
      else return;
      e.preventDefault();
    });
  }

  /** @param {number} at s */
  tell(at) { this.clock.textContent = `${at < 1000 ? at.toFixed(at < 100 ? 2 : 1) : Math.round(at).toLocaleString('en')} s`; }

  /** @param {string} type @param {any} [detail] */
  #say(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
