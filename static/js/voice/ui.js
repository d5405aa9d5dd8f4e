// What the page shows of a call beside its pictures. The templates say what is shown when: an element with
// `data-if="muted"` is there while that is true of the call (one of several words is enough), `data-text="quality"` has
// the words for it, and a button's `data-voice` is pressed while it is true.
import { word } from "../words.js";
import { note } from "./news.js";
import { preferences } from "./preferences.js";

/** @typedef {import("./call.js").Call} Call */

/** The stage of this call's channel, if it is on the page. */
export function stageOf(/** @type {Call | null} */ call) {
  const stage = document.getElementById("stage");
  return stage && call && Number(stage.dataset.channel) === call.channel ? stage : null;
}

/**
 * What is true of the call, in the words of the templates.
 * @param {Call | null} call
 * @returns {Set<string>}
 */
function truths(call) {
  const stage = stageOf(call);
  const isHere = call !== null && call.state !== "over";
  const isOut = !isHere || (!stage && document.getElementById("stage") !== null);
  const me = call?.people.get(call.me);
  const { microphone, pictures } = call ?? {};
  const flags = {
    out: isOut,
    // One is in another channel's call than the page's.
    away: isHere && isOut,
    here: isHere,
    dock: isHere && !stage && call.state !== "elsewhere",
    joining: isHere && call.state === "joining",
    in: isHere && call.state === "in" && stage !== null,
    lost: isHere && call.state === "in" && call.line === "lost",
    elsewhere: call?.state === "elsewhere",
    note: isHere && note(),
    over: call?.state === "over" && call.message !== "",
    muted: isHere && call.isSilent,
    deafened: call?.deafened,
    camera: pictures?.camera,
    screen: pictures?.screen,
    captions: preferences.captions,
    blocked: isHere && call.speakers.isBlocked,
    [`microphone-${microphone?.trouble}`]: isHere && microphone?.trouble,
    [`camera-${pictures?.trouble}`]: isHere && pictures?.trouble,
    "server-muted": me?.server_muted,
    "server-deafened": me?.server_deafened,
    "may-speak": call?.rights.speak,
    "may-not-speak": call?.state === "in" && !call.rights.speak,
    "may-show": call?.rights.show,
    "may-share": call?.rights.show && navigator.mediaDevices && "getDisplayMedia" in navigator.mediaDevices,
    "may-caption": call?.rights.caption,
    alone: call?.state === "in" && call.people.size < 2,
    key: preferences.mode === "key",
    voice: preferences.mode === "voice",
    held: preferences.mode === "key" && microphone?.isHeard,
  };
  return new Set(Object.entries(flags).filter(([, is]) => is).map(([name]) => name));
}

/** @param {Call} call */
function qualityOf(call) {
  if (call.line !== "connected") return word(`line.${call.line}`);
  return word(`line.${call.quality?.level ?? "good"}`);
}

/** @param {Call} call */
function numbersOf({ quality, line }) {
  if (!quality || line !== "connected") return "";
  const { delay, loss, jitter } = quality;
  return word("line.numbers", { delay: Math.round(delay), loss: Math.round(loss * 100), jitter: Math.round(jitter) });
}

/** @param {Call} call */
function companyOf(call) {
  const others = [...call.people.values()].filter((each) => each.user !== call.me).map((each) => each.name);
  return others.length ? word("with", { names: others.join(", ") }) : word("alone");
}

/**
 * @param {Call | null} call
 * @returns {Record<string, string>}
 */
function texts(call) {
  if (!call) return {};
  return {
    name: call.name,
    elsewhere: word("elsewhere", { name: call.elsewhere }),
    message: call.message,
    reason: call.rights.reason && word("reason", { reason: call.rights.reason }),
    note: note(),
    quality: qualityOf(call),
    numbers: numbersOf(call),
    company: companyOf(call),
  };
}

/**
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  // Setting the same again would have a live region read it again.
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Call | null} call */
export function draw(call) {
  const flags = truths(call);
  const said = texts(call);
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-if]"))) {
    element.hidden = !element.dataset.if?.split(" ").some((name) => flags.has(name));
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-text]"))) {
    write(element, said[element.dataset.text ?? ""] ?? "");
  }
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-voice][aria-pressed]"))) {
    button.ariaPressed = String(flags.has(button.dataset.voice ?? ""));
  }
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-line]"))) {
    line.dataset.line = call?.line === "connected" ? call.quality?.level ?? "good" : call?.line ?? "";
    line.title = said.numbers ?? "";
  }
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-call]"))) {
    if (call) link.href = call.url;
  }
  const ask = document.getElementById("voice-ask");
  if (ask instanceof HTMLDialogElement && ask.open !== flags.has("elsewhere")) ask.open ? ask.close() : ask.showModal();
}

/**
 * Give the focus a place, where what had it is gone; whether it has one.
 * @param {string[]} selectors the first that is shown
 */
export function refocus(selectors) {
  const isShown = (/** @type {Element | null} */ element) => element !== null && element.checkVisibility?.() !== false;
  if (document.activeElement !== document.body && isShown(document.activeElement)) return true;
  const places = selectors.map((selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector)));
  const place = places.find(isShown);
  place?.focus();
  return place !== undefined;
}
