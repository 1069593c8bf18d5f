// cluster.js — the system at one instant: which request is where. Fed with the events of segments, in the order of their times.

/** @import {How, Loss, Scenario, Segment, Server, Visit} from './types.js' */

import { callersOf, firsts, mainOf } from '../stage/stations.js';
import { rowsOf, stateAt } from './states.js';

const RECENT = 80;                       // answers on a server's latency rug
const WIDTH = 64;                        // servers of all stations, at most
/** @type {Record<string, How>} */ const HOW = { full: 'full', rejected: 'full', shed: 'full', limited: 'full', refused: 'refused', throttled: 'kept', breaker_open: 'kept', timed_out: 'timeout', stopped: 'failed', failed: 'failed', error: 'failed', timeout: 'timeout' };

/** @param {string} reason @returns {How} */
export const how = reason => HOW[reason] ?? (reason.includes('time') || reason.includes('deadline') ? 'timeout' : 'failed');

export class Cluster {
  /** @param {Scenario} scenario */
  constructor(scenario) {
    this.scenario = scenario;
    this.first = firsts(scenario.stations);
    this.station = scenario.stations.flatMap((s, k) => Array.from({ length: s.max_servers }, () => k));
    this.main = mainOf(scenario.stations);
    this.callers = scenario.stations.map((_, k) => callersOf(scenario.stations, k));      // -1: the clients
    /** @type {Segment|undefined} */ this.counted = undefined;
    this.clear();
  }

  clear() {
    this.now = 0;
    /** @type {Server[]} sparse, by global number */ this.servers = [];
    /** @type {Map<number, Visit[]>} a request may ask one server for several things */ this.visits = new Map();
    /** @type {Map<number, {server: number, t: number}>} */ this.seen = new Map();      // where a request was last
    /** @type {Map<number, {server: number, t: number}>} */ this.visited = new Map();   // the same, by request and station
    /** @type {Set<number>} */ this.again = new Set();              // requests that were sent more than once
    /** @type {Loss[]} */ this.losses = [];
    /** @type {Record<How, number>} */ this.lost = { failed: 0, refused: 0, full: 0, timeout: 0, kept: 0 };
    /** @type {{t: number, server: number}|null} */ this.lastPick = null;
    this.strategy = '';
    this.strategyName = '';
  }

  /** What the servers are called: S1 …, or their station's name when they are alone in it. @param {number} i */
  name(i) {
    const k = this.station[i] ?? 0, { mark } = this.scenario.stations[k];
    return mark.length > 1 ? mark : `${mark}${i - this.first[k] + 1}`;
  }

  /** Which servers are there, and how they stand. @param {Segment} segment @param {Segment|undefined} before */
  stand(segment, before) {
    const { settings } = segment, { stations } = this.scenario;
    this.strategy = settings.strategy ?? '';
    const choice = this.scenario.controls.find(c => c.name === 'strategy');
    this.strategyName = choice?.choices.find(c => c[0] === this.strategy)?.[1] ?? '';
    const part = Math.min(1, Math.max(0, (this.now / 1000 - segment.from) / (segment.until - segment.from || 1)));
    for (let i = 0; i < rowsOf(segment, before); i++) {
      const state = stateAt(segment, before, i, this.now);
      if (!state) { delete this.servers[i]; continue; }
      const k = this.station[i] ?? 0, station = stations[k], n = i - this.first[k], was = before?.states[i]?.utilisation;
      const s = this.servers[i] ??= {
        i, station: k, n, name: this.name(i), state: 'up', trusted: true, failing: false, primary: false, slots: [], queue: [], inflight: 0,
        util: state.utilisation, recent: [], boots: [0, 0], weight: 1, workers: 1, limit: 0, share: 0, worst: null, hit: null,
      };
      if (state.boots) s.boots = [state.boots[0] * 1000, state.boots[1] * 1000];
      else if (state.state === 'boot' && s.state !== 'boot') s.boots = [this.now, this.now + (settings.boot_time ?? 1) * 1000];      // entered in its middle
      s.state = state.state;
      s.trusted = state.in_rotation;
      s.failing = state.failing;
      s.primary = !!state.primary;
      const then = segment.states[i]?.utilisation ?? state.utilisation;   // known at the ends of segments
      s.util = was === undefined ? then : was + (then - was) * part;
      s.weight = state.weight;
      s.workers = state.workers;
      s.limit = settings[`${station.name}.queue_limit`] ?? (k === this.main ? settings.queue_limit : undefined) ?? station.queue_limit;
      s.share = (before ?? segment).servers.share[i] ?? 0;                 // of what is past
      s.worst = state.worst;
      s.hit = state.hit_ratio ?? s.hit;
    }
    while (this.servers.length && !this.servers.at(-1)) this.servers.length--;
    if (before === this.counted || before?.cut) return;
    this.counted = before;                                             // totals are known at the ends of segments
    this.lost = { failed: 0, refused: 0, full: 0, timeout: 0, kept: 0 };
    for (const [reason, n] of Object.entries(before?.totals.errors ?? {})) this.lost[how(reason)] += n;
  }

  /** The requests that are inside when a run is entered in its middle. @param {Segment} segment */
  enter(segment) {
    for (const [id, client, server, joined, started, worker, ends] of segment.standing) {
      if (server < 0) this.seen.set(id, { server, t: joined * 1000 });      // in the queue that all servers share
      if (server < 0 || !this.servers[server]) continue;
      const v = this.#visit(id, server, joined * 1000, client);
      if (started === null) this.servers[server].queue.push(v);
      else this.#work(v, worker, started * 1000, ends * 1000);
    }
  }

  /** @param {any[]} event @param {number} sample requests that each drawn one stands for */
  happen([t, kind, id, server, a, b], sample) {
    const s = this.servers[server], v = this.#which(id, server, kind, t);
    if (kind === 'join' && server < 0) this.seen.set(id, { server, t });
    else if (kind === 'join') s?.queue.push(this.#visit(id, server, t, a));
    else if (kind === 'start' && s) {
      const shared = this.seen.get(id), q = v ?? this.#visit(id, server, shared?.server === -1 ? shared.t : t, 0);
      this.#leave(q);
      this.#work(q, a, t, b * 1000);
    } else if (kind === 'end') {
      const bad = a !== 'ok';
      if (v) this.#leave(v, true);
      if (bad) this.#lose(server, how(a), 'worker', sample);
      else if (s && v) { s.recent.push({ t, ms: t - v.joined }); if (s.recent.length > RECENT) s.recent.shift(); }
    } else if (kind === 'drop') {
      const where = !v ? 'door' : v.slot >= 0 ? 'worker' : 'queue';
      if (v) this.#leave(v, true);
      this.#lose(server, how(a), where, sample);
    }
    else if (kind === 'retry' || kind === 'hedge') this.again.add(id);
    else if (kind === 'give_up') this.#lose(server >= 0 ? server : this.seen.get(id)?.server ?? -1, 'timeout', 'door', sample);
    else if (s && (kind === 'hit' || kind === 'miss')) s.hit = (s.hit ?? (kind === 'hit' ? 1 : 0)) * .98 + (kind === 'hit' ? .02 : 0);
    if (this.seen.size > 4000) { this.seen.clear(); this.visited.clear(); this.again.clear(); }
  }

  /** @param {number} server @param {How} how @param {Loss['where']} where @param {number} sample */
  #lose(server, how, where, sample) {
    this.lost[how] += sample;
    if (server >= 0) this.losses.push({ server, how, where });
    if (this.losses.length > 60) this.losses.shift();
  }

  /** @param {number} id @param {number} server @param {number} joined @param {number} client @returns {Visit} */
  #visit(id, server, joined, client) {
    const v = { id, client, server, joined, slot: -1, tStart: 0, tEnd: 0 };
    const key = id * WIDTH + server, others = this.visits.get(key);
    if (others) others.push(v); else this.visits.set(key, [v]);
    this.seen.set(id, { server, t: joined });
    this.visited.set(id * WIDTH + this.station[server], { server, t: joined });
    return v;
  }

  /** @param {Visit} v @param {number} worker @param {number} start @param {number} end */
  #work(v, worker, start, end) {
    const { slots, station } = this.servers[v.server];
    if (this.scenario.stations[station].discipline === 'delay') {      // nobody waits there: any number of places
      const free = slots.findIndex(slot => !slot);
      worker = free < 0 ? slots.length : free;
    }
    v.slot = worker; v.tStart = start; v.tEnd = end;
    slots[worker] = v;
  }

  /** Which visit of a request to a server an event is about. @param {number} id @param {number} server @param {string} kind @param {number} t */
  #which(id, server, kind, t) {
    const all = this.visits.get(id * WIDTH + server);
    if (!all || all.length < 2) return all?.[0];
    const done = kind === 'end' ? all.find(v => v.slot >= 0 && v.tEnd <= t + .01) ?? all.find(v => v.slot >= 0) : all.find(v => v.slot < 0);
    return done ?? all[0];
  }

  /** Out of the queue or from its worker. @param {Visit} v @param {boolean} gone whether that was all of it */
  #leave(v, gone = false) {
    const key = v.id * WIDTH + v.server, others = gone ? this.visits.get(key)?.filter(other => other !== v) : undefined;
    if (others?.length) this.visits.set(key, others); else if (gone) this.visits.delete(key);
    const s = this.servers[v.server];
    if (!s) return;
    const at = s.queue.indexOf(v);
    if (at >= 0) s.queue.splice(at, 1);
    if (v.slot >= 0 && s.slots[v.slot] === v) s.slots[v.slot] = null;
  }
}
