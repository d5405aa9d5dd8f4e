// What the socket and answers bring: <hx-push event="…"> envelopes, handed to whoever listens for that event.
// The same envelopes come by the socket, in answer to a form and from a catch-up; all take this one path.

/**
 * @typedef {object} Push
 * @property {string} event
 * @property {(name: string) => string} get an attribute of the envelope, empty where it has none
 * @property {(name: string) => number} number an attribute as a number, 0 where it has none
 * @property {DocumentFragment} content
 */

const envelopes = new EventTarget();

/**
 * Call `listener` for each envelope of this event, until the page is left.
 * @param {string} event
 * @param {(push: Push) => void} listener
 * @param {AbortSignal} signal
 */
export function on(event, listener, signal) {
  envelopes.addEventListener(event, (envelope) => listener(/** @type {CustomEvent} */ (envelope).detail), { signal });
}

/** @param {HTMLTemplateElement} envelope */
function receive(envelope) {
  const get = (/** @type {string} */ name) => envelope.getAttribute(name) ?? "";
  const push = { event: get("event"), get, number: (/** @type {string} */ name) => Number(get(name)), content: envelope.content };
  envelopes.dispatchEvent(new CustomEvent(push.event, { detail: push }));
}

export function attach() {
  htmx.registerExtension("eclipse", { htmx_process_push: receive });
}
