// What may be typed behind a slash: the list comes with the first slash, as this script does, and narrows to what was
// typed so far. The up arrow goes from the message field to it, Enter takes a command over, Escape puts the list away.
// Plain Tab is not captured, and one who listens hears that there is a list, and how the only command left is typed.

/** Whether the list is the whole one; an answer to `/help ban` is not. */
let whole = false;
let asking = false;
let told = "";

function help() {
  return /** @type {HTMLElement} */ (document.getElementById("composer-help"));
}

function box() {
  return /** @type {HTMLTextAreaElement} */ (document.getElementById("message-body"));
}

/** @returns {HTMLElement[]} */
function lines() {
  return [.../** @type {NodeListOf<HTMLElement>} */ (help().querySelectorAll("[data-command]"))];
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

function hide() {
  const list = help();
  if (list) list.hidden = true;
}

function isCommand() {
  return /^\/(?!\/)/.test(box()?.value);
}

async function narrow() {
  if (!isCommand()) {
    hide();
    tell("");
    return;
  }
  if (!whole && !asking) {
    asking = true;
    await htmx.ajax("GET", help().dataset.commands ?? "", { source: help(), target: help(), swap: "innerHTML" });
    whole = lines().length > 0;
    asking = false;
    // Sent meanwhile: what came of it stands where the list would be told of.
    if (!isCommand()) return hide();
  }
  const typed = box().value.slice(1).toLowerCase();
  for (const line of lines()) {
    const { command = "" } = line.dataset;
    line.hidden = !command.startsWith(typed) && !`${typed} `.startsWith(`${command} `);
  }
  const left = shown();
  help().hidden = left.length === 0;
  const usage = left.length === 1 ? left[0].querySelector("code")?.textContent : "";
  const list = /** @type {HTMLElement | null} */ (help().querySelector("[data-told]"));
  tell(left.length ? usage || (list?.dataset.told ?? "") : "");
}

/** @param {HTMLElement} line */
function take(line) {
  box().value = `/${line.dataset.command} `;
  box().focus();
  box().dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const within = help()?.contains(document.activeElement);
  if (!help() || help().hidden || event.altKey || event.ctrlKey || !(within || event.target === box())) return;
  const all = shown();
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (event.key === "Escape") {
    hide();
    box().focus();
  } else if (event.key === "ArrowUp") (all[at - 1] ?? all[at < 0 ? all.length - 1 : 0])?.focus();
  else if (event.key === "ArrowDown" && within) (all[at + 1] ?? box()).focus();
  else if (event.key === "Enter" && at >= 0) take(all[at]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {Event} event */
function isOfComposer(event) {
  return help() && /** @type {CustomEvent} */ (event).detail.ctx?.sourceElement === box().form;
}

document.addEventListener("input", (event) => event.target === box() && narrow());
document.addEventListener("keydown", pressed, { capture: true });
document.addEventListener("click", (event) => {
  const line = event.target instanceof Element ? event.target.closest("#composer-help [data-command]") : null;
  if (line instanceof HTMLElement) take(line);
});
document.addEventListener("htmx:config:request", (event) => {
  if (!isOfComposer(event)) return;
  help().replaceChildren();
  hide();
  whole = false;
  told = "";
});
document.addEventListener("htmx:after:swap", (event) => {
  // Help was asked for, and is the answer.
  if (isOfComposer(event) && lines().length) help().hidden = false;
});
// What one may do may be another now: the next slash asks again.
document.addEventListener("sidebar:came", () => {
  whole = false;
});
// What was typed until this came. What was sent meanwhile may be asking for help.
if (box()?.value) narrow();
