// What may be typed behind a slash: the list comes with the first slash, and narrows to what was typed so far. The up
// arrow goes from the message field to it, Enter takes a command over, Escape puts the list away. Plain Tab is not
// captured, and one who listens hears how many there are, and how the only one left is typed.
import { plural } from "./words.js";

/**
 * @param {HTMLElement} help
 * @param {HTMLTextAreaElement} box
 * @param {AbortSignal} signal
 */
function offer(help, box, signal) {
  /** Whether the list is the whole one; an answer to `/help ban` is not. */
  let whole = false;
  let asking = false;
  let told = "";

  /** @returns {HTMLElement[]} */
  function lines() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (help.querySelectorAll("[data-command]"))];
  }

  function shown() {
    return lines().filter((line) => !line.hidden);
  }

  /** @param {string} text */
  function tell(text) {
    if (text === told) return;
    told = text;
    /** @type {HTMLElement} */ (document.getElementById("composer-done")).textContent = text;
  }

  async function narrow() {
    help.hidden = !/^\/(?!\/)/.test(box.value);
    if (help.hidden) return tell("");
    if (!whole && !asking) {
      asking = true;
      await htmx.ajax("GET", help.dataset.commands ?? "", { source: help, target: help, swap: "innerHTML" });
      whole = lines().length > 0;
      asking = false;
    }
    const typed = box.value.slice(1).toLowerCase();
    for (const line of lines()) {
      const { command = "" } = line.dataset;
      line.hidden = !command.startsWith(typed) && !`${typed} `.startsWith(`${command} `);
    }
    const left = shown();
    help.hidden = left.length === 0;
    const usage = left.length === 1 ? left[0].querySelector("code")?.textContent : "";
    tell(left.length ? usage || plural("commands", left.length) : "");
  }

  /** @param {HTMLElement} line */
  function take(line) {
    box.value = `/${line.dataset.command} `;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (help.hidden || event.altKey || event.ctrlKey) return;
    const all = shown();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const within = help.contains(document.activeElement);
    if (event.key === "Escape") {
      help.hidden = true;
      if (within) box.focus();
    } else if (event.key === "ArrowUp" && (within || event.target === box)) (all[at - 1] ?? all[at < 0 ? all.length - 1 : 0])?.focus();
    else if (event.key === "ArrowDown" && within) (all[at + 1] ?? box).focus();
    else if (event.key === "Enter" && at >= 0) take(all[at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Event} event */
  function isOfForm(event) {
    return /** @type {CustomEvent} */ (event).detail.ctx?.sourceElement === box.form;
  }

  /** @param {Event} event */
  function came(event) {
    if (!isOfForm(event) || !lines().length) return;
    // Help was asked for, and is the answer.
    help.hidden = whole = false;
  }

  /** @param {Event} event */
  function clicked(event) {
    const line = event.target instanceof Element ? event.target.closest("[data-command]") : null;
    if (line instanceof HTMLElement) take(line);
  }

  /** @param {Event} event */
  function sent(event) {
    if (!isOfForm(event)) return;
    help.replaceChildren();
    help.hidden = true;
    whole = false;
    told = "";
  }

  box.addEventListener("input", narrow, { signal });
  box.form?.addEventListener("keydown", pressed, { signal, capture: true });
  box.form?.addEventListener("htmx:config:request", sent, { signal });
  box.form?.addEventListener("htmx:after:swap", came, { signal });
  help.addEventListener("click", clicked, { signal });
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const [help, box] = [root.getElementById("composer-help"), root.getElementById("message-body")];
  if (help && box instanceof HTMLTextAreaElement) offer(help, box, signal);
}
