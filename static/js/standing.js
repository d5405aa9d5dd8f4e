// What the reader may do here changed: the page is loaded anew and shows what they may see now, be it a refusal.
import { me } from "./arrange.js";
import { on } from "./live.js";

/** A page that is refused sooner was refused when it came: loading it again would go on for ever. */
const SETTLED = 3000;
/** What concerns everybody in a channel does not have everybody ask in the same moment. */
const SPREAD = 1000;
const LONGEST_TIMER = 2 ** 31 - 1;

let leaving = false;

function reload() {
  // Somebody who leaves by a form of this page is on their way already.
  if (!leaving) location.reload();
}

/** @param {number} code our own close codes (rooms/consumers.py) */
export function refused(code) {
  if ((code === 4403 || code === 4404) && performance.now() > SETTLED) reload();
}

/** @param {Document} root */
export function attach(root) {
  const { room } = root.body.dataset;
  addEventListener("beforeunload", () => {
    leaving = true;
  });
  on("standing_changed", (push) => {
    if (push.get("room") === room) reload();
  });
  on("member_left", (push) => {
    if (push.get("user") !== me) return;
    if (push.get("room") === room) reload();
    else root.getElementById(`room-${push.get("room")}`)?.remove();
  });
  on("channel_limited", () => setTimeout(reload, Math.random() * SPREAD));
  const end = /** @type {HTMLElement | null} */ (root.querySelector("[data-ends-in]"));
  if (end) setTimeout(reload, Math.min(Number(end.dataset.endsIn) * 1000, LONGEST_TIMER));
}
