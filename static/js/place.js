// What stands below the history: the composer, or why there is none. When that is another (static/js/standing.js, which
// brings this script), what is being written stays: a composer is not exchanged for one like it, and one that has
// something under way goes when that is done.

/** What was being answered when the composer went. @type {Element | null} */
let reply = null;

function exchange() {
  const coming = /** @type {HTMLTemplateElement | null} */ (document.getElementById("standing"))?.content.firstElementChild;
  const place = document.querySelector("#composer, #gate");
  // What is under way may be refused, and come back into the box.
  if (!coming || !place || place.classList.contains("htmx-request")) return;
  coming.remove();
  const part = place.id === coming.id ? "#composer-limits" : "#composer-reply";
  const [old, fresh] = [place, coming].map((each) => each.querySelector(part));
  if (old && fresh) return old.replaceWith(fresh);
  if (fresh && reply) fresh.replaceWith(reply);
  reply = old ?? reply;
  const focused = place.contains(document.activeElement);
  place.replaceWith(coming);
  htmx.process(coming);
  document.dispatchEvent(new CustomEvent("place:came"));
  // Else the focus would be nowhere, and the next key at the top of the page.
  if (focused) /** @type {HTMLElement} */ (coming.querySelector("textarea") ?? coming).focus();
}

document.addEventListener("standing:came", exchange);
// The next in line is on its way at once, if there is one.
document.addEventListener("htmx:finally:request", () => setTimeout(exchange));
document.addEventListener("page:left", () => {
  reply = null;
});
exchange();
