// stage.js — draws one cluster as an instrument. No state of its own except
// falling requests: everything else is read from the cluster at time `now`.
//
// A request keeps one identity through four marks:
//   dot (travelling) → tick (waiting) → fill (being worked on) → tick (answered).
// A dropped request is a cross and falls into the tray.

// @ts-nocheck -- geometry and drawing in one file still; its numbers come from playback.js

const TOKENS = ['ink', 'ink-2', 'ink-3', 'line', 'line-2', 'edge', 'surface', 'sunken', 'paper',
  'accent', 'accent-wash', 'b', 'b-wash', 'up', 'slow', 'down', 'boot'];
const STATE_WORD = { up: 'Up', slow: 'Slow', down: 'Down', boot: 'Booting' };
const TAU = Math.PI * 2;
const CLIENTS = 12;
const clamp = (v, a, b) => Math.max(a, Math.min(b, v));

export class Stage {
  // options: ruler (time ruler under the rows), heads (column headings), tone ('accent' | 'b')
  constructor(canvas, options = {}) {
    this.canvas = canvas;
    this.g = canvas.getContext('2d');
    this.o = { ruler: true, heads: true, tone: 'accent', ...options };
    this.n = options.servers ?? 6;
    this.falling = [];
    this.tray = [];
    this.selected = -1;
    this.readTheme();
    this.measure();
  }

  readTheme() {
    const probe = document.createElement('i');
    probe.style.setProperty('transition', 'none', 'important');
    this.canvas.parentNode.append(probe);
    this.c = {};
    for (const t of TOKENS) {
      probe.style.color = `var(--${t})`;
      this.c[t] = getComputedStyle(probe).color;
    }
    this.font = getComputedStyle(probe).fontFamily;
    probe.remove();
    this.c.req = this.c[this.o.tone];
    this.hatch = null;
  }

  // ---- layout --------------------------------------------------------------
  measure() {
    const W = this.canvas.clientWidth, H = this.canvas.clientHeight;
    const dpr = Math.min(3, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(W * dpr);
    this.canvas.height = Math.round(H * dpr);
    this.dpr = dpr; this.W = W; this.H = H;
    const inset = parseFloat(getComputedStyle(this.canvas).getPropertyValue('--lab-x')) * 16 || 16;   // the panel's own margin
    this.L = W < 480 ? this.#stacked(W, H, inset) : this.#across(W, H, inset);
  }

  #across(W, H, pad) {
    const xl = W >= 940, md = W >= 640;
    const top = this.o.heads ? 52 : 16, foot = this.o.ruler ? 40 : 14;
    const rug = xl ? 128 : 0, util = xl ? 84 : md ? 92 : 52;
    const workers = xl ? 116 : md ? 108 : 84;
    const gap = xl ? 28 : md ? 22 : 14;
    const queue = xl ? 192 : md ? 162 : clamp(W * .235, 96, 150);
    const block = queue + 12 + workers + gap + util + (rug ? gap + rug : 0);
    const sx = Math.round(W - pad - block);
    const lbW = xl ? 96 : md ? 78 : 54;
    const lbX = pad + (sx - pad - lbW) * (xl ? .46 : .44);
    const pitch = (H - top - foot) / this.n;
    const rows = Array.from({ length: this.n }, (_, i) => {
      const y = Math.round(top + pitch * (i + .5) + 9), qx = sx;
      return { y, x: sx, right: W - pad, qx, qw: queue, wx: qx + queue + 12, ww: workers, ux: qx + queue + 12 + workers + gap, uw: util,
        rx: rug ? W - pad - rug : 0, rw: rug, top: top + pitch * i, h: pitch };
    });
    const mid = top + (H - top - foot) / 2;
    const step = Math.min(pitch * .62, 46);
    const ports = rows.map((_, i) => ({ x: lbX + lbW, y: mid + (i - (this.n - 1) / 2) * step }));
    const spread = Math.min((H - top - foot) * .84, 380);
    const clients = Array.from({ length: CLIENTS }, (_, k) => ({ x: pad + 8, y: mid + (k / (CLIENTS - 1) - .5) * spread }));
    return { kind: 'across', xl, md, pad, top, foot, rows, ports, clients, mid, pitch,
      lb: { x: lbX, y: mid - step * this.n / 2 - 4, w: lbW, h: step * this.n + 8 }, tray: { x: lbX, y: H - foot - 10, w: sx - lbX - 24 } };
  }

  #stacked(W, H, pad) {
    const top = 118, foot = this.o.ruler ? 62 : 34;
    const pitch = (H - top - foot) / this.n, sx = 58;
    const util = 46, workers = 74, gap = 12, queue = W - pad - sx - util - workers - gap - 10;
    const rows = Array.from({ length: this.n }, (_, i) => ({
      y: Math.round(top + pitch * (i + .5) + 9), x: sx, right: W - pad, qx: sx, qw: queue, wx: sx + queue + 10, ww: workers,
      ux: sx + queue + 10 + workers + gap, uw: util, rx: 0, rw: 0, top: top + pitch * i, h: pitch,
    }));
    const lb = { x: pad, y: 62, w: W - pad * 2, h: 38 };
    const ports = rows.map((_, i) => ({ x: pad + 8 + (this.n - 1 - i) * Math.min(5, 40 / this.n), y: lb.y + lb.h }));
    const clients = Array.from({ length: CLIENTS }, (_, k) => ({ x: pad + 64 + k * (W - pad * 2 - 72) / (CLIENTS - 1), y: 18 }));
    return { kind: 'stacked', pad, top, foot, rows, ports, clients, mid: lb.y, pitch, lb, tray: { x: pad, y: H - foot + 18, w: W - pad * 2 } };
  }

  serverAt(x, y) { return this.L.rows.findIndex(r => x > r.x - 10 && y > r.top && y < r.top + r.h); }

  // ---- paths ---------------------------------------------------------------
  #legIn(k) {                                            // client → balancer
    const a = this.L.clients[k], { lb } = this.L;
    if (this.L.kind === 'stacked') {
      const z = { x: lb.x + lb.w / 2, y: lb.y };
      return [a, { x: a.x, y: a.y + 26 }, { x: z.x, y: z.y - 26 }, z];
    }
    const z = { x: lb.x, y: this.L.mid }, d = (z.x - a.x) * .55;
    return [a, { x: a.x + d, y: a.y }, { x: z.x - d, y: z.y }, z];
  }

  #legOut(i) {                                           // balancer → server edge
    const a = this.L.ports[i], z = { x: this.L.rows[i].x, y: this.L.rows[i].y + .5 };
    if (this.L.kind === 'stacked') return [a, { x: a.x, y: z.y - 4 }, { x: a.x, y: z.y }, z];
    const d = (z.x - a.x) * .5;
    return [a, { x: a.x + d, y: a.y }, { x: z.x - d, y: z.y }, z];
  }

  #point([a, b, c, d], u) {
    const v = 1 - u, p = v * v * v, q = 3 * v * v * u, r = 3 * v * u * u, s = u * u * u;
    return { x: p * a.x + q * b.x + r * c.x + s * d.x, y: p * a.y + q * b.y + r * c.y + s * d.y };
  }

  // ---- frame ---------------------------------------------------------------
  // dt: wall-clock ms since the last frame (0 while paused). speed: 1–20.
  draw(cluster, { dt = 0, speed = 1, still = false, idle = false } = {}) {
    const { g } = this;
    g.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
    g.clearRect(0, 0, this.W, this.H);
    g.lineCap = 'butt'; g.lineJoin = 'round'; g.textBaseline = 'alphabetic';
    this.k = cluster; this.idle = idle; this.still = still;
    if (this.o.heads) this.#heads();
    this.#wires();
    this.#clients();
    this.#balancer();
    for (const s of cluster.servers) this.#server(s);
    if (!still && !idle) this.#travellers(speed);
    this.#fallen(dt, still);
    if (this.o.ruler && !idle) this.#ruler();
  }

  #text(s, x, y, { size = 12, weight = 400, color = this.c['ink-3'], align = 'left' } = {}) {
    const { g } = this;
    g.font = `${weight} ${size}px ${this.font}`;
    g.fillStyle = color; g.textAlign = align;
    g.fillText(s, x, y);
  }

  #line(x1, y1, x2, y2, color = this.c.line, w = 1) {
    const { g } = this, o = w % 2 ? .5 : 0;
    g.strokeStyle = color; g.lineWidth = w;
    g.beginPath(); g.moveTo(Math.round(x1) + o, Math.round(y1) + o); g.lineTo(Math.round(x2) + o, Math.round(y2) + o); g.stroke();
  }

  #curve(p, color, w = 1, dash = []) {
    const { g } = this;
    g.strokeStyle = color; g.lineWidth = w; g.setLineDash(dash);
    g.beginPath(); g.moveTo(p[0].x, p[0].y); g.bezierCurveTo(p[1].x, p[1].y, p[2].x, p[2].y, p[3].x, p[3].y); g.stroke();
    g.setLineDash([]);
  }

  #heads() {
    const { L } = this, r = L.rows[0], y = 27;
    if (L.kind === 'stacked') return this.#text('Clients', L.pad, 22);
    this.#text('Clients', L.pad, y);
    this.#text(L.md ? 'Load balancer' : 'Balancer', L.lb.x, y);
    this.#text('Queue', r.qx, y);
    this.#text('Workers', r.wx, y);
    this.#text(L.md ? 'Utilisation' : 'Busy', r.ux, y);
    if (r.rw) this.#text(`Latency, 0–${this.k.rug} ms`, r.rx, y);
    this.#line(L.pad, 39, this.W - L.pad, 39);
  }

  #wires() {
    const { L, c, k } = this;
    for (let i = 0; i < CLIENTS; i++) this.#curve(this.#legIn(i), c.line, 1);
    for (const s of k.servers) {
      const off = s.state === 'down' || s.state === 'boot';
      this.#curve(this.#legOut(s.i), off ? c['line-2'] : c.line, 1, s.trusted ? [] : [2, 4]);
    }
  }

  #clients() {
    const { g, L, c, k } = this;
    const numbered = false;
    L.clients.forEach((p, i) => {
      g.beginPath(); g.arc(p.x, p.y, 3.5, 0, TAU);
      g.fillStyle = c.surface; g.fill();
      g.strokeStyle = c['edge']; g.lineWidth = 1.25; g.stroke();
      if (numbered && L.kind === 'across') this.#text(String(i + 1), p.x + (L.xl ? 9 : 7), p.y - 5, { size: 11 });
    });
  }

  #balancer() {
    const { g, L, c, k } = this, { lb } = L;
    g.fillStyle = c.surface; g.strokeStyle = c.ink; g.lineWidth = 1.5;
    g.beginPath(); g.roundRect(lb.x, lb.y, lb.w, lb.h, 4); g.fill(); g.stroke();
    const last = k.lastPick, age = last ? k.now - last.t : 1e9;

    if (L.kind === 'stacked') {
      this.#text(k.strategyName, L.rows[0].x, lb.y + 24, { size: 13, weight: 500, color: c.ink });
      if (last && !this.idle) this.#text(`picked S${last.server + 1}`, lb.x + lb.w - 12, lb.y + 24, { align: 'right' });
      L.ports.forEach((p, i) => {
        g.fillStyle = age < k.hop * .7 && last.server === i ? c.req : c.edge;
        g.fillRect(p.x - 1.5, p.y - 5, 3, 10);
      });
      return;
    }

    const rail = lb.x + (L.xl ? 24 : L.md ? 18 : 12);
    this.#line(lb.x, L.mid, rail, L.mid, c['line-2']);
    this.#line(rail, L.ports[0].y, rail, L.ports.at(-1).y, c['line-2']);
    g.fillStyle = c.ink; g.fillRect(lb.x - 3, L.mid - 4, 6, 8);
    const most = Math.max(8, ...k.servers.map(s => s.inflight));
    L.ports.forEach((p, i) => {
      const s = k.servers[i], hot = !this.idle && last?.server === i && age < k.hop * 1.2;
      const sampled = !this.idle && last?.seen?.includes(i) && age < k.hop * 1.2;
      this.#line(rail, p.y, p.x - 4, p.y, hot ? c.req : c.line, hot ? 2 : 1);
      if (k.p.strategy === 'least-connections' || k.p.strategy === 'two-choices') {
        g.fillStyle = hot ? c.req : c['line-2'];            // what the balancer compares
        g.fillRect(rail + 1, p.y + 4, (p.x - rail - 8) * Math.min(1, s.inflight / most), 3);
      }
      g.fillStyle = s.trusted ? c.ink : c.surface; g.strokeStyle = c.ink; g.lineWidth = 1.25;
      g.beginPath(); g.rect(p.x - 4, p.y - 4, 8, 8); g.fill(); g.stroke();
      if (sampled) { g.strokeStyle = c.req; g.lineWidth = 1.5; g.beginPath(); g.arc(p.x, p.y, 8.5, 0, TAU); g.stroke(); }
      if (this.idle) return;
      const note = k.p.strategy === 'weighted' ? `×${s.weight}` : String(s.inflight);
      this.#text(note, p.x - 9, p.y - 5, { size: 11, align: 'right', color: hot ? c.req : c['ink-3'], weight: hot ? 600 : 400 });
    });
  }

  #server(s) {
    const { g, L, c, k } = this, r = L.rows[s.i];
    const off = s.state === 'down' || s.state === 'boot', base = r.y + 12, head = r.y - 20;
    if (s.i) this.#line(r.x, r.top, r.right, r.top, c.line);
    if (this.selected === s.i && !this.idle) { g.fillStyle = c['accent-wash']; g.fillRect(r.x - 5, head - 13, 27, 18); }

    // name and state: shape + word
    this.#text(`S${s.i + 1}`, r.x, head, { size: 13, weight: 600, color: c.ink });
    this.#glyph(s, r.x + 33, head - 4.5);
    this.#text(STATE_WORD[s.state], r.x + 44, head, { color: s.state === 'up' ? c['ink-2'] : c[s.state], weight: s.state === 'up' ? 400 : 500 });

    // queue: a rule whose length is the limit, one tick per waiting request
    const limit = k.p.queue, fits = Math.floor(r.qw / 4), shownLimit = Math.min(limit, fits), pitch = shownLimit ? Math.min(8, r.qw / shownLimit) : 8;
    const qEnd = r.qx + r.qw, qStart = Math.round(qEnd - shownLimit * pitch);
    if (qStart > r.x + 1) this.#line(r.x, r.y, qStart, r.y, c.line);
    this.#line(qStart, base, qEnd, base, c['line-2']);
    for (let n = 0; n <= shownLimit; n += 4) this.#line(qEnd - n * pitch, base, qEnd - n * pitch, base + (n % 8 ? 3 : 5), c['line-2']);
    const full = limit > 0 && s.queue.length >= limit;
    this.#line(qStart, r.y - 12, qStart, base, full ? c.down : c['line-2'], full ? 2 : 1);
    if (off) this.#hatched(qStart + 1, r.y - 11, qEnd - qStart - 2, 22);
    if (!this.idle) s.queue.slice(0, fits).forEach((q, n) => {
      const waited = clamp((k.now - q.tIn) / (k.rug / 2), 0, 1), h = 9 + 13 * waited;   // taller = waiting longer
      g.fillStyle = c.req;
      g.fillRect(Math.round(qEnd - (n + .5) * pitch) - 1, base - h, pitch > 4 ? 2 : 1, h);
    });
    if (!this.idle && s.queue.length) {
      const word = L.kind === 'across' && L.md ? `${s.queue.length} waiting` : String(s.queue.length);
      this.#text(full ? `${s.queue.length}, full` : word, qEnd, head, { align: 'right', color: full ? c.down : c['ink-2'], weight: full ? 500 : 400 });
    }

    // workers: wells that fill while a request is worked on
    const n = k.p.workers, gap = 3, w = Math.min(26, (r.ww - gap * (n - 1)) / n);
    let busy = 0;
    for (let j = 0; j < n; j++) {
      const x = Math.round(r.wx + j * (w + gap)), y = r.y - 12, q = this.idle ? null : s.slots[j];
      g.fillStyle = c.sunken; g.fillRect(x, y, Math.floor(w), 24);
      if (off) this.#hatched(x, y, Math.floor(w), 24);
      if (q) {
        busy++;
        const part = clamp((k.now - q.tStart) / (q.tEnd - q.tStart), 0, 1), h = 3 + 21 * part;
        g.fillStyle = s.state === 'slow' ? c.slow : c.req;
        g.fillRect(x, y + 24 - h, Math.floor(w), h);
      }
      if (s.state === 'boot') {
        const h = 24 * clamp((k.now - s.bootAt) / 500, 0, 1);
        g.fillStyle = c.boot; g.fillRect(x, y + 24 - h, 2, h);
      }
    }
    if (!this.idle && !off) this.#text(`${busy}/${n}`, r.wx, head);

    // utilisation: bar on a 0–100 rule
    const pct = off ? 0 : s.util, x0 = r.ux, hot = pct > .9;
    const numeral = off ? '–' : `${Math.round(pct * 100)} %`;
    if (!this.idle) this.#text(numeral, x0, head, { color: hot ? c.slow : c['ink-2'], weight: hot ? 600 : 400 });
    g.fillStyle = c.sunken; g.fillRect(x0, r.y - 4, r.uw, 8);
    if (!this.idle) { g.fillStyle = hot ? c.slow : c['ink-2']; g.fillRect(x0, r.y - 4, r.uw * pct, 8); }
    for (let t = 0; t <= 4; t++) {
      const tx = x0 + (r.uw - 1) * t / 4;
      this.#line(tx, base - 5, tx, base - (t % 2 ? 2 : 0), c['line-2']);
    }

    // latency rug: one tick per answer, newest strongest
    if (r.rw) {
      const max = k.rug, x = ms => r.rx + (r.rw - 1) * Math.min(1, ms / max);
      this.#line(r.rx, base, r.rx + r.rw, base, c['line-2']);
      for (let t = 0; t <= 4; t++) this.#line(x(t * max / 4), base, x(t * max / 4), base + (t % 2 ? 3 : 5), c['line-2']);
      if (!this.idle && s.recent.length) {
        for (const d of s.recent) {
          const age = clamp((k.now - d.t) / (k.hop * 45), 0, 1);
          g.globalAlpha = 1 - .82 * age;
          g.fillStyle = c.req; g.fillRect(Math.round(x(d.ms)), base - (age < .03 ? 22 : 15), 1.5, age < .03 ? 22 : 15);
        }
        g.globalAlpha = 1;
        const worst = Math.max(...s.recent.map(d => d.ms));
        this.#text(`up to ${Math.round(worst)} ms`, r.rx, head, { color: worst > max ? c.slow : c['ink-3'], weight: worst > max ? 500 : 400 });
      }
    }
  }

  #glyph(s, x, y) {
    const { g, c } = this, color = c[s.state];
    g.fillStyle = g.strokeStyle = color; g.lineWidth = 2;
    g.beginPath();
    if (s.state === 'up') { g.arc(x, y, 3.5, 0, TAU); g.fill(); }
    else if (s.state === 'slow') { g.moveTo(x - 5, y - 4); g.lineTo(x + 5, y - 4); g.lineTo(x, y + 5); g.closePath(); g.fill(); }
    else if (s.state === 'down') { g.moveTo(x - 4, y - 4); g.lineTo(x + 4, y + 4); g.moveTo(x + 4, y - 4); g.lineTo(x - 4, y + 4); g.stroke(); }
    else { g.setLineDash([2.4, 2]); g.lineWidth = 1.75; g.arc(x, y, 4, 0, TAU); g.stroke(); g.setLineDash([]); }
  }

  #hatched(x, y, w, h) {
    const { g, c } = this;
    if (w <= 0) return;
    g.save(); g.beginPath(); g.rect(x, y, w, h); g.clip();
    g.strokeStyle = c['line-2']; g.lineWidth = 1; g.beginPath();
    for (let d = -h; d < w; d += 6) { g.moveTo(x + d, y + h); g.lineTo(x + d + h, y); }
    g.stroke(); g.restore();
  }

  // Dots up to 4×; above that they stretch into streaks so the eye still reads direction.
  #travellers(speed) {
    const { g, c, k, L } = this;
    const streak = clamp((speed - .2) / 2, 0, 1) * .5;
    const put = (at, u) => {
      const p = at(u);
      if (streak > 0) {
        g.strokeStyle = c.req; g.lineWidth = 2.5; g.lineCap = 'round'; g.globalAlpha = .8;
        g.beginPath(); g.moveTo(p.x, p.y);
        for (let n = 1; n <= 6; n++) { const q = at(Math.max(0, u - streak * n / 6)); g.lineTo(q.x, q.y); }
        g.stroke(); g.globalAlpha = 1;
      } else { g.fillStyle = c.req; g.beginPath(); g.arc(p.x, p.y, 3.75, 0, TAU); g.fill(); }
    };
    for (const r of k.coming) {
      const u = 1 - (r.tLb - k.now) / k.hop;
      if (u < 0 || u > 1) continue;
      const leg = this.#legIn(r.client);
      put(v => this.#point(leg, v), u);
    }
    for (const r of k.transit) {
      const u = clamp(1 - (r.tIn - k.now) / k.hop, 0, 1), s = k.servers[r.server], row = L.rows[r.server];
      const pitch = Math.min(8, row.qw / Math.max(1, Math.min(k.p.queue, row.qw / 4))), free = s.slots.filter(Boolean).length < k.p.workers;
      const stop = s.state === 'down' || s.state === 'boot' ? row.x
        : free ? row.wx : Math.max(row.x, row.qx + row.qw - (s.queue.length + .5) * pitch);
      const leg = this.#legOut(r.server), bend = L.kind === 'stacked' ? .72 : .62;
      put(v => v < bend ? this.#point(leg, v / bend) : { x: row.x + (stop - row.x) * (v - bend) / (1 - bend), y: row.y }, u);
    }
  }

  #fallen(dt, still) {
    const { g, c, k, L } = this, floor = L.tray.y - 10;
    for (const d of k.losses.splice(0)) {
      const r = L.rows[d.server];
      if (still || this.falling.length > 40) { this.#land(); continue; }
      const kick = L.kind === 'stacked' ? .3 : 1;
      this.falling.push({ x: r.x - 4, y: r.y, vx: (-26 - this.#chance() * 60) * kick, vy: -70 - this.#chance() * 40, spin: 0, turn: (this.#chance() - .5) * 8 });
    }
    const s = dt / 1000;
    this.falling = this.falling.filter(p => {
      p.vy += 620 * s; p.x += p.vx * s; p.y += p.vy * s; p.spin += p.turn * s;
      if (p.y > floor) { this.#land(); return false; }
      this.#cross(p.x, p.y, 4.5, p.spin, 2);
      return true;
    });
    if (!k.lostTotal || this.idle) return;
    const { x, y, w } = L.tray;
    const label = `${k.lostTotal.toLocaleString('en')} dropped`;
    this.#text(label, x, y, { color: c.down, weight: 500 });
    g.font = `500 12px ${this.font}`;
    const from = x + g.measureText(label).width + 12, room = Math.floor((x + w - from) / 7);
    for (let n = 0; n < Math.min(this.tray.length, room); n++) this.#cross(from + n * 7, y - 4, 2.5, this.tray[n], 1.25);
  }

  #chance() { this.dice = ((this.dice ?? 7) * 16807) % 2147483647; return this.dice / 2147483647; }

  #land() { this.tray.push((this.#chance() - .5) * 1.2); if (this.tray.length > 60) this.tray.shift(); }

  #cross(x, y, r, spin, w) {
    const { g, c } = this;
    g.save(); g.translate(x, y); g.rotate(spin);
    g.strokeStyle = c.down; g.lineWidth = w; g.lineCap = 'round';
    g.beginPath(); g.moveTo(-r, -r); g.lineTo(r, r); g.moveTo(r, -r); g.lineTo(-r, r); g.stroke();
    g.restore();
  }

  // Time ruler: 10 ms ticks scrolling right to left, events pinned to it.
  #ruler() {
    const { g, L, c, k } = this, y = this.H - 28, x0 = L.pad, x1 = this.W - L.pad;
    const unit = k.tick, perMs = (L.xl ? 11 : 8) / unit, now = k.now, at = t => x1 - (now - t) * perMs;
    this.#line(x0, y, x1, y, c['line-2']);
    g.font = `500 11px ${this.font}`;
    const labels = [];                                    // newest first; older labels give way
    let edge = x1 - 34;
    for (const e of k.events.toReversed()) {
      const x = at(e.t), w = g.measureText(e.label).width, left = clamp(x - w / 2, x0, edge - w - 8);
      if (x < x0 + 4) break;
      this.#line(x, y - 6, x, y + 8, c.ink, 2);
      if (left < x0 || left + w < x - 14) continue;
      labels.push([left, w, e.label]);
      edge = left;
    }
    const taken = x => labels.some(([l, w]) => x > l - 18 && x < l + w + 18) || x < x0 + 16 || x > x1 - 50;
    let first = 0;
    for (let n = Math.floor(now / unit); at(n * unit) >= x0 && n >= 0; n--) {
      const t = n * unit, big = n % 10 === 0;
      this.#line(at(t), y, at(t), y + (big ? 8 : n % 5 ? 3 : 5), c['line-2']);
      if (big && !taken(at(t))) { this.#text((t / 1000).toFixed(unit < 100 ? 1 : 0), at(t), y + 20, { size: 11, align: 'center' }); first = t; }
    }
    if (first) this.#text('s', at(first) + 11, y + 20, { size: 11 });
    this.#text('now', x1, y + 20, { size: 11, align: 'right', color: c['ink-2'] });
    for (const [left, , label] of labels) this.#text(label, left, y + 20, { size: 11, weight: 500, color: c.ink });
  }
}

/** A sentence for screen readers; call it about every five seconds, not every frame.
 * @param {any} k @param {Record<string, number|null>} read @returns {string} */
export function describe(k, read) {
  const odd = k.servers.filter(s => s.state !== 'up').map(s => `server ${s.i + 1} is ${STATE_WORD[s.state].toLowerCase()}`);
  const longest = k.servers.reduce((a, b) => (b.queue.length > a.queue.length ? b : a), k.servers[0]);
  const p99 = read.p99 == null ? '' : `, p99 latency ${Math.round(read.p99 * 1000)} milliseconds`;
  const lost = read.error_rate == null ? '' : `, ${(read.error_rate * 100).toFixed(1)} percent failed`;
  return `${k.strategyName}. ${Math.round(read.throughput ?? 0)} requests a second answered${p99}${lost}. `
    + `Longest queue: server ${longest.i + 1} with ${longest.queue.length} waiting.${odd.length ? ` ${odd.join(', ')}.` : ''}`;
}
