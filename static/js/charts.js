// charts.js — the only module that touches Plotly: percentiles over time, and a strip of waiting requests for each server.

/** @type {Promise<any>|null} */
let loading = null;

/** Load Plotly once, when a chart comes near. @param {string} url @returns {Promise<any>} */
export function plotly(url) {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement('script');
    script.src = url;
    script.addEventListener('load', () => done(/** @type {any} */ (window).Plotly));
    script.addEventListener('error', fail);
    document.head.append(script);
  });
  return loading;
}

const OPTIONS = { displayModeBar: false, responsive: true, staticPlot: false };

/** @param {Element} el */
function colours(el) {
  const style = getComputedStyle(el), probe = document.createElement('i');
  el.append(probe);
  const of = (/** @type {string} */ name) => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
  const found = { ink: of('ink'), ink3: of('ink-3'), line: of('line'), line2: of('line-2'), accent: of('accent'), wash: of('accent-wash'), font: style.fontFamily };
  probe.remove();
  return found;
}

/** @param {ReturnType<typeof colours>} c @param {[number, number]} span @param {object} more */
function layout(c, span, more) {
  const axis = { showgrid: false, zeroline: false, linecolor: c.line2, ticks: 'outside', ticklen: 4, tickcolor: c.line2, fixedrange: true };
  return {
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', showlegend: false, hovermode: 'x',
    font: { family: c.font, size: 12, color: c.ink3 }, margin: { l: 40, r: 40, t: 8, b: 28 },
    xaxis: { ...axis, range: span, ticksuffix: ' s' }, ...more,
    yaxis: { ...axis, showgrid: true, gridcolor: c.line, rangemode: 'tozero', ...(/** @type {any} */ (more).yaxis ?? {}) },
  };
}

/** @param {{t: number, label: string}[]} events @param {[number, number]} span @param {ReturnType<typeof colours>} c */
function marks(events, span, c) {
  const shown = events.filter(e => e.t / 1000 > span[0] && e.t / 1000 <= span[1]);
  return /** @type {{shapes: any[], annotations: any[]}} */ ({
    shapes: shown.map(e => ({ type: 'line', x0: e.t / 1000, x1: e.t / 1000, yref: 'paper', y0: 0, y1: 1, line: { color: c.ink, width: 1 } })),
    annotations: shown.map(e => ({ x: e.t / 1000, yref: 'paper', y: 1, text: e.label, showarrow: false, xanchor: 'left', yanchor: 'top', font: { size: 11, color: c.ink } })),
  });
}

/** Percentiles of the last answers. @param {any} Plotly @param {HTMLElement} el @param {any[]} rows @param {any[]} events
 * @param {[number, number]} span @param {any} theory */
export function percentiles(Plotly, el, rows, events, span, theory) {
  const c = colours(el), x = rows.map(r => r.t / 1000), m = marks(events, span, c), last = rows.at(-1);
  const line = (/** @type {string} */ name, /** @type {number} */ width) => ({ x, y: rows.map(r => (r[name] == null ? null : r[name] * 1000)), name, mode: 'lines', line: { color: c.accent, width }, hovertemplate: `${name} %{y:.0f} ms<extra></extra>` });
  if (theory?.p99 != null) m.shapes.push({ type: 'line', x0: span[0], x1: span[1], yref: 'y', y0: theory.p99 * 1000, y1: theory.p99 * 1000, line: { color: c.ink3, width: 1, dash: 'dot' } });
  for (const name of ['p50', 'p95', 'p99']) {
    if (last?.[name] != null) m.annotations.push({ x: last.t / 1000, y: last[name] * 1000, text: name, showarrow: false, xanchor: 'left', yanchor: 'middle', font: { size: 11, color: c.accent } });
  }
  return Plotly.react(el, [line('p50', 1.25), line('p95', 1.5), line('p99', 2.25)], layout(c, span, { ...m, template: 'none' }), OPTIONS);
}

/** Requests waiting, one strip a server on one scale. @param {any} Plotly @param {HTMLElement} el @param {any[]} rows @param {any[]} events
 * @param {[number, number]} span @param {number} servers */
export function queues(Plotly, el, rows, events, span, servers) {
  const c = colours(el), x = rows.map(r => r.t / 1000);
  const shared = rows.some(r => r.shared > 0), strips = shared ? 1 : servers;
  const of = (/** @type {any} */ r, /** @type {number} */ i) => (shared ? r.shared : r.queues[i] ?? 0);
  const top = Math.max(8, ...rows.flatMap(r => Array.from({ length: strips }, (_, i) => of(r, i)))) * 1.25;
  const traces = Array.from({ length: strips }, (_, i) => ({ x, y: rows.map(r => (strips - 1 - i) * top + of(r, i)), mode: 'lines', line: { color: c.accent, width: 1 }, customdata: rows.map(r => of(r, i)), hovertemplate: `${shared ? 'queue' : `S${i + 1}`}: %{customdata} waiting<extra></extra>` }));
  const names = Array.from({ length: strips }, (_, i) => (shared ? 'Queue' : `S${i + 1}`));
  const m = marks(events, span, c);
  for (let i = 0; i < strips; i++) m.annotations.push({ x: 1, xref: 'paper', y: (strips - 1 - i) * top, text: String(of(rows.at(-1) ?? { queues: [], shared: 0 }, i)), showarrow: false, xanchor: 'left', yanchor: 'bottom', xshift: 8, font: { size: 11, color: c.ink3 } });
  const yaxis = { tickvals: names.map((_, i) => (strips - 1 - i) * top), ticktext: names, ticks: '', range: [0, strips * top], showline: false };
  return Plotly.react(el, traces, layout(c, span, { ...m, yaxis, template: 'none' }), OPTIONS);
}
