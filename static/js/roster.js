// Who is in the room's voice channels, and who talks there: what the room's column shows without joining, and the voice
// channel's own page to whoever has not joined yet.
import { on } from "./live.js";
import { translate } from "./words.js";

/** @param {import("./live.js").Push} push */
const rosterOf = (push) => document.getElementById(`voice-${push.get("channel")}`);

/** What the column shows is the newest: the page's own list copies it. */
function copy() {
  for (const list of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-roster]"))) {
    const roster = document.getElementById(`voice-${list.dataset.roster}`);
    list.replaceChildren(.../** @type {Element} */ (roster?.cloneNode(true) ?? list).children);
  }
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  on("voice_roster", (push) => {
    const roster = rosterOf(push);
    // Of two processes that tell at once, the later look counts.
    if (!roster || push.number("version") < Number(roster.dataset.version)) return;
    translate(push.content);
    roster.replaceWith(push.content);
    copy();
  }, signal);
  on("voice_speaking", (push) => {
    const talking = push.get("users").split(" ");
    for (const person of rosterOf(push)?.children ?? []) {
      person.toggleAttribute("data-talks", talking.includes(person.getAttribute("data-user") ?? ""));
    }
    copy();
  }, signal);
  root.addEventListener("sidebar:came", copy, { signal });
}
