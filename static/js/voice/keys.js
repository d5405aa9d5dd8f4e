// Voice by keyboard: shortcuts that need no look, and the key that is held to talk.
import { preferences } from "./preferences.js";

/** With Ctrl and Shift, by the key's place: layouts differ. */
const SHORTCUTS = { KeyM: "mute", KeyD: "deafen", KeyE: "camera", KeyS: "screen", KeyH: "leave" };

/**
 * Whether the key means something where the focus is: it writes, or presses.
 * @param {KeyboardEvent} event
 */
function isTaken(event) {
  const target = /** @type {Element} */ (event.target);
  if (/^(Space|Enter|Tab)$/.test(event.code)) return target !== document.body;
  return event.key.length === 1 && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/**
 * @param {() => import("./call.js").Call | null} current
 * @param {(action: string) => void} act
 */
export function attachKeys(current, act) {
  const hold = (/** @type {boolean} */ held) => {
    const call = current();
    call?.microphone.holdKey(held);
    call?.changed();
  };
  addEventListener("keydown", (event) => {
    if (!current()) return;
    const action = SHORTCUTS[/** @type {keyof typeof SHORTCUTS} */ (event.code)];
    if (action && event.ctrlKey && event.shiftKey && !event.altKey) {
      event.preventDefault();
      if (!event.repeat) act(action);
    } else if (preferences.mode === "key" && event.code === preferences.key && !isTaken(event)) {
      event.preventDefault();
      if (!event.repeat) hold(true);
    }
  });
  addEventListener("keyup", (event) => {
    if (event.code === preferences.key) hold(false);
  });
  // The key may be let go where the page does not hear it.
  addEventListener("blur", () => hold(false));
  // For a thumb, a button is held instead.
  const isButton = (/** @type {Event} */ { target }) => target instanceof Element && target.closest('[data-voice="held"]') !== null;
  addEventListener("pointerdown", (event) => isButton(event) && hold(true));
  for (const event of ["pointerup", "pointercancel"]) addEventListener(event, () => hold(false));
  addEventListener("keydown", (event) => isButton(event) && /^(Space|Enter)$/.test(event.code) && hold(true));
  addEventListener("keyup", (event) => isButton(event) && /^(Space|Enter)$/.test(event.code) && hold(false));
}
