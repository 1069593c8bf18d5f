// connection.js — the websocket: opens, asks, and after a cut opens again where the page is.

const FINAL = new Set([4400, 4401, 4403, 4404]);
const SOONEST = .5, LATEST = 30;         // seconds until it is tried again
const SLOW = 3,   GIVEN_UP = 60;         // seconds without an answer after which that is said, and after which the connection is taken for dead

/** How long to wait: full jitter from the first time on, since a server that restarts cuts everybody off at once. @param {number} tries before this one */
const pause = tries => SOONEST + Math.random() * (Math.min(LATEST, 2 ** tries) - SOONEST);

/** Tells "state" ("open", "slow" while an answer is long in coming, "lost", "resting", "closed") and "message".
 * A network that is gone often does not end a connection: nothing more comes, that is all. */
export class Connection extends EventTarget {
  /** @param {string} path @param {() => object} opening what to say first, on every connection */
  constructor(path, opening) {
    super();
    this.path = path;
    this.opening = opening;
    this.tries = 0;
    this.closed = false;
    this.resting = false;
    this.out = 0;                        // questions that have no answer yet: each has one, in order
    this.slow = false;
    this.timer = 0;
    this.leaving = new AbortController();
    /** @type {WebSocket|null} */ this.socket = null;
    const { signal } = this.leaving;
    addEventListener('offline', () => { if (this.socket) this.#lost(this.socket); }, { signal });
    addEventListener('online', () => { if (this.tries) { this.tries = 0; this.open(); } }, { signal });
  }

  open() {
    if (this.socket || this.closed) return;
    this.resting = false;
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = this.socket = new WebSocket(url);
    socket.addEventListener('open', () => {
      if (this.socket !== socket) return;
      this.#say('state', 'open');
      this.send(this.opening());
    });
    socket.addEventListener('message', e => {
      if (this.socket !== socket) return;
      this.#watch(Math.max(0, this.out - 1));
      const message = JSON.parse(e.data);
      if (message.type === 'segment') this.tries = 0;
      if (message.code === 'idle') this.resting = true;
      this.#say('message', message);
    });
    socket.addEventListener('close', e => {
      if (this.socket !== socket) return;
      this.#let();
      if (FINAL.has(e.code)) { this.closed = true; this.#say('state', 'closed'); return; }
      if (this.resting) { this.#say('state', 'resting'); return; }
      this.#again();
    });
  }

  /** Try again in a while. */
  #again() {
    this.#say('state', 'lost');
    setTimeout(() => this.open(), pause(this.tries++) * 1000);
  }

  /** Do without a socket of which nothing more is to be expected; its own end may be a minute away. @param {WebSocket} socket */
  #lost(socket) {
    this.#let();
    socket.close();
    this.#again();
  }

  #let() {
    this.socket = null;
    this.#watch(0);
  }

  /** Note how many questions are out, and that something was heard or asked just now. @param {number} out */
  #watch(out) {
    this.out = out;
    clearTimeout(this.timer);
    if (this.slow && this.socket) this.#say('state', 'open');
    this.slow = false;
    if (out) this.timer = setTimeout(() => this.#wait(), SLOW * 1000);
  }

  #wait() {
    this.slow = true;
    this.#say('state', 'slow');
    this.timer = setTimeout(() => { if (this.socket) this.#lost(this.socket); }, (GIVEN_UP - SLOW) * 1000);
  }

  /** End it for good. */
  leave() {
    this.closed = true;
    this.leaving.abort();
    const { socket } = this;
    this.#let();
    socket?.close();
  }

  get ready() { return this.socket?.readyState === WebSocket.OPEN; }

  /** @param {object} message @returns {boolean} whether it could be sent */
  send(message) {
    if (!this.ready) return false;
    this.socket?.send(JSON.stringify(message));
    if (!this.out) this.#watch(1);
    else this.out++;
    return true;
  }

  /** @param {string} type @param {any} detail */
  #say(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
