// A message's actions, fetched when asked for and shown beside the message; and what they lead to.

/**
 * Show in `popover` what is fetched into it.
 * @param {HTMLElement} popover
 * @param {AbortSignal} signal
 */
function serve(popover, signal) {
  /** @type {Element | null} */
  let opener = null;

  function open() {
    if (!popover.childElementCount) return;
    if (!popover.matches(":popover-open")) popover.showPopover();
    // On a narrow screen it stands at the bottom edge, where the thumb is.
    const beside = opener?.isConnected === true && matchMedia("(min-width: 45rem)").matches;
    popover.classList.toggle("popover--beside", beside);
    popover.removeAttribute("style");
    if (opener && beside) {
      const at = opener.getBoundingClientRect();
      const size = popover.getBoundingClientRect();
      const left = Math.min(Math.max(8, at.right - size.width), innerWidth - size.width - 8);
      const below = at.bottom + 4;
      const top = below + size.height < innerHeight ? below : Math.max(8, at.top - size.height - 4);
      popover.style.inset = `${top}px auto auto ${left}px`;
    }
    /** @type {HTMLElement | null} */ (popover.querySelector("a, button"))?.focus();
  }

  function close() {
    if (popover.matches(":popover-open")) popover.hidePopover();
  }

  /** @param {Event} event */
  function clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const message = /** @type {HTMLElement | null} */ (target.closest(".message"));
    opener = target.closest(".message__actions") ?? opener;
    if (target.closest("[data-cancel-edit]")) {
      event.preventDefault();
      target.closest("form")?.remove();
      message?.focus();
    }
    const copy = /** @type {HTMLAnchorElement | null} */ (target.closest("a[data-copy]"));
    if (copy && navigator.clipboard) {
      event.preventDefault();
      navigator.clipboard.writeText(copy.href);
      close();
    }
    if (target.closest("[data-close-menu]")) {
      event.preventDefault();
      close();
    }
  }

  /** @param {Event} event */
  function swapped(event) {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (ctx.target === popover) open();
    else if (popover.contains(ctx.sourceElement)) {
      close();
      const field = document.activeElement;
      if (field instanceof HTMLTextAreaElement) field.selectionStart = field.value.length;
      if (ctx.target instanceof HTMLElement && ctx.target.id === "composer-reply") document.getElementById("message-body")?.focus();
    }
  }

  /** @param {Event} event */
  function toggled(event) {
    if (/** @type {ToggleEvent} */ (event).newState === "open") return;
    // By its id: what was changed from the menu stands there anew.
    const message = document.getElementById(opener?.closest(".message")?.id ?? "");
    if (popover.contains(document.activeElement) || document.activeElement === document.body) message?.focus({ preventScroll: true });
    popover.replaceChildren();
  }

  document.addEventListener("click", clicked, { signal });
  document.addEventListener("htmx:after:swap", swapped, { signal });
  popover.addEventListener("toggle", toggled, { signal });
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const popover = root.getElementById("message-menu");
  if (!popover) return;
  if ("showPopover" in popover) return serve(popover, signal);
  // An older browser follows the links: each leads to a page that does the same.
  for (const link of root.querySelectorAll(".message__actions")) link.removeAttribute("hx-get");
}
