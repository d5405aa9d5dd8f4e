// One page put in the place of another, around an element that stays as it is, wherever it is: media in it play on.

/**
 * @param {Element} from
 * @param {Element} to
 */
function copyAttributes(from, to) {
  for (const { name } of [...to.attributes]) {
    // What scripts know of the window (viewport.js) is no page's.
    if (name !== "style" && !from.hasAttribute(name)) to.removeAttribute(name);
  }
  for (const { name, value } of from.attributes) to.setAttribute(name, value);
}

/**
 * Load what stands in a page's head and is not there yet: its styles, and the scripts that are its own. Only the nonce of
 * the answer makes a script of what the page holds, as it would if the browser had loaded it: what somebody smuggled into
 * the page must not run for having been walked to.
 * @param {Document} next
 * @param {string} policy the answer's Content-Security-Policy
 */
function loadHead(next, policy) {
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
  const mine = /** @type {HTMLElement | null} */ (document.querySelector("script[nonce]"))?.nonce ?? "";
  for (const link of next.head.querySelectorAll("link[rel=stylesheet]")) {
    if (!document.querySelector(`link[href="${CSS.escape(link.getAttribute("href") ?? "")}"]`)) document.head.append(link);
  }
  for (const script of next.head.querySelectorAll("script[data-page]")) {
    const address = script.getAttribute("src") ?? "";
    if (script.getAttribute("nonce") !== nonce || document.head.querySelector(`script[src="${CSS.escape(address)}"]`)) continue;
    const own = document.createElement("script");
    own.type = "module";
    own.nonce = mine;
    own.src = address;
    document.head.append(own);
  }
}

/** @param {Element} element and what is in it: htmx lets go of them, their sockets and timers */
function release(element) {
  element.setAttribute("hx-ignore", "");
  htmx.process(element, true);
}

/**
 * Put `next` in the place of the page around `kept`, a child of the body. The address is the next page's already.
 * @param {Document} next
 * @param {Element} kept
 * @param {string} policy the answer's Content-Security-Policy
 */
export function swap(next, kept, policy) {
  document.dispatchEvent(new CustomEvent("page:left"));
  for (const node of [...document.body.childNodes]) {
    if (node === kept) continue;
    if (node instanceof Element) release(node);
    node.remove();
  }
  next.getElementById(kept.id)?.remove();
  copyAttributes(next.documentElement, document.documentElement);
  copyAttributes(next.body, document.body);
  document.title = next.title;
  kept.before(...next.body.childNodes);
  scrollTo({ top: 0, behavior: "instant" });
  document.dispatchEvent(new CustomEvent("page:came"));
  loadHead(next, policy);
}
