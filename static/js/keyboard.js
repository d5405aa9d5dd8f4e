// The whole page by keyboard. The history is one Tab stop: the arrows walk it, Enter opens a message's actions, Escape
// goes back to writing. F6 goes from region to region. Plain Tab is never captured.

const REGIONS = ["#composer textarea", "#messages [tabindex='0']", "#rooms a", "#channels a", "#members a"];

/** @type {HTMLElement} */
let list;

/** @returns {HTMLElement[]} */
function stops() {
  return [...list.querySelectorAll(":scope > .message, :scope > .history-link")].filter(
    (item) => item instanceof HTMLElement,
  );
}

/** @param {HTMLElement} item */
function controls(item) {
  return /** @type {NodeListOf<HTMLElement>} */ (item.querySelectorAll("a, button, input, textarea, pre"));
}

/**
 * Make `item` the history's one Tab stop; what is inside it can be reached from there.
 * @param {HTMLElement} item
 */
function setCurrent(item) {
  for (const stop of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(":scope > [tabindex='0']"))) {
    if (stop !== item) close(stop);
  }
  item.tabIndex = 0;
  for (const control of controls(item)) control.tabIndex = 0;
}

/** @param {HTMLElement} item */
function close(item) {
  item.tabIndex = -1;
  for (const control of controls(item)) if (control.tagName !== "TEXTAREA") control.tabIndex = -1;
}

/** One stop, whatever came and went: the current one if it is still there, else the newest message. */
function settle() {
  const items = stops();
  const current = items.find((item) => item.tabIndex === 0 && item.hasAttribute("tabindex"));
  for (const item of items) if (item !== current) close(item);
  const last = current ?? items.at(-1);
  if (!last) return;
  last.tabIndex = 0;
  // Until one is there, what is inside stays out of the way: the composer is the next stop.
  if (!last.contains(document.activeElement)) for (const control of controls(last)) control.tabIndex = -1;
}

/** @param {KeyboardEvent} event */
function walk(event) {
  const items = stops();
  const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("#messages > *"));
  const at = item ? items.indexOf(item) : -1;
  if (event.key === "Escape") {
    document.getElementById("message-body")?.focus();
    return;
  }
  // Inside a form (editing) and on a message's own controls the keys mean what they always mean.
  if (event.target !== item || at < 0) return;
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined && items[to]) {
    event.preventDefault();
    setCurrent(items[to]);
    items[to].focus();
    items[to].scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter") {
    /** @type {HTMLElement | null} */ (item?.querySelector(".message__actions, a") ?? null)?.click();
  }
}

/** @param {boolean} back */
function nextRegion(back) {
  const regions = REGIONS.map((selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector))).filter(
    (element) => element !== null && element.offsetParent !== null,
  );
  const here = regions.findIndex((element) => {
    const region = element?.closest("#composer, #messages, nav, aside");
    return region?.contains(document.activeElement);
  });
  const step = back ? -1 : 1;
  regions[(here + step + regions.length) % regions.length]?.focus();
}

/** @param {Document} root */
export function attach(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "F6") return;
    event.preventDefault();
    nextRegion(event.shiftKey);
  });
  const found = root.getElementById("messages");
  if (!found) return;
  list = found;
  settle();
  list.addEventListener("keydown", walk);
  list.addEventListener("focusin", (event) => {
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("#messages > *"));
    if (item) setCurrent(item);
  });
  new MutationObserver(settle).observe(list, { childList: true });
}
