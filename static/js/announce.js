// For screen readers: new messages as "Author: text" in a log of its own, in batches, so that a burst is one sentence.
// The visible history itself is not live; history loads, edits and typing are silent.
import { me } from "./arrange.js";
import { plainText } from "./plain.js";
import { plural } from "./words.js";

const BATCH = 600;
/** More than this many at once are counted, not read out. */
const MOST_READ_OUT = 3;
const KEPT = 20;

/** @type {string[]} */
let waiting = [];

/** @param {HTMLElement} log */
function speak(log) {
  const lines = waiting.length > MOST_READ_OUT ? [plural("new_messages", waiting.length)] : waiting;
  waiting = [];
  for (const text of lines) {
    const line = document.createElement("p");
    line.textContent = text;
    log.append(line);
  }
  while (log.childElementCount > KEPT) log.firstElementChild?.remove();
}

/** @param {Document} root */
export function attach(root) {
  const log = root.getElementById("log");
  if (!log) return;
  root.addEventListener("message:shown", (event) => {
    const { item, push } = /** @type {CustomEvent} */ (event).detail;
    if (push.event === "message_deleted" || item.dataset.author === me) return;
    const author = item.querySelector(".message__author")?.textContent?.trim() ?? "";
    if (!waiting.length) setTimeout(() => speak(log), BATCH);
    waiting.push(`${author}: ${plainText(item)}`);
  });
}
