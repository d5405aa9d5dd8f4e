// Writing: Enter sends, and empties the box at once, so that what is typed next is a message of its own; where a message
// is edited, Enter saves. What could not be sent comes back into the box and is sent when the connection is back; its
// client id makes sending it twice harmless. A draft outlives a reload.
import { me } from "./arrange.js";
import { on } from "./live.js";
import { addScript } from "./script.js";
import { plural, word } from "./words.js";

const TALLEST = 240;
/** What the server takes (rooms/validators.py), and from how few characters on the rest is told. */
const LONGEST = 4000;
const FEW_LEFT = 200;
const RETRY_EVERY = 5000;

/** @typedef {{ id: string, body: string, reply: string }} Sending */

/** A version 4 UUID (RFC 9562); `crypto.randomUUID` is missing on a page without HTTPS. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const writing = /** @type {HTMLTextAreaElement} */ (event.target).form;
  if (!/** @type {Element} */ (event.target).matches("#message-body, .message__edit textarea") || event.isComposing) return;
  if (event.key === "Escape") /** @type {HTMLElement | null | undefined} */ (writing?.querySelector("[data-cancel-edit]"))?.click();
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
  // On a touch keyboard Enter makes a new line, as in every messenger there; the button sends.
  if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey) return;
  event.preventDefault();
  writing?.requestSubmit();
}

/**
 * The page's composer.
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 */
function write(form, signal) {
  /** What is under way, by the request that carries it. @type {WeakMap<object, Sending>} */
  const underWay = new WeakMap();
  /** What came back into the box because the server was not reached. @type {Sending | null} */
  let unsent = null;

  function box() {
    return /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
  }

  function clientId() {
    return /** @type {HTMLInputElement} */ (form.elements.namedItem("client_id"));
  }

  function reply() {
    return /** @type {HTMLElement} */ (document.getElementById("composer-reply"));
  }

  /** Whoever logs in next in this tab does not find it. */
  function draftKey() {
    return `draft:${me}:${form.action}`;
  }

  function keepDraft() {
    if (box().value) sessionStorage.setItem(draftKey(), JSON.stringify([clientId().value, box().value]));
    else sessionStorage.removeItem(draftKey());
  }

  function restoreDraft() {
    const kept = sessionStorage.getItem(draftKey());
    if (kept && !box().value) [clientId().value, box().value] = JSON.parse(kept);
  }

  function tellLeft() {
    const line = /** @type {HTMLElement} */ (document.getElementById("composer-left"));
    // Counted as the server does: whole characters, without empty lines at the ends.
    const left = LONGEST - [...box().value.replace(/^\n+|\n+$/g, "")].length;
    line.textContent = left < FEW_LEFT ? plural(left < 0 ? "over" : "left", Math.abs(left)) : "";
    line.classList.toggle("composer__left--over", left < 0);
  }

  /**
   * Put `text` into the box, as large as it needs.
   * @param {string} text
   */
  function fill(text) {
    const area = box();
    area.value = text;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, TALLEST)}px`;
    tellLeft();
    keepDraft();
  }

  /** @param {string} text */
  function complain(text) {
    const errors = document.getElementById("composer-errors");
    if (errors?.textContent?.trim() === text) return;
    errors?.replaceChildren();
    if (!text) return;
    const line = document.createElement("p");
    line.textContent = text;
    errors?.append(line);
  }

  /** @param {Event} event */
  function contextOf(event) {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    return ctx?.sourceElement === form ? ctx : null;
  }

  /** @param {Event} event */
  function sends(event) {
    const ctx = contextOf(event);
    if (!ctx) return;
    const body = /** @type {FormData} */ (ctx.request.body);
    ctx.request.headers.Prefer = "return=minimal";
    underWay.set(ctx, { id: String(body.get("client_id")), body: String(body.get("body")), reply: reply().innerHTML });
    unsent = null;
    complain("");
    document.getElementById("composer-done")?.replaceChildren();
    reply().replaceChildren();
    clientId().value = uuid();
    fill("");
    box().focus();
  }

  /**
   * Give back what was not taken; what was typed meanwhile stands after it.
   * @param {Sending} sending
   */
  function takeBack(sending) {
    const typed = box().value;
    // With more text it is another message, and must not pass for a repetition of this one.
    if (!typed) clientId().value = sending.id;
    if (!reply().childElementCount) reply().innerHTML = sending.reply;
    fill(typed ? `${sending.body}\n${typed}` : sending.body);
  }

  /**
   * @param {Sending} sending
   * @param {string} why
   */
  function failed(sending, why) {
    takeBack(sending);
    complain(why);
  }

  /**
   * The answer's form would overwrite what is being typed: it is for this page only where it says what is wrong.
   * @param {Event} event
   */
  function answered(event) {
    const ctx = contextOf(event);
    if (!ctx || !underWay.has(ctx)) return;
    const { status } = ctx.response;
    const { tasks } = /** @type {CustomEvent} */ (event).detail;
    // What a command did stands in parts of their own.
    if (status < 409 || status >= 500) tasks.splice(0, tasks.length, ...tasks.filter((/** @type {{ type: string }} */ task) => task.type === "partial"));
    else ctx.typed = box().value;
  }

  /** @param {Event} event */
  function settled(event) {
    const ctx = contextOf(event);
    const sending = ctx && underWay.get(ctx);
    if (!sending) return;
    const { status } = ctx.response;
    if (status >= 500) notReached(sending);
    else if (status >= 409) {
      // 409, 422 and 429 came with the form, its words, what it answers still, and, for 409, another id.
      const id = clientId().value;
      box().value = ctx.typed;
      takeBack({ ...sending, reply: reply().innerHTML });
      if (!ctx.typed) clientId().value = id;
    } else if (status >= 300) failed(sending, word(status === 401 ? "logged_out" : "forbidden"));
  }

  /** @param {Sending} sending */
  function notReached(sending) {
    failed(sending, word("unsent"));
    if (box().value === sending.body) unsent = sending;
  }

  /** Send again what came back, unless it has been changed since: then only its writer knows when it is ready. */
  function retry() {
    if (unsent && box().value === unsent.body && document.body.dataset.live === "open") form.requestSubmit();
  }

  /** @param {import("./live.js").Push} push */
  function arrived(push) {
    // The answer was lost but the message was stored: it is this one.
    if (!unsent || push.get("client") !== unsent.id) return;
    if (box().value.startsWith(unsent.body)) fill(box().value.slice(unsent.body.length).trimStart());
    clientId().value = uuid();
    unsent = null;
    reply().replaceChildren();
    complain("");
  }

  /** @param {Event} event */
  function unreachable(event) {
    const ctx = contextOf(event);
    const sending = ctx && underWay.get(ctx);
    if (sending && !ctx.response) notReached(sending);
  }

  function typed() {
    fill(box().value);
    // What may stand behind a slash comes with the first one.
    if (box().value.startsWith("/")) addScript(document.getElementById("composer-help")?.dataset.script);
    // What was promised was promised for the text as it was.
    if (box().value !== unsent?.body) complain("");
  }

  /** @param {Event} event */
  function clicked(event) {
    if (!(event.target instanceof Element) || !event.target.closest("[data-cancel-reply]")) return;
    event.preventDefault();
    reply().replaceChildren();
    box().focus();
  }

  restoreDraft();
  fill(box().value);
  form.addEventListener("htmx:config:request", sends, { signal });
  form.addEventListener("htmx:before:swap", answered, { signal });
  form.addEventListener("htmx:after:swap", settled, { signal });
  form.addEventListener("htmx:error", unreachable, { signal });
  form.addEventListener("input", typed, { signal });
  form.addEventListener("click", clicked, { signal });
  on("message_created", arrived, signal);
  // After the catch-up: if it brought this very message there is nothing left to send.
  on("caught_up", retry, signal);
  window.addEventListener("online", retry, { signal });
  const trying = setInterval(retry, RETRY_EVERY);
  signal.addEventListener("abort", () => clearInterval(trying));
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  let mine = new AbortController();

  /** Of two composers that stand there one after the other only the later is listened to. */
  function begin() {
    mine.abort();
    mine = new AbortController();
    const found = root.getElementById("composer");
    if (found instanceof HTMLFormElement) write(found, mine.signal);
  }

  root.addEventListener("keydown", pressed, { signal });
  root.addEventListener("place:came", begin, { signal });
  signal.addEventListener("abort", () => mine.abort());
  begin();
}
