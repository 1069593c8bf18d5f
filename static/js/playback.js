// playback.js — turns segments into what the stage draws: the system at one instant. Times are milliseconds of simulated time.

/** @typedef {{tIn: number, id: number, joined: number, server: number, tStart?: number, tEnd?: number, slot?: number, client: number}} Travelling */

const RECENT = 80;                     // answers on a server's latency rug
export const KEEP = 1200;              // points of the series that are kept

export class Playback {
  /** @param {any} scenario what scenario.describe() gives */
  constructor(scenario) {
    this.scenario = scenario;
    this.hop = 20;
    this.tick = 10;
    this.rug = 400;
    this.reset();
  }

  reset() {
    this.now = 0;
    /** @type {any[]} */ this.servers = [];
    /** @type {any[]} */ this.queue = [];             // events still to come
    /** @type {any[]} */ this.coming = [];
    /** @type {any[]} */ this.transit = [];
    /** @type {Map<number, any>} */ this.inside = new Map();
    /** @type {any[]} */ this.losses = [];
    /** @type {{t: number, label: string}[]} */ this.events = [];
    /** @type {any[]} */ this.history = [];
    /** @type {any[]} */ this.segments = [];
    /** @type {any} */ this.lastPick = null;
    this.lostTotal = 0;
    /** @type {Record<string, any>} */ this.p = { strategy: '', queue: 0, workers: 1 };
    this.strategyName = '';
    this.end = 0;                                      // until when anything is known
  }

  /** Set how fast it plays: the drawn hop, the ruler's ticks and streaks follow.
   * @param {number} speed simulated seconds per second */
  pace(speed) {
    this.hop = 400 * speed;
    this.tick = 10 ** Math.round(Math.log10(200 * speed));
  }

  /** Take in a segment; what was known from its beginning on is replaced.
   * @param {any} segment @param {boolean} fresh whether the system is to be built from it */
  add(segment, fresh = false) {
    const from = segment.from * 1000;
    if (fresh) {
      const { history, events } = this;
      this.reset();
      this.history = history.filter(h => h.t <= from);
      this.events = events.filter(e => e.t < from);
      this.now = from;
      this.#servers(segment);
      for (const [id, client, server, joined, started, worker, ends] of segment.standing) {
        const q = { id, client, server, joined: joined * 1000, tIn: joined * 1000 };
        this.inside.set(id, q);
        if (server < 0 || !this.servers[server]) continue;
        if (started === null) this.servers[server].queue.push(q);
        else this.#work(q, server, worker, started * 1000, ends * 1000);
      }
    }
    this.queue = this.queue.filter(e => e[0] < from - 1e-6);
    this.history = this.history.filter(h => h.t <= from + 1e-6);
    this.segments = this.segments.filter(s => s.from * 1000 < from - 1e-6);
    this.events = this.events.filter(e => e.t < from - 1e-6);
    for (const e of segment.events) this.queue.push([e[0] * 1000, ...e.slice(1)]);
    segment.at.forEach((/** @type {number} */ at, /** @type {number} */ i) => {
      const row = /** @type {Record<string, any>} */ ({ t: at * 1000, queues: segment.servers.queue_length.map((/** @type {number[]} */ q) => q[i]), busy: segment.servers.busy.map((/** @type {number[]} */ b) => b[i]), shared: segment.servers.shared_queue[i] });
      for (const name of Object.keys(segment.series)) row[name] = segment.series[name][i];
      this.history.push(row);
    });
    if (this.history.length > KEEP) this.history.splice(0, this.history.length - KEEP);
    for (const [at, label] of segment.notices) this.events.push({ t: at * 1000, label });
    if (this.events.length > 40) this.events.splice(0, this.events.length - 40);
    this.segments.push(segment);
    this.end = segment.until * 1000;
  }

  /** @param {any} segment */
  #servers(segment) {
    this.servers = segment.states.map((/** @type {any} */ state, /** @type {number} */ i) => this.servers[i] ?? {
      i, state: 'up', trusted: true, slots: [], queue: [], inflight: 0, util: state.utilisation, recent: [], bootAt: 0, weight: 1,
    });
  }

  /** @param {any} q @param {number} server @param {number} worker @param {number} tStart @param {number} tEnd */
  #work(q, server, worker, tStart, tEnd) {
    Object.assign(q, { server, slot: worker, tStart, tEnd });
    this.servers[server].slots[worker] = q;
  }

  /** Move to another instant. @param {number} now ms */
  advance(now) {
    this.now = now;
    const current = this.segments.find(s => s.until * 1000 >= now) ?? this.segments.at(-1);
    while (this.segments.length > 1 && this.segments[0].until * 1000 < now) this.segments.shift();
    if (current) this.#state(current);
    while (this.queue.length && this.queue[0][0] <= now) this.#happen(this.queue.shift());
    this.#travel();
    if (current && current.sample > 1) this.#counted(now);
  }

  /** @param {any} segment */
  #state(segment) {
    if (segment.states.length !== this.servers.length) this.#servers(segment);
    const { settings } = segment;
    this.p.strategy = settings.strategy ?? '';
    this.p.queue = settings.queue_limit ?? this.scenario.stations[0].queue_limit;
    this.p.workers = segment.states[0]?.workers ?? 1;
    const choice = this.scenario.controls.find((/** @type {any} */ c) => c.name === 'strategy');
    this.strategyName = choice?.choices.find((/** @type {any} */ c) => c[0] === this.p.strategy)?.[1] ?? '';
    segment.states.forEach((/** @type {any} */ s, /** @type {number} */ i) => {
      const mine = this.servers[i];
      if (s.state === 'boot' && mine.state !== 'boot') mine.bootAt = this.now;
      mine.state = s.state;
      mine.trusted = s.in_rotation;
      mine.util += (s.utilisation - mine.util) * .1;
      mine.weight = s.weight;
      mine.inflight = segment.sample > 1 ? s.in_flight : mine.queue.length + mine.slots.filter(Boolean).length;
    });
  }

  /** @param {any[]} event */
  #happen([t, kind, id, server, a, b]) {
    const s = this.servers[server];
    const q = this.inside.get(id) ?? { id, client: 0, server, joined: t, tIn: t };
    if (kind === 'join') {
      Object.assign(q, { client: a, server });
      this.inside.set(id, q);
      s?.queue.push(q);
    } else if (kind === 'start' && s) {
      this.#leave(q);
      this.#work(q, server, a, t, b * 1000);
    } else if (kind === 'end') {
      this.#leave(q);
      this.inside.delete(id);
      if (a === 'error') this.losses.push({ server });
      else s?.recent.push({ t, ms: t - q.joined });
      if (s?.recent.length > RECENT) s.recent.shift();
      if (a === 'error') this.lostTotal++;
    } else if (kind === 'drop') {
      this.#leave(q);
      this.inside.delete(id);
      this.lostTotal++;
      if (server >= 0) this.losses.push({ server });
      if (this.losses.length > 60) this.losses.shift();
    }
  }

  /** @param {any} q */
  #leave(q) {
    for (const s of this.servers) {
      const at = s.queue.indexOf(q);
      if (at >= 0) s.queue.splice(at, 1);
      if (q.slot !== undefined && s.slots[q.slot] === q) s.slots[q.slot] = null;
    }
  }

  #travel() {
    this.coming = [];
    this.transit = [];
    for (const [t, kind, id, server, a, client] of this.queue) {
      if (t - this.now > 2 * this.hop) break;
      const turned = kind === 'drop' && (a === 'full' || a === 'refused') && server >= 0 && !this.inside.has(id);
      if ((kind !== 'join' && !turned) || !this.servers[server]) continue;
      const from = (kind === 'join' ? a : client) % 12;
      if (t - this.now > this.hop) this.coming.push({ tLb: t - this.hop, client: from });
      else {
        this.transit.push({ tIn: t, server });
        this.lastPick = { t: t - this.hop, server };
      }
    }
  }

  /** Where only some requests are drawn, queues and workers are drawn by their numbers. @param {number} now */
  #counted(now) {
    const row = this.history.findLast(h => h.t <= now) ?? this.history[0];
    if (!row) return;
    for (const s of this.servers) {
      const waiting = row.queues[s.i] ?? 0, busy = row.busy[s.i] ?? 0;
      s.queue = Array.from({ length: waiting }, (_, n) => ({ tIn: now - this.rug / 4, n }));
      s.slots = Array.from({ length: busy }, () => ({ tStart: now - 1, tEnd: now + 1 }));
    }
  }
}
