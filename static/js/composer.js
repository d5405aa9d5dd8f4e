// Writing: Enter sends, the box grows, a draft outlives a reload, and a message that could not be sent is kept and
// sent when the connection is back. Its client id makes sending it twice harmless.
import { on } from "./live.js";
import { word } from "./words.js";

const TALLEST = 240;

/** @type {HTMLFormElement} */
let form;
/** A sending that did not reach the server. */
let unsent = false;
/** What was in the box when it was sent. */
let sent = "";

function box() {
  return /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
}

function clientId() {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem("client_id"));
}

function draftKey() {
  return `draft:${form.action}`;
}

function grow() {
  const area = box();
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, TALLEST)}px`;
}

function keepDraft() {
  if (box().value) sessionStorage.setItem(draftKey(), JSON.stringify([clientId().value, box().value]));
  else sessionStorage.removeItem(draftKey());
}

function restoreDraft() {
  const kept = sessionStorage.getItem(draftKey());
  if (!kept || box().value) return;
  [clientId().value, box().value] = JSON.parse(kept);
}

/** @param {string} text */
function complain(text) {
  const errors = document.getElementById("composer-errors");
  if (!errors) return;
  errors.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.textContent = text;
  errors.append(line);
}

/** The message is stored: what was typed after it was sent stays. */
function accepted() {
  unsent = false;
  const area = box();
  area.value = area.value.startsWith(sent) ? area.value.slice(sent.length).trimStart() : area.value;
  sent = "";
  keepDraft();
  grow();
}

function failed() {
  unsent = true;
  complain(word("unsent"));
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.altKey) return;
  // On a touch keyboard Enter makes a new line, as in every messenger there; the button sends.
  if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey) return;
  event.preventDefault();
  form.requestSubmit();
}

/** @param {Event} event */
function isMine(event) {
  return /** @type {CustomEvent} */ (event).detail?.ctx?.sourceElement === form;
}

function follow() {
  form.addEventListener("htmx:before:request", (event) => {
    if (!isMine(event)) return;
    sent = box().value;
    complain("");
  });
  form.addEventListener("htmx:after:swap", (event) => {
    if (!isMine(event)) return;
    const { status } = /** @type {CustomEvent} */ (event).detail.ctx.response;
    if (status < 300) accepted();
    else if (status >= 500) failed();
    // The others (409, 422, 429) came with the form and their own words.
    else if (status < 409) complain(word("forbidden"));
  });
  form.addEventListener("htmx:error", (event) => {
    if (isMine(event)) failed();
  });
}

/** @param {import("./live.js").Push} push */
function arrived(push) {
  // The answer was lost but the message was stored: it is this one.
  if (!unsent || push.get("client") !== clientId().value) return;
  complain("");
  sent = box().value;
  accepted();
  clientId().value = crypto.randomUUID();
}

function cancelReply() {
  document.getElementById("composer-reply")?.replaceChildren();
  box().focus();
}

/** @param {Document} root */
export function attach(root) {
  const found = root.getElementById("composer");
  if (!(found instanceof HTMLFormElement)) return;
  form = found;
  restoreDraft();
  grow();
  follow();
  form.addEventListener("keydown", pressed);
  form.addEventListener("input", () => {
    grow();
    keepDraft();
  });
  form.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-cancel-reply]")) return;
    event.preventDefault();
    cancelReply();
  });
  on("message_created", arrived);
  root.addEventListener("live:back", () => {
    // After the catch-up: if it brings this very message there is nothing left to send.
    if (unsent) root.addEventListener("htmx:finally:request", () => unsent && form.requestSubmit(), { once: true });
  });
}
