// key.js — the key to the marks of the stage: those that can occur as the scenario is set up, and those that this run has shown.

/** @import {Run} from './run.js' */
/** @import {View} from './view.js' */

import { aimed } from './controls.js';

/** The mark that a setting brings where it is on, by the last part of its name. @type {Record<string, string>} */
const BRINGS = { retries: 'again', hedge_after: 'again', timeout: 'timeout', drop_expired: 'timeout', throttle: 'kept', breaker: 'kept', bucket_rate: 'full', queue_limit: 'full' };

export class Key {
  /** @param {HTMLElement} list whose items say which mark they are of */
  constructor(list) {
    /** @type {HTMLElement[]} */ this.marks = [...list.querySelectorAll('[data-mark]')].map(li => /** @type {HTMLElement} */ (li));
    this.reset();
  }

  /** A new run begins. */
  reset() {
    /** @type {WeakSet<Run>} */ this.repeated = new WeakSet();           // the runs in which something was sent again
  }

  /** @param {Run[]} runs @param {View[]} views */
  read(runs, views) {
    /** @type {Set<string>} */ const there = new Set();
    for (const run of runs) {
      const { lost, again } = run.playback;
      for (const [how, n] of Object.entries(lost)) if (n > 0) there.add(how);
      for (const [name, value] of Object.entries(run.current)) {
        const what = name.slice(name.lastIndexOf('.') + 1);
        if (BRINGS[what] && (value === true || value > 0 || what === 'queue_limit')) there.add(BRINGS[what]);      // no place at all turns away too
      }
      if (again.size) this.repeated.add(run);
      if (this.repeated.has(run)) there.add('again');
    }
    if (views.some(view => view.stage.L.groups.some(group => group.rows[0]?.rw))) there.add('answered');
    const { faults, stations } = runs[0].scenario;
    if (stations.some(station => station.queue_limit > 0)) there.add('full');
    if (faults.some(fault => fault.reach !== 'clients')) there.add('failed').add('refused');
    if (faults.some(aimed)) there.add('chosen');
    for (const li of this.marks) if (li.hidden === there.has(li.dataset.mark ?? '')) li.hidden = !li.hidden;
  }
}
