// Voice on a page: which call one is in, and what its buttons do. static/js/voice.js loads it where it is needed.
import { go } from "../go.js";
import { learn, word } from "../words.js";
import { Call } from "./call.js";
import { attachCaptions, show as showCaption } from "./captions.js";
import { attachKeys } from "./keys.js";
import { say, sound, tell } from "./news.js";
import { drawPhone } from "./phone.js";
import { prefer, preferences } from "./preferences.js";
import { attachSettings, openSettings } from "./settings.js";
import { drawStage, keepPicture, tileActions } from "./stage.js";
import { draw, refocus, stageOf } from "./ui.js";
import { walkPages } from "./walk.js";

/** @type {Call | null} */
let call = null;
let drawing = 0;
/** Where the focus goes when the button that was pressed is gone; the first that is shown. @type {string[]} */
let focusNext = [];

/** The call as far as it goes on. */
const current = () => (call && call.state !== "over" ? call : null);

/** However much changes at once, the page is drawn once. */
function redraw() {
  drawing ||= setTimeout(() => {
    drawing = 0;
    draw(call);
    drawStage(call);
    drawPhone(call, act);
    remember();
    tellLine(current()?.line ?? "");
    walkPages(current() !== null);
    if (refocus(focusNext)) focusNext = [];
  }, 16);
}

let remembered = "";
let line = "";

/** @param {string} now how the line is: whoever does not look is told that it is lost, and that it is back */
function tellLine(now) {
  if (now === "lost" && line !== "lost") say(word("line.lost"));
  if (now === "connected" && line === "lost") say(word("line.back"));
  line = now;
}

/**
 * For the page that comes after a reload, or after a page that could not be walked to.
 * @param {boolean} [leaving]
 */
function remember(leaving = false) {
  const { channel, url, session, muted, deafened, mutedBefore } = current() ?? {};
  const before = { channel, url, session, muted, deafened, mutedBefore };
  const now = JSON.stringify(before);
  if (now === remembered && !leaving) return;
  remembered = now;
  if (channel) sessionStorage.setItem("call", JSON.stringify({ ...before, at: Date.now() }));
  else sessionStorage.removeItem("call");
}

/**
 * @param {{ channel: number, url: string }} place
 * @param {import("./call.js").Before} [before]
 */
function begin(place, before) {
  const left = current();
  left?.leave();
  const begun = new Call(place, left ? { ...before, follows: true } : before);
  call = begun;
  begun.addEventListener("changed", redraw);
  begun.addEventListener("news", (event) => {
    const news = /** @type {CustomEvent<import("./call.js").News>} */ (event).detail;
    tell(news, redraw);
    redraw();
    if (news.kind === "caption") showCaption(news.person, news.text, news.final);
  });
  begun.addEventListener("moved", (event) => {
    const { place: to, before: state } = /** @type {CustomEvent} */ (event).detail;
    const follows = stageOf(begun) !== null;
    begin(to, state);
    if (follows) {
      remember();
      go(to.url);
    }
  });
  begun.addEventListener("ended", () => sound("ended"));
  begun.addEventListener("refused", () => begun.end(word("refused")));
  redraw();
}

/** @type {Record<string, () => void>} */
const actions = {
  join() {
    const stage = document.getElementById("stage");
    if (stage) begin({ channel: Number(stage.dataset.channel), url: location.pathname });
    focusNext = ['[data-voice="muted"]', '[data-voice="deafened"]'];
  },
  leave() {
    current()?.leave();
    sound("left");
    focusNext = ['[data-voice="join"]', "main"];
  },
  mute() {
    call?.mute(!call.isSilent);
    if (!call?.isSilent) confirm("unmuted");
    else if (call.muted) confirm("muted");
  },
  deafen() {
    call?.deafen(!call.deafened);
    confirm(call?.deafened ? "deafened" : "hears");
  },
  camera: () => call?.pictures.showCamera(!call.pictures.camera),
  screen: () => call?.pictures.showScreen(!call.pictures.screen),
  settings: () => openSettings(current()),
  captions() {
    prefer({ captions: !preferences.captions });
    redraw();
  },
  sound: () => call?.speakers.start(),
  microphone: () => call?.microphone.open(),
  take: () => call?.takeOver(),
  stay: () => call?.end(""),
};

/** @param {"muted" | "unmuted" | "deafened" | "hears"} what */
function confirm(what) {
  sound(what === "unmuted" || what === "hears" ? "unmuted" : "muted");
  // Whoever pressed the button itself is told by its state.
  if (!document.activeElement?.matches("[data-voice]")) say(word(`you.${what}`));
}

/** @param {string} action */
function act(action) {
  if (current() || ["join", "settings", "captions"].includes(action)) actions[action]?.();
}

/** @param {Event} event */
function pressed(event) {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-voice], [data-tile]"));
  if (!button) return;
  const tile = /** @type {HTMLElement | null} */ (button.closest(".tile"));
  if (tile && call) tileActions[button.dataset.tile ?? ""]?.(call, tile);
  act(button.dataset.does ?? button.dataset.voice ?? "");
}

/** The call's own parts, which stay while pages come and go. */
function place() {
  const parts = /** @type {HTMLTemplateElement} */ (document.getElementById("voice-parts"));
  document.getElementById("call")?.append(parts.content);
  parts.remove();
  learn(document.getElementById("voice-words"));
}

place();
attachSettings(current);
attachCaptions(current);
attachKeys(current, act);
document.addEventListener("click", pressed);
document.addEventListener("visibilitychange", redraw);
document.addEventListener("page:left", keepPicture);
document.addEventListener("page:came", redraw);
document.getElementById("voice-ask")?.addEventListener("cancel", () => act("stay"));
addEventListener("pagehide", () => remember(true));
const before = JSON.parse(sessionStorage.getItem("call") ?? "null");
if (before) begin(before, before);
else redraw();
