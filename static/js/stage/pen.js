// pen.js — the drawing words of the stage: text, hairlines, curves, hatching, and the marks that stand for requests.

/** @import {How, Point} from '../panel/types.js' */

const TOKENS = ['ink', 'ink-2', 'ink-3', 'line', 'line-2', 'edge', 'surface', 'sunken', 'paper', 'accent', 'accent-wash', 'b', 'b-wash', 'up', 'slow', 'down', 'boot'];
export const TAU = Math.PI * 2;
const DOT = 3.75;

export class Pen {
  /** @param {HTMLCanvasElement} canvas @param {'accent'|'b'} tone the colour of requests */
  constructor(canvas, tone) {
    this.canvas = canvas;
    this.g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.tone = tone;
    /** @type {Record<string, string>} */ this.c = {};
    this.font = 'sans-serif';
    this.set = '';                       // the font that is set
    this.readTheme();
  }

  readTheme() {
    const probe = document.createElement('i');
    probe.style.setProperty('transition', 'none', 'important');
    probe.style.setProperty('forced-color-adjust', 'none');      // it is asked for colours that a canvas has to tell apart
    this.canvas.parentNode?.append(probe);
    for (const name of TOKENS) {
      probe.style.color = `var(--${name})`;
      this.c[name] = getComputedStyle(probe).color;
    }
    this.font = getComputedStyle(probe).fontFamily;
    probe.remove();
    this.c.req = this.c[this.tone];
  }

  /** @param {number} W @param {number} H @param {number} dpr */
  begin(W, H, dpr) {
    const { g } = this;
    g.setTransform(dpr, 0, 0, dpr, 0, 0);
    g.clearRect(0, 0, W, H);
    g.lineCap = 'butt'; g.lineJoin = 'round'; g.textBaseline = 'alphabetic';
    this.set = '';
  }

  /** @param {string} s @param {number} x @param {number} y @param {{size?: number, weight?: number, color?: string, align?: CanvasTextAlign}} [how] */
  text(s, x, y, { size = 12, weight = 400, color = this.c['ink-3'], align = 'left' } = {}) {
    const { g } = this, font = `${weight} ${size}px ${this.font}`;
    if (font !== this.set) g.font = this.set = font;
    g.fillStyle = color; g.textAlign = align;
    g.fillText(s, x, y);
  }

  /** @param {string} s @param {number} size @param {number} weight */
  width(s, size = 12, weight = 400) {
    this.g.font = this.set = `${weight} ${size}px ${this.font}`;
    return this.g.measureText(s).width;
  }

  /** A line on whole pixels. @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} color @param {number} w */
  line(x1, y1, x2, y2, color = this.c.line, w = 1) {
    const { g } = this, o = w % 2 ? .5 : 0;
    g.strokeStyle = color; g.lineWidth = w;
    g.beginPath(); g.moveTo(Math.round(x1) + o, Math.round(y1) + o); g.lineTo(Math.round(x2) + o, Math.round(y2) + o); g.stroke();
  }

  /** @param {Point[]} points @param {string} color @param {number} w @param {number[]} dash */
  path(points, color, w = 1, dash = []) {
    const { g } = this;
    g.strokeStyle = color; g.lineWidth = w; g.setLineDash(dash);
    g.beginPath(); g.moveTo(points[0].x, points[0].y);
    for (const p of points) g.lineTo(p.x, p.y);
    g.stroke(); g.setLineDash([]);
  }

  /** @param {number} x @param {number} y @param {number} w @param {number} h @param {string} color */
  fill(x, y, w, h, color) { this.g.fillStyle = color; this.g.fillRect(x, y, w, h); }

  /** @param {number} x @param {number} y @param {number} w @param {number} h */
  hatch(x, y, w, h) {
    if (w <= 0) return;
    const { g } = this;
    g.save(); g.beginPath(); g.rect(x, y, w, h); g.clip();
    g.strokeStyle = this.c['line-2']; g.lineWidth = 1; g.beginPath();
    for (let d = -h; d < w; d += 6) { g.moveTo(x + d, y + h); g.lineTo(x + d + h, y); }
    g.stroke(); g.restore();
  }

  /** A request on its way; a second attempt wears a ring. @param {number} x @param {number} y @param {boolean} again */
  dot(x, y, again) {
    const { g, c } = this;
    g.fillStyle = c.req; g.beginPath(); g.arc(x, y, again ? 2.5 : DOT, 0, TAU); g.fill();
    if (!again) return;
    g.strokeStyle = c.req; g.lineWidth = 1.5; g.beginPath(); g.arc(x, y, 5.5, 0, TAU); g.stroke();
  }

  /** The colour of a loss. @param {How} how */
  losing(how) { return how === 'timeout' || how === 'kept' ? this.c.slow : this.c.down; }

  /** A lost request: cross failed, square turned away at a full queue, open triangle refused, clock timed out, bar
   * kept back by who would have sent it.
   * @param {How} how @param {number} x @param {number} y @param {number} r @param {number} turn @param {number} w */
  lost(how, x, y, r, turn, w) {
    const { g } = this;
    g.save(); g.translate(x, y); g.rotate(turn);
    g.strokeStyle = this.losing(how); g.lineWidth = w; g.lineCap = 'round';
    g.beginPath();
    if (how === 'full') g.rect(-r * .85, -r * .85, r * 1.7, r * 1.7);
    else if (how === 'timeout') { g.arc(0, 0, r, 0, TAU); g.moveTo(0, -r * .7); g.lineTo(0, 0); g.lineTo(r * .55, 0); }
    else if (how === 'kept') { g.moveTo(-r, 0); g.lineTo(r, 0); }
    else if (how === 'refused') { g.moveTo(0, -r); g.lineTo(r, r * .8); g.lineTo(-r, r * .8); g.closePath(); }
    else { g.moveTo(-r, -r); g.lineTo(r, r); g.moveTo(r, -r); g.lineTo(-r, r); }
    g.stroke(); g.restore();
  }
}
