/**
 * A message's text without what is under its spoilers: to be read out, or quoted.
 * @param {Element} item
 */
export function plainText(item) {
  const body = /** @type {Element | undefined} */ (item.querySelector(".message__body")?.cloneNode(true));
  for (const covered of body?.querySelectorAll(".spoiler__text") ?? []) covered.remove();
  return (body?.textContent ?? "").trim().replace(/\s+/g, " ");
}
