// save.js — keeps a run under a name. The form is the template's, and htmx sends it; here it learns what is to be kept.

/** @import {SimulationPanel} from './element.js' */

/** @param {SimulationPanel} panel */
export function saving(panel) {
  const form = panel.piece('save'), button = panel.piece('keep');
  if (!form || !button) return;
  const field = form.elements.namedItem('name');
  button.addEventListener('click', () => {
    form.hidden = !form.hidden;
    button.setAttribute('aria-expanded', String(!form.hidden));
    if (!form.hidden) field.focus();
  });
  form.addEventListener('submit', (/** @type {Event} */ e) => {          // before htmx, which listens to what bubbles
    form.elements.namedItem('link').value = panel.run.link;
    form.elements.namedItem('at').value = panel.playhead.toFixed(6);
    if (!panel.run.link) { e.preventDefault(); e.stopPropagation(); panel.say('The run can be saved once it has begun.'); }
  }, { capture: true });
}
