// What is worth telling of the people of a call.

/** @typedef {import("./protocol.js").Person} Person */

/** @param {Person} person */
const isSilent = (person) => person.muted || person.server_muted;

/**
 * What to tell of somebody who is another now, if anything.
 * @param {Person | undefined} before
 * @param {Person} now
 */
export function newsOf(before, now) {
  if (!before) return "joined";
  if (isSilent(before) !== isSilent(now)) return isSilent(now) ? "muted" : "unmuted";
  if (!before.screen && now.screen) return "screen";
  if (!before.camera && now.camera) return "camera";
  return null;
}
