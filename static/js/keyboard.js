// The whole page by keyboard. The history is one Tab stop: Up and Down walk it, Right goes into a message to its links,
// Left comes out, Enter opens its actions, Escape goes back to writing. F6 goes from region to region. Plain Tab is
// never captured.
import { plainText } from "./plain.js";
import { addScript } from "./script.js";

const REGIONS = ["#composer", "#messages", "#stage", "#call", "#rooms", "#channels", "#members"];
const STOPS = "a[href], button, input:not([type=hidden]), textarea, summary, pre";

/**
 * The controls of a message that the arrows reach; those of a form in it are reached by Tab, as in every form.
 * @param {Element} item
 */
function controls(item) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (item.querySelectorAll(STOPS))].filter((each) => !each.closest("form"));
}

/**
 * @param {HTMLElement} item
 * @param {HTMLElement} from
 * @param {number} step
 */
function within(item, from, step) {
  const inside = controls(item).filter((each) => each.offsetParent !== null);
  const to = inside.indexOf(from) + step;
  (inside[to] ?? (to < 0 ? item : null))?.focus();
}

/** @param {string} selector */
function entrance(selector) {
  const region = document.querySelector(selector);
  const all = /** @type {HTMLElement[]} */ ([...(region?.querySelectorAll(`${STOPS}, [tabindex]`) ?? [])]);
  return all.find((each) => each.tabIndex >= 0 && each.checkVisibility?.({ visibilityProperty: true }) !== false);
}

/** @param {boolean} back */
function nextRegion(back) {
  const here = REGIONS.findIndex((selector) => document.querySelector(selector)?.contains(document.activeElement));
  for (let step = 1; step <= REGIONS.length; step += 1) {
    const index = (here + (back ? -step : step) + 2 * REGIONS.length) % REGIONS.length;
    const place = entrance(REGIONS[index]);
    if (place) return place.focus();
  }
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const switcher = document.getElementById("switcher");
  const wanted = event.code === "KeyK" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && switcher;
  if (event.key !== "F6" && !wanted) return;
  event.preventDefault();
  if (!wanted) return nextRegion(event.shiftKey);
  // It comes with the first time, and opens itself then.
  addScript(wanted.dataset.script);
  document.dispatchEvent(new Event("switcher:asked"));
}

/**
 * The history as one Tab stop.
 * @param {HTMLElement} list
 * @param {AbortSignal} signal
 */
function rove(list, signal) {
  /** @returns {HTMLElement[]} */
  function stops() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(":scope > .message, :scope > .history-link"))];
  }

  /** @param {HTMLElement} item */
  function setCurrent(item) {
    for (const each of stops()) each.tabIndex = each === item ? 0 : -1;
    if (!item.classList.contains("message")) return;
    // A list item has no name of its own, and the arrows stop at it.
    const text = (/** @type {string} */ part) => item.querySelector(`.message__${part}`)?.textContent?.trim() ?? "";
    item.ariaLabel = `${text("author")}, ${text("time")}: ${plainText(item)}`;
  }

  /** One stop, whatever came and went: the current one if it is still there, else the newest message. */
  function settle() {
    const items = stops();
    for (const item of items) for (const control of controls(item)) control.tabIndex = -1;
    const current = items.find((item) => item.getAttribute("tabindex") === "0") ?? items.at(-1);
    if (current) setCurrent(current);
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const item = /** @type {HTMLElement | null} */ (target.closest("#messages > *"));
    if (!item || target.closest("form")) return;
    const items = stops();
    const at = items.indexOf(item);
    const to = items[{ ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: items.length - 1 }[event.key] ?? -1];
    if (event.key === "Escape") {
      document.getElementById("message-body")?.focus();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      within(item, target, event.key === "ArrowRight" ? 1 : -1);
    } else if (to) {
      to.focus();
      to.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && target === item) {
      /** @type {HTMLElement | null} */ (item.querySelector(".message__actions") ?? item.querySelector("a"))?.click();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** @param {FocusEvent} event */
  function entered(event) {
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("#messages > *"));
    if (item) setCurrent(item);
  }

  settle();
  list.addEventListener("keydown", walk, { signal });
  list.addEventListener("focusin", entered, { signal });
  const observer = new MutationObserver(settle);
  observer.observe(list, { childList: true });
  signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  root.addEventListener("keydown", pressed, { signal });
  const list = root.getElementById("messages");
  if (list) rove(list, signal);
}
