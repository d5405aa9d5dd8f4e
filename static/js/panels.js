// What stands open closes again as people expect: a menu by Escape or a click elsewhere, a side panel by Escape.

/** @param {Element | null} but */
function closeMenus(but) {
  for (const menu of document.querySelectorAll("details[open]")) {
    if (menu.contains(but)) continue;
    menu.removeAttribute("open");
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  }
}

/** A panel is open by being the address's target; the conversation closes it, as its own link does. */
function closePanel() {
  const panel = document.querySelector("#rooms:target, #channels:target, #members:target");
  /** @type {HTMLElement | null} */ (panel?.querySelector(".panel__close, .rail__close") ?? null)?.click();
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  root.addEventListener("click", (event) => closeMenus(/** @type {Element} */ (event.target)), { signal });
  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.key !== "Escape") return;
    closeMenus(null);
    closePanel();
  }
  root.addEventListener("keydown", pressed, { signal });
}
