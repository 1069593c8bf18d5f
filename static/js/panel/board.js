// board.js — the charts of a panel: which is shown, on which axis, and their export as picture and table.

/** @import {Ghost, Source} from './figures.js' */
/** @import {Kind} from './charts.js' */
/** @import {Run} from './run.js' */

import { Chart, save } from './charts.js';
import { make } from './make.js';
import { waits } from '../stage/stations.js';

const SPAN = 45;                         // seconds of wall time on the axis
const AHEAD = 8;                         // a full axis moves on by this part of itself, and stands still between
/** @type {Record<Kind, [string, string, string]>} */ const TITLES = {
  percentiles: ['Latency percentiles', 'ms, of the last 1,000 answers', 'Percentiles of latency over simulated time'],
  queues: ['Queue per server', 'requests waiting', 'Requests waiting at each server over simulated time'],
  shares: ['Share per server', 'of the requests, lately', 'The share of the requests that each server gets'],
  histogram: ['Latency histogram', 'of the answers since the last change', 'How many answers took how long'],
};
const SHORT = { queues: 'Queues', shares: 'Shares', histogram: 'Histogram' };

export class Board {
  /** @param {HTMLElement} host @param {string} url of Plotly @param {string} id @param {string[]} charts of the scenario @param {() => void} redraw */
  constructor(host, url, id, charts, redraw) {
    this.id = id;
    /** @type {Ghost} */ this.ghost = null;
    this.log = false;
    this.turn = this.later = 0;
    this.length = 0;                     // s on the axis; never shorter while one run goes on
    /** @type {Run[]} */ this.runs = [];
    this.second = /** @type {Kind} */ (charts.find(kind => kind !== 'percentiles') ?? 'queues');
    this.slots = [this.#slot(host, url, 'percentiles', redraw), this.#slot(host, url, this.second, redraw)];
    this.redraw = redraw;
  }

  /** @param {HTMLElement} host @param {string} url @param {Kind} kind @param {() => void} redraw */
  #slot(host, url, kind, redraw) {
    const plot = make('div', { className: 'plot', role: 'img' }), title = make('b'), unit = make('span');
    const tools = make('div', { className: 'chart-tools' }), plotting = make('div', { className: 'plotting' }, plot);
    const slot = { kind, chart: new Chart(plot, url, redraw), plot, title, unit };
    if (kind === 'percentiles') {
      const log = make('button', { type: 'button', className: 'btn small', 'aria-pressed': 'false' }, 'Log axis');
      log.addEventListener('click', () => { this.log = !this.log; log.setAttribute('aria-pressed', String(this.log)); redraw(); });
      tools.append(log);
    } else {
      const seg = make('div', { className: 'seg small', role: 'radiogroup', 'aria-label': 'Chart' });
      for (const [value, label] of Object.entries(SHORT)) {
        const input = make('input', { type: 'radio', name: `${this.id}-chart`, value, checked: value === kind });
        input.addEventListener('change', () => { slot.kind = /** @type {Kind} */ (value); this.#name(slot); redraw(); });
        seg.append(make('label', {}, input, label));
      }
      tools.append(seg);
    }
    const image = make('button', { type: 'button', className: 'btn small quiet', 'aria-label': 'Save this chart as a picture' }, 'PNG');
    image.addEventListener('click', () => slot.chart.image(`${this.id}-${slot.kind}`));
    const table = make('button', { type: 'button', className: 'btn small quiet', 'aria-label': 'Save the figures behind this chart as CSV' }, 'CSV');
    table.addEventListener('click', () => this.#csv());
    tools.append(image, table);
    host.append(make('figure', { className: 'chart' }, make('figcaption', {}, title, unit), tools, plotting));
    this.#name(slot);
    return slot;
  }

  /** @param {any} slot */
  #name(slot) {
    const [title, unit, label] = TITLES[/** @type {Kind} */ (slot.kind)];
    slot.title.textContent = title;
    slot.unit.textContent = unit;
    slot.plot.setAttribute('aria-label', label);
  }

  retheme() { for (const slot of this.slots) slot.chart.retheme(); this.redraw(); }

  /** Have the second chart show this, or what the scenario names. @param {Kind|null} [chosen] */
  show(chosen) {
    const kind = chosen ?? this.second;
    const [, slot] = this.slots, input = slot.plot.closest('.chart')?.querySelector(`input[value=${kind}]`);
    if (input) /** @type {HTMLInputElement} */ (input).checked = true;
    slot.kind = kind;
    this.#name(slot);
  }

  /** A new run begins. */
  reset() {
    this.length = 0;
    for (const slot of this.slots) slot.chart.reset();
  }

  /** Each chart in a task of its own, and while it plays none in that of a frame: Plotly's axes take as long as two. They are drawn
   * one after another unless all are asked for.
   * @param {Run[]} runs @param {{all?: boolean, playing: boolean}} how */
  draw(runs, { all = false, playing }) {
    this.runs = runs;
    const due = all ? [...this.slots] : [this.slots[this.turn++ % this.slots.length]];
    if (!due.some(slot => slot.chart.seen)) return;
    const end = runs[0].playback.now / 1000, length = this.#reach(end, runs[0].speed);
    const full = Math.ceil(end / length * AHEAD) * length / AHEAD;
    /** @type {[number, number]} */ const span = [Math.max(0, full - length), Math.max(length, full)];
    const sources = runs.map(run => source(run, span[0]));
    const print = (/** @type {typeof due[0]} */ slot) => {
      slot.chart.draw(/** @type {Kind} */ (slot.kind), sources, span, { log: this.log, ghost: this.ghost });
      const unit = slot.chart.figure?.note ?? TITLES[/** @type {Kind} */ (slot.kind)][1];
      if (slot.unit.textContent !== unit) slot.unit.textContent = unit;
    };
    clearTimeout(this.later);
    const next = () => {
      print(/** @type {typeof due[0]} */ (due.shift()));
      if (due.length) this.later = setTimeout(next);
    };
    if (playing) this.later = setTimeout(next); else next();
  }

  /** How many seconds the axis shows: it doubles until it is full, then it scrolls. @param {number} end s @param {number} speed */
  #reach(end, speed) {
    const most = SPAN * speed, ghost = this.ghost?.points.at(-1)?.[0] ?? 0;
    let length = Math.max(.2, most / 8);
    while (length < Math.min(end, most)) length *= 2;
    this.length = Math.max(this.length, Math.min(length, Math.max(most, .2)), ghost > end ? ghost : 0);
    return this.length;
  }

  #csv() {
    const lines = this.runs.flatMap((run, n) => {
      const { history } = run.playback, series = Object.keys(history[0] ?? {}).filter(k => !['t', 'queues', 'busy', 'shared'].includes(k));
      const names = history[0]?.queues.map((_, i) => `queue_${run.playback.name(i)}`) ?? [];
      const head = n ? [] : [['run', 'seconds', ...series, ...names, 'shared_queue'].join(',')];
      return [...head, ...history.map(h => ['AB'[n], (h.t / 1000).toFixed(4), ...series.map(k => h[k] ?? ''), ...h.queues, h.shared].join(','))];
    });
    const url = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'text/csv' }));
    save(url, `${this.id}.csv`);
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  leave() { clearTimeout(this.later); for (const slot of this.slots) slot.chart.leave(); }
}

/** What a run gives to the charts. @param {Run} run @param {number} from s @returns {Source} */
function source({ playback, theory }, from) {
  const { now } = playback;
  return {
    rows: playback.history.filter(h => h.t <= now + 1 && h.t >= from * 1000), events: playback.events.filter(e => e.t <= now + .01), theory,      // a change's time is rounded
    names: playback.servers.map((_, i) => playback.name(i)), servers: playback.servers.length, stations: playback.station,
    chosen: playback.servers.map(s => !!s?.trusted),
    waits: playback.station.map(k => waits(playback.scenario.stations[k])),
    shares: (playback.passed ?? playback.current)?.servers.share ?? [], answers: playback.answered,
  };
}
