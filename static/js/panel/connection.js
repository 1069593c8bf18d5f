// connection.js — the websocket: opens, asks, and after a cut opens again where the page is.

const FINAL = new Set([4400, 4401, 4403, 4404]);
const SOONEST = .5, LATEST = 30;         // seconds until it is tried again

/** How long to wait: full jitter from the first time on, since a server that restarts cuts everybody off at once. @param {number} tries before this one */
const pause = tries => SOONEST + Math.random() * (Math.min(LATEST, 2 ** tries) - SOONEST);

/** Tells "state" ("open", "lost", "resting", "closed") and "message". */
export class Connection extends EventTarget {
  /** @param {string} path @param {() => object} opening what to say first, on every connection */
  constructor(path, opening) {
    super();
    this.path = path;
    this.opening = opening;
    this.tries = 0;
    this.closed = false;
    this.resting = false;
    /** @type {WebSocket|null} */ this.socket = null;
  }

  open() {
    if (this.socket || this.closed) return;
    this.resting = false;
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = this.socket = new WebSocket(url);
    socket.addEventListener('open', () => {
      this.#say('state', 'open');
      socket.send(JSON.stringify(this.opening()));
    });
    socket.addEventListener('message', e => {
      const message = JSON.parse(e.data);
      if (message.type === 'segment') this.tries = 0;
      if (message.code === 'idle') this.resting = true;
      this.#say('message', message);
    });
    socket.addEventListener('close', e => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (FINAL.has(e.code)) { this.closed = true; this.#say('state', 'closed'); return; }
      if (this.resting) { this.#say('state', 'resting'); return; }
      this.#say('state', 'lost');
      setTimeout(() => this.open(), pause(this.tries++) * 1000);
    });
  }

  /** End it for good. */
  leave() {
    this.closed = true;
    this.socket?.close();
    this.socket = null;
  }

  get ready() { return this.socket?.readyState === WebSocket.OPEN; }

  /** @param {object} message @returns {boolean} whether it could be sent */
  send(message) {
    if (!this.ready) return false;
    this.socket?.send(JSON.stringify(message));
    return true;
  }

  /** @param {string} type @param {any} detail */
  #say(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
