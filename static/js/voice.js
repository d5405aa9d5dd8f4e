// Voice comes to a page when it is used: on a voice channel's own page, and where a call goes on that began on a page
// before this one. What it needs stands in the voice channel's page (templates/voice/_parts.html).
import { addScript } from "./script.js";

/** The server keeps the place of whoever was cut off for 15 seconds. */
const KEPT = 15000;

let isLoaded = false;

/** @param {HTMLElement} parts */
function load(parts) {
  isLoaded = true;
  addScript(parts.dataset.script);
}

/** @param {Document} root */
export async function attach(root) {
  if (isLoaded) return;
  const before = JSON.parse(sessionStorage.getItem("call") ?? "null");
  // A tab that was opened again hours later does not speak by itself.
  const isStale = Date.now() - before?.at > KEPT;
  if (isStale) sessionStorage.removeItem("call");
  const parts = root.getElementById("voice-parts");
  if (parts) load(parts);
  if (parts || !before || isStale) return;
  const answer = await fetch(before.url).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const found = page.getElementById("voice-parts");
  if (!found) return;
  root.body.append(found);
  load(found);
}
