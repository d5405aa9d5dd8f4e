// The settings of voice on this device: a dialog whose fields are named as the preferences.
import { word } from "../words.js";
import { Microphone } from "./microphone.js";
import { prefer, preferences } from "./preferences.js";

/** @typedef {import("./call.js").Call} Call */

const KINDS = { audioinput: "microphone", videoinput: "camera", audiooutput: "speaker" };

/** @type {Microphone | null} */
let own = null;
let frame = 0;
let endMeter = () => {};

/** @returns {HTMLDialogElement} */
const dialog = () => /** @type {HTMLDialogElement} */ (document.getElementById("voice-settings"));
/** @param {string} name */
const field = (name) => dialog().querySelector("form")?.elements.namedItem(name);

async function listDevices() {
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  for (const [kind, name] of Object.entries(KINDS)) {
    const select = /** @type {HTMLSelectElement} */ (field(name));
    const found = devices.filter((each) => each.kind === kind && each.deviceId && each.deviceId !== "default");
    select.replaceChildren(new Option(word("device.default"), ""));
    for (const { deviceId, label } of found) select.add(new Option(label || word("device.unnamed"), deviceId));
    const chosen = preferences[/** @type {"microphone"} */ (name)];
    select.value = found.some((each) => each.deviceId === chosen) ? chosen : "";
  }
}

function fill() {
  for (const [name, value] of Object.entries(preferences)) {
    const input = field(name);
    if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = Boolean(value);
    else if (input instanceof HTMLInputElement || input instanceof RadioNodeList) input.value = String(value);
  }
  drawKey();
  listDevices();
}

function drawKey() {
  const button = dialog().querySelector("[data-key-button]");
  if (button) button.textContent = nameOf(preferences.key);
}

/**
 * A key as it is printed on most keyboards.
 * @param {string} code
 */
function nameOf(code) {
  return { Backquote: "`", Space: word("key.space") }[code] ?? code.replace(/^(Key|Digit)/, "").replace(/([a-z])([A-Z])/g, "$1 $2");
}

/** @param {Microphone} microphone */
function meter(microphone) {
  endMeter();
  const bar = /** @type {HTMLMeterElement} */ (dialog().querySelector("meter"));
  const { level, end } = microphone.meter();
  endMeter = end;
  const step = () => {
    bar.value = level();
    frame = requestAnimationFrame(step);
  };
  cancelAnimationFrame(frame);
  step();
}

/** @param {Call | null} call */
export async function openSettings(call) {
  fill();
  dialog().showModal();
  let microphone = call?.microphone;
  if (!microphone?.track) {
    microphone = own = new Microphone({ changed: () => {}, unplugged: () => {} });
    await own.open();
    listDevices();
  }
  if (dialog().open) meter(microphone);
}

function closed() {
  cancelAnimationFrame(frame);
  endMeter();
  own?.close();
  own = null;
}

/**
 * @param {Call | null} call
 * @param {string} name
 */
async function apply(call, name) {
  const microphone = call?.microphone ?? own;
  if (["microphone", "echo", "noise", "automatic"].includes(name)) await microphone?.open();
  else if (["mode", "threshold", "gain"].includes(name)) microphone?.shape();
  else if (name === "speaker") call?.speakers.apply();
  else if (name === "camera" && call?.pictures.camera) await call.pictures.showCamera(true);
  if (name === "microphone" && microphone && dialog().open) meter(microphone);
  call?.changed();
}

/** @param {() => Call | null} current */
export function attachSettings(current) {
  dialog().addEventListener("close", closed);
  dialog().addEventListener("input", ({ target }) => {
    const input = /** @type {HTMLInputElement} */ (target);
    const value = input.type === "checkbox" ? input.checked : input.type === "range" ? Number(input.value) : input.value;
    prefer({ [input.name]: value });
    apply(current(), input.name);
  });
  const button = /** @type {HTMLElement} */ (dialog().querySelector("[data-key-button]"));
  button.addEventListener("click", () => {
    button.textContent = word("key.press");
    addEventListener("keydown", taken, { capture: true, once: true });
  });
  button.addEventListener("blur", () => {
    removeEventListener("keydown", taken, { capture: true });
    drawKey();
  });
  navigator.mediaDevices?.addEventListener("devicechange", () => dialog().open && listDevices());
}

/** @param {KeyboardEvent} event */
function taken(event) {
  event.preventDefault();
  event.stopPropagation();
  if (event.code !== "Escape" && event.code !== "Tab") prefer({ key: event.code });
  drawKey();
}
