// Who is in the room's voice channels, and who talks there: what the room's column shows without joining.
import { on } from "./live.js";
import { translate } from "./words.js";

/** @param {import("./live.js").Push} push */
const rosterOf = (push) => document.getElementById(`voice-${push.get("channel")}`);

/**
 * @param {Document} _root
 * @param {AbortSignal} signal
 */
export function attach(_root, signal) {
  on("voice_roster", (push) => {
    const roster = rosterOf(push);
    // Of two processes that tell at once, the later look counts.
    if (!roster || push.number("version") < Number(roster.dataset.version)) return;
    translate(push.content);
    roster.replaceWith(push.content);
  }, signal);
  on("voice_speaking", (push) => {
    const talking = push.get("users").split(" ");
    for (const person of rosterOf(push)?.children ?? []) {
      person.toggleAttribute("data-talks", talking.includes(person.getAttribute("data-user") ?? ""));
    }
  }, signal);
}
