// What a person chose for voice, kept on this device: another has other microphones.

const KEY = "voice";

/**
 * @typedef {object} Preferences
 * @property {string} microphone the device's id, "" for the system's own choice
 * @property {string} camera
 * @property {string} speaker
 * @property {"open" | "voice" | "key"} mode when the microphone is heard: always, when one speaks, while a key is held
 * @property {string} key a KeyboardEvent's code
 * @property {number} threshold of one's voice, in decibels below full scale
 * @property {number} gain
 * @property {boolean} echo cancel it
 * @property {boolean} noise suppress it
 * @property {boolean} automatic let the browser choose the gain
 * @property {boolean} sounds when people come and go
 * @property {boolean} announce the same, and mutes, to screen readers
 * @property {boolean} captions show them
 * @property {Record<string, number>} volumes of people, by their account's number; 1 is as they are
 */

/** @type {Preferences} */
export const preferences = {
  microphone: "",
  camera: "",
  speaker: "",
  mode: "open",
  key: "Backquote",
  threshold: -50,
  gain: 1,
  echo: true,
  noise: true,
  automatic: true,
  sounds: true,
  announce: true,
  captions: false,
  volumes: {},
};

try {
  Object.assign(preferences, JSON.parse(localStorage.getItem(KEY) ?? "{}"));
} catch {
  // Storage may be switched off; what is chosen then lasts as long as the page.
}

/** @param {Partial<Preferences>} changes */
export function prefer(changes) {
  Object.assign(preferences, changes);
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // As above.
  }
}

/** @param {number | null} user */
export function volumeOf(user) {
  return preferences.volumes[String(user)] ?? 1;
}
