// playback.js — plays segments: the system at the playhead, the requests that travel there, the series behind it.
// Times are milliseconds of simulated time.

/** @import {Row, Segment} from './types.js' */

import { HOP } from './ahead.js';
import { Cluster } from './cluster.js';
import { statesAt } from './states.js';

export const KEEP = 1500;                // instants of the series that are kept
const EVENTS = 400;                      // an autoscaler makes dozens at once
const RUGS = [20, 50, 100, 200, 400, 1000, 2000, 4000, 10000, 60000];

/** @typedef {{begin: number, t: number, client: number, from: number, server: number, again: boolean, leg: 'in'|'out'|'both'}} Trip */

export class Playback extends Cluster {
  hop = 20;
  tick = 10;
  rug = 400;
  end = 0;                               // until when anything is known
  /** @type {any[][]} */ queue = [];     // events still to come
  /** @type {Trip[]} */ trips = [];
  /** @type {{t: number, label: string}[]} */ events = [];
  /** @type {Row[]} */ history = [];
  /** @type {Segment[]} */ segments = [];
  /** @type {{from: number, until: number, counts: [number, number][]}[]} */ answers = [];
  since = 0;                             // when the settings last changed
  coarse = false;                        // whether only some of the requests are drawn
  /** @type {Segment|undefined} */ passed = undefined;

  reset() {
    this.clear();
    this.queue = [];
    this.trips = [];
    this.events = [];
    this.history = [];
    this.segments = [];
    this.answers = [];
    this.end = 0;
    this.since = 0;
    this.passed = this.counted = undefined;
  }

  /** Begin with another run's past, up to its playhead: with what was measured, what happened and what was lost. @param {Playback} other */
  inherit({ now, since, history, events, answers, lost, counted, passed, segments, servers }) {
    const before = (/** @type {{t: number}} */ e) => e.t <= now;
    Object.assign(this, { now, since, counted, passed, segments: [...segments], ...structuredClone({ answers, lost }) });
    Object.assign(this, { history: history.filter(before), events: events.filter(before) });
    this.servers = servers.map(s => /** @type {import('./types.js').Server} */ ({ ...s, recent: [...s.recent], slots: [], queue: [] }));
  }

  /** Set how fast it plays: the drawn hop, the ruler's ticks and streaks follow. @param {number} speed simulated seconds per second */
  pace(speed) {
    this.hop = HOP * speed;
    this.tick = 10 ** Math.round(Math.log10(200 * speed));
  }

  /** Take in a segment; what was known from its beginning on is replaced.
   * @param {Segment} segment @param {boolean} fresh whether the system is to be built from it */
  add(segment, fresh = false) {
    const from = segment.from * 1000, until = segment.until * 1000;
    if (fresh) {
      const { history, events, answers, since, lost, counted, servers, segments } = this, at = segments.findIndex(s => s.from <= segment.from && s.until >= segment.from);
      const passed = at < 0 ? this.passed : this.#ended(segments[at], segments[at - 1] ?? this.passed, segment.from);
      this.reset();
      Object.assign(this, { history, events, answers, since: Math.min(since, from), now: from, lost, counted, passed });
      this.stand(segment, passed);
      for (const s of this.servers) if (s && servers[s.i]) Object.assign(s, { recent: servers[s.i].recent, util: servers[s.i].util, boots: servers[s.i].boots });
      this.enter(segment);
    }
    const earlier = (/** @type {number} */ t) => t < from - 1e-6;
    this.queue = this.queue.filter(e => earlier(e[0]));
    this.history = this.history.filter(h => h.t <= from + 1e-6);
    this.segments = this.segments.filter(s => earlier(s.from * 1000));
    this.#cut(segment.from);
    this.events = this.events.filter(e => earlier(e.t));
    this.answers = this.answers.filter(a => earlier(a.from));
    const cut = this.answers.at(-1), part = cut ? (from - cut.from) / (cut.until - cut.from) : 1;      // the rest is in what comes
    if (part < 1) Object.assign(cut, { until: from, counts: cut.counts.map(([bucket, count]) => [bucket, count * part]) });
    for (const e of segment.events) this.queue.push([e[0] * 1000, ...e.slice(1)]);
    const { queue_length, busy, shared_queue } = segment.servers, names = Object.keys(segment.series);
    segment.at.forEach((at, i) => {
      const row = /** @type {Row} */ ({ t: at * 1000, queues: queue_length.map(q => q[i]), busy: busy.map(b => b[i]), shared: shared_queue[i], cost_per_hour: segment.readouts.cost_per_hour });
      for (const name of names) row[name] = segment.series[name][i];
      this.history.push(row);
    });
    if (this.history.length > KEEP) this.#thin();
    for (const [at, label] of segment.notices) if (label) this.events.push({ t: at * 1000, label });
    if (this.events.length > EVENTS) this.events.splice(0, this.events.length - EVENTS);
    this.answers.push({ from, until, counts: segment.histogram ?? [] });
    if (this.answers.length > 400) this.answers.splice(0, this.answers.length - 400);
    this.segments.push(segment);
    this.end = until;
  }

  /** A change comes at `at`, s: what was told of the last segment after it is not going to happen. @param {number} at */
  #cut(at) {
    const last = this.segments.at(-1);
    if (!last || last.until <= at) return;
    this.segments[this.segments.length - 1] = this.#ended(last, this.segments.at(-2) ?? this.passed, at);
  }

  /** A segment as far as it was played. @param {Segment} segment @param {Segment|undefined} before @param {number} at s @returns {Segment} */
  #ended(segment, before, at) {
    const states = statesAt(segment, before, at * 1000).map((state, i) => ({ ...state, utilisation: this.servers[i]?.util ?? state.utilisation }));
    return { ...segment, states, until: at, cut: true };
  }

  /** Every second instant of the older half goes, so that a long run stays whole on its axis. */
  #thin() {
    const half = this.history.length >> 1;
    this.history = this.history.filter((_, n) => n > half || n % 2 === 0);
  }

  /** Move to another instant. @param {number} now ms */
  advance(now) {
    this.now = now;
    let at = this.segments.findIndex(s => s.until * 1000 > now || (s.until * 1000 === now && !s.cut));
    if (at < 0) at = this.segments.length - 1;
    const current = this.segments[at];
    if (!current) return;
    this.stand(current, this.segments[at - 1] ?? this.passed);
    if (at > 0) { this.passed = this.segments[at - 1]; this.segments.splice(0, at); }
    if (this.coarse && current.sample === 1) this.#fine(current);
    this.coarse = current.sample > 1;
    let n = 0;
    while (n < this.queue.length && this.queue[n][0] <= now) this.happen(this.queue[n++], current.sample);
    if (n) this.queue.splice(0, n);
    this.#travel();
    if (this.coarse) this.#counted(now);
    for (const s of this.servers) if (s) s.inflight = s.queue.length + s.slots.filter(Boolean).length;
  }

  /** From queues by their numbers to every request: who stands where is known at the beginning of a segment. @param {Segment} segment */
  #fine(segment) {
    this.queue = this.queue.filter(e => e[0] >= segment.from * 1000);
    this.visits.clear();
    for (const s of this.servers) if (s) { s.queue = []; s.slots = []; }
    this.enter(segment);
  }

  /** The segment at the playhead. */
  get current() { return this.segments[0]; }

  /** The row of the series at the playhead. @returns {Row|undefined} */
  get row() { return this.history.findLast(h => h.t <= this.now + 1) ?? this.history[0]; }

  /** How many answers took how long since the last change, up to the playhead. @returns {[number, number][]} */
  get answered() {
    /** @type {Map<number, number>} */ const sums = new Map();
    for (const { from, until, counts } of this.answers) {
      if (until <= this.since || from >= this.now) continue;
      const part = Math.min(1, (this.now - from) / (until - from));
      for (const [bucket, count] of counts) sums.set(bucket, (sums.get(bucket) ?? 0) + count * part);
    }
    return [...sums];
  }

  /** Requests that will join a server within two hops are on their way to it. */
  #travel() {
    this.trips = [];
    const { main } = this;
    /** @type {Map<number, {server: number, t: number}>} */ const ahead = new Map();
    for (const [t, kind, id, server, a, b] of this.queue) {
      if (t - this.now > 2 * this.hop) break;
      if (kind === 'retry' || kind === 'hedge') this.again.add(id);
      const k = this.station[server], turned = kind === 'drop' && server >= 0 && !this.visits.has(id * 64 + server) && !ahead.has(id * 64 + k);
      if (kind === 'join' && server < 0 && t - this.now <= this.hop) this.trips.push({ begin: t - this.hop, t, client: a % 12, from: -1, server: this.first[main], again: this.again.has(id), leg: 'in' });
      if (kind === 'start' && this.strategy === 'shared-queue' && k === main && t - this.now <= this.hop / 2) this.trips.push({ begin: t - this.hop / 2, t, client: 0, from: -1, server, again: this.again.has(id), leg: 'out' });
      if ((kind !== 'join' && !turned) || !this.servers[server]) continue;
      const was = this.callers[k].map(n => ahead.get(id * 64 + n) ?? this.visited.get(id * 64 + n)).find(Boolean);
      if (!was && !this.callers[k].includes(-1)) continue;                 // who asked for it was not seen
      const begin = Math.max(t - 2 * this.hop, was?.t ?? 0);
      ahead.set(id * 64 + k, { server, t });
      if (begin > this.now) continue;
      this.trips.push({ begin, t, client: (kind === 'join' ? a : b) % 12, from: was ? was.server : -1, server, again: this.again.has(id), leg: 'both' });
      if (k === main && t - this.now <= this.hop) this.lastPick = { t: t - this.hop, server };
    }
  }

  /** Where only some requests are drawn, queues and workers are drawn by their numbers. @param {number} now */
  #counted(now) {
    const { row } = this;
    if (!row) return;
    for (const s of this.servers) {
      if (!s) continue;
      const waiting = row.queues[s.i] ?? 0, busy = row.busy[s.i] ?? 0;
      const visit = (/** @type {number} */ joined, /** @type {number} */ slot) => ({ id: -1, client: 0, server: s.i, joined, slot, tStart: now - 1, tEnd: now + 1 });
      s.queue = Array.from({ length: waiting }, () => visit(now - this.rug / 4, -1));
      s.slots = Array.from({ length: busy }, (_, n) => visit(now, n));
    }
  }

  /** Fit the latency rug's scale to what was answered lately. */
  scaleRug() {
    const worst = Math.max(10, ...this.history.filter(h => h.t <= this.now + 1).slice(-60).map(h => (h.p95 ?? (h.p50 ?? 0) * 3) * 1300));
    this.rug = RUGS.find(n => n >= worst) ?? 60000;
  }
}
