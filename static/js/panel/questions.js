// questions.js — what was asked apart from the segments, and is answered apart from them. Without an answer there is null.

export class Questions {
  /** @type {Map<number, (answer: any) => void>} */ #open = new Map();

  /** @param {number} id @returns {Promise<any>} */
  put(id) { return new Promise(answer => this.#open.set(id, answer)); }

  /** Whether it was one of these. @param {{id?: number}|null} message @param {number} [id] */
  answered(message, id = message?.id) {
    this.#open.get(id)?.(message);
    return this.#open.delete(id);
  }

  /** No answer comes any more. */
  drop() { for (const id of this.#open.keys()) this.answered(null, id); }
}
