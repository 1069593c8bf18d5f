// changes.js — the changes of a run that the server has not answered: some wait to be sent, of each control the last; others were sent.

export class Changes {
  /** @type {Map<string, any>} by control, in the order in which they were last touched */ waiting = new Map();
  /** @type {Map<number, [string, any]>} by the number of their question */ asked = new Map();
  /** @type {{id: number, control: string, value: any}|undefined} the last change that was tried */ last = undefined;

  /** Whether one has yet to be answered. */
  get any() { return this.waiting.size + this.asked.size > 0; }

  /** @param {number} id @param {string} control @param {any} value */
  wait(id, control, value) {
    this.last = { id, control, value };
    this.#put(control, value);
  }

  /** @param {number} id of the question that is sent now @param {string} control @param {any} value */
  ask(id, control, value) {
    this.last = { id, control, value };
    this.asked.set(id, [control, value]);
  }

  /** @param {{id?: number, code?: string}} message */
  answered({ id, code }) {
    this.asked.delete(id);
    if (code === 'failed') this.asked.clear();                             // one of them may be why: it would fail again and again
  }

  /** No answer counts any more: they wait again, before what was touched since. */
  back() {
    const since = this.take();
    for (const [control, value] of [...this.asked.values(), ...since]) this.#put(control, value);
    this.asked.clear();
  }

  /** Those that wait, which are to be sent. @returns {[string, any][]} */
  take() {
    const found = [...this.waiting];
    this.waiting.clear();
    return found;
  }

  clear() {
    this.waiting.clear();
    this.asked.clear();
  }

  /** @param {string} control @param {any} value */
  #put(control, value) {
    this.waiting.delete(control);                                          // the last touch decides about the order
    this.waiting.set(control, value);
  }
}
