// What the reader may do here changed: the page shows what they may do now, be it a refusal. A text channel's page asks
// for the parts of it that tell that, so that what is being read, written or edited stays as it is; any other is loaded
// anew, unless somebody has begun to fill in a form of it: what they send is decided when it is sent.
import { me } from "./arrange.js";
import { refreshSidebars } from "./connection.js";
import { go } from "./go.js";
import { on } from "./live.js";
import { addScript } from "./script.js";

/** A page that is refused sooner was refused when it came: loading it again would go on for ever. */
const SETTLED = 3000;
/** What concerns everybody in a room does not have everybody ask in the same moment. */
const SPREAD = 1500;
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
  let begun = false;
  let timer = 0;
  let ending = 0;

  function reload() {
    // Somebody who leaves by a form of this page is on their way already.
    if (!leaving && !signal.aborted) go();
  }

  function refresh() {
    // In a call the signalling itself tells what one may do (static/js/voice/), and leaving the page would end it.
    if (root.querySelector("#composer, #gate, #stage [data-if=in]:not([hidden])")) refreshSidebars("&standing");
    else if (!begun || root.getElementById("stage")) reload();
  }

  /** @param {number} [spread] in milliseconds; what comes meanwhile is asked for together */
  function refreshSoon(spread = 0) {
    clearTimeout(timer);
    timer = window.setTimeout(refresh, Math.random() * spread);
  }

  /** A mute that is told has an end. */
  function waitForEnd() {
    clearTimeout(ending);
    const end = /** @type {HTMLElement | null} */ (root.querySelector("[data-ends-in]"));
    if (end) ending = window.setTimeout(refresh, Math.min(Number(end.dataset.endsIn) * 1000, LONGEST_TIMER));
  }

  /** @param {import("./live.js").Push} push */
  function stands(push) {
    const kept = /** @type {HTMLTemplateElement} */ (root.getElementById("standing"));
    // The list of members stands in the page's own frame: with it comes and goes a column.
    if (!push.get("members") !== !root.getElementById("members")) return reload();
    kept.content.replaceChildren(push.content);
    addScript(kept.dataset.script);
    root.dispatchEvent(new CustomEvent("standing:came"));
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

  function begins() {
    begun = true;
  }

  addEventListener("beforeunload", leaves, { signal });
  root.addEventListener("input", begins, { signal });
  root.addEventListener("htmx:ws:close", closed, { signal });
  on("standing_changed", (push) => push.get("room") === room && refreshSoon(), signal);
  on("matrix_changed", (push) => push.get("room") === room && refreshSoon(SPREAD), signal);
  on("channel_limited", () => refreshSoon(SPREAD), signal);
  on("member_left", left, signal);
  on("standing_came", stands, signal);
  root.addEventListener("place:came", waitForEnd, { signal });
  waitForEnd();
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(ending);
  });
}
