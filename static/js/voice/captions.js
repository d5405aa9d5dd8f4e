// Live captions: shown to whoever wants them, typed by whoever may.
import { write } from "./ui.js";

const KEPT = 6;
/** While one types, others see it grow. */
const TELL_EVERY = 300;

let timer = 0;

/**
 * @param {import("./protocol.js").Person} person
 * @param {string} text
 * @param {boolean} final
 */
export function show(person, text, final) {
  const list = document.getElementById("captions");
  const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("voice-caption"));
  if (!list || !template) return;
  let line = list.querySelector(`[data-of="${person.user}"]`);
  if (!line) {
    line = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    /** @type {HTMLElement} */ (line).dataset.of = String(person.user);
    list.append(line);
  }
  write(/** @type {Element} */ (line.querySelector("b")), person.name);
  write(/** @type {Element} */ (line.querySelector("span")), text);
  if (final) line.removeAttribute("data-of");
  if (!text) line.remove();
  while (list.childElementCount > KEPT) list.firstElementChild?.remove();
}

/** @param {() => import("./call.js").Call | null} current */
export function attachCaptions(current) {
  document.addEventListener("input", ({ target: field }) => {
    if (!(field instanceof HTMLInputElement) || field.name !== "caption" || timer) return;
    timer = setTimeout(() => {
      timer = 0;
      current()?.caption(field.value, false);
    }, TELL_EVERY);
  });
  document.addEventListener("submit", (event) => {
    const field = /** @type {HTMLFormElement} */ (event.target).elements.namedItem("caption");
    if (!(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    clearTimeout(timer);
    timer = 0;
    if (field.value.trim()) current()?.caption(field.value, true);
    field.value = "";
  });
}
