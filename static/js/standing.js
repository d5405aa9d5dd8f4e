// What the reader may do here changed: the page is loaded anew and shows what they may see now, be it a refusal.
import { me } from "./arrange.js";
import { go } from "./go.js";
import { on } from "./live.js";

/** A page that is refused sooner was refused when it came: loading it again would go on for ever. */
const SETTLED = 3000;
/** What concerns everybody in a channel does not have everybody ask in the same moment. */
const SPREAD = 1000;
const LONGEST_TIMER = 2 ** 31 - 1;

/** Our own close codes (rooms/consumers.py). */
const REFUSED = [4403, 4404];

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const { room } = root.body.dataset;
  const came = performance.now();
  let leaving = false;

  function reload() {
    // Somebody who leaves by a form of this page is on their way already.
    if (!leaving && !signal.aborted) go();
  }

  /** @param {number} delay in milliseconds */
  function reloadLater(delay) {
    const timer = setTimeout(reload, delay);
    signal.addEventListener("abort", () => clearTimeout(timer));
  }

  /** @param {Event} event */
  function leaves(event) {
    // A call may ask whether to leave it, and then nobody knows yet.
    leaving = !event.defaultPrevented;
  }

  /** @param {Event} event */
  function closed(event) {
    if (REFUSED.includes(/** @type {CustomEvent} */ (event).detail.code) && performance.now() - came > SETTLED) reload();
  }

  /** @param {import("./live.js").Push} push */
  function left(push) {
    if (push.get("user") !== me) return;
    if (push.get("room") === room) reload();
    else root.getElementById(`room-${push.get("room")}`)?.remove();
  }

  addEventListener("beforeunload", leaves, { signal });
  root.addEventListener("htmx:ws:close", closed, { signal });
  on("standing_changed", (push) => push.get("room") === room && reload(), signal);
  on("member_left", left, signal);
  on("channel_limited", () => reloadLater(Math.random() * SPREAD), signal);
  const end = /** @type {HTMLElement | null} */ (root.querySelector("[data-ends-in]"));
  if (end) reloadLater(Math.min(Number(end.dataset.endsIn) * 1000, LONGEST_TIMER));
}
