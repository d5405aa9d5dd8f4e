// What happens in the call, told to whoever does not look: a line in the page's log for screen readers, a soft sound;
// and what concerns oneself, for everybody to read.
// Who speaks is never told: it is heard.
import { word } from "../words.js";
import { preferences } from "./preferences.js";
import { play } from "./sound.js";

/** Several at once are one batch, as in announce.js. */
const BATCH = 600;
const KEPT = 20;

/** @type {string[]} */
let waiting = [];

/**
 * Tell a screen reader; what it is told of itself is told at once.
 * @param {string} text
 * @param {number} [after]
 */
export function say(text, after = 0) {
  if (!waiting.length) setTimeout(speak, after);
  waiting.push(text);
}

function speak() {
  const log = document.getElementById("log") ?? document.getElementById("call-log");
  for (const text of waiting) {
    const line = document.createElement("p");
    line.textContent = text;
    log?.append(line);
  }
  waiting = [];
  while (log && log.childElementCount > KEPT) log.firstElementChild?.remove();
}

/** How long a note stands. */
const NOTE_STANDS = 8000;

let standing = "";

/** What is to be read just now. */
export const note = () => standing;

/**
 * @param {string} text
 * @param {() => void} changed
 */
function leaveNote(text, changed) {
  standing = text;
  setTimeout(() => {
    if (standing === text) standing = "";
    changed();
  }, NOTE_STANDS);
}

/** @param {import("./sound.js").Tune} tune */
export function sound(tune) {
  if (preferences.sounds) play(tune);
}

/**
 * @param {import("./call.js").News} news
 * @param {() => void} changed what is called when there is another note to be read
 */
export function tell(news, changed) {
  if (news.kind === "caption") return;
  if (news.kind === "joined" || news.kind === "left") sound(news.kind);
  if (news.kind === "refused") leaveNote(news.message, changed);
  else if (news.kind === "unplugged") leaveNote(word("unplugged", { name: news.name }), changed);
  else if (preferences.announce) say(word(`news.${news.kind}`, { name: news.person.name }), BATCH);
}
