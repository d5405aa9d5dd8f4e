// For screen readers: new messages as "Author: text" in a log of its own, in batches, so that a burst is one sentence.
// The visible history itself is not live; history loads, edits and typing are silent. The listener chooses whether they
// hear every message, those meant for them, or none (accounts/models/user.py).
import { me } from "./arrange.js";
import { plainText } from "./plain.js";
import { plural } from "./words.js";

const BATCH = 600;
/** More than this many at once are counted, not read out. */
const MOST_READ_OUT = 3;
const KEPT = 20;

/**
 * @param {HTMLElement} log
 * @param {string[]} messages
 */
function speak(log, messages) {
  const lines = messages.length > MOST_READ_OUT ? [plural("new_messages", messages.length)] : messages;
  for (const text of lines) {
    const line = document.createElement("p");
    line.textContent = text;
    log.append(line);
  }
  while (log.childElementCount > KEPT) log.firstElementChild?.remove();
}

/**
 * Whether a message names the reader or answers them.
 * @param {HTMLElement} item
 */
function isForMe(item) {
  const username = document.body.dataset.username?.replaceAll(".", "\\.");
  // Neither within an address nor the beginning of a longer name. No lookbehind: older browsers refuse the whole script.
  const mention = new RegExp(`(^|\\W)@${username}(?![.-]?\\w)`, "i");
  return item.querySelector(`.message__quote[data-to="${me}"]`) !== null || mention.test(plainText(item));
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const log = root.getElementById("log");
  const { announcements } = root.documentElement.dataset;
  if (!log || announcements === "off") return;
  /** @type {string[]} */
  const waiting = [];
  /** @param {Event} event */
  function shown(event) {
    const { item, push } = /** @type {CustomEvent} */ (event).detail;
    if (push.event === "message_deleted" || item.dataset.author === me) return;
    if (announcements === "mentions" && !isForMe(item)) return;
    const author = item.querySelector(".message__author")?.textContent?.trim() ?? "";
    if (!waiting.length) setTimeout(() => speak(/** @type {HTMLElement} */ (log), waiting.splice(0)), BATCH);
    waiting.push(`${author}: ${plainText(item)}`);
  }
  root.addEventListener("message:shown", shown, { signal });
}
