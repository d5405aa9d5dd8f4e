// What the socket and answers bring: <hx-push event="…"> envelopes, handed to whoever listens for that event.
// The same envelopes come by the socket, in answer to a form and from a catch-up; all take this one path.

/**
 * @typedef {object} Push
 * @property {string} event
 * @property {(name: string) => string} get an attribute of the envelope, empty where it has none
 * @property {(name: string) => number} number an attribute as a number, 0 where it has none
 * @property {DocumentFragment} content
 */

/** @type {Map<string, ((push: Push) => void)[]>} */
const listeners = new Map();

/**
 * Call `listener` for each envelope of this event.
 * @param {string} event
 * @param {(push: Push) => void} listener
 */
export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

/** @param {HTMLTemplateElement} envelope */
function receive(envelope) {
  const get = (/** @type {string} */ name) => envelope.getAttribute(name) ?? "";
  const push = { event: get("event"), get, number: (/** @type {string} */ name) => Number(get(name)), content: envelope.content };
  for (const listener of listeners.get(push.event) ?? []) listener(push);
}

export function attach() {
  htmx.registerExtension("eclipse", { htmx_process_push: receive });
}
