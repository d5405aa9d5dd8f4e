// The page scrolls as a chat should: it stays at the end while it is at the end, and holds its place otherwise.
import { me } from "./arrange.js";
import { showsEnd } from "./timeline.js";
import { plural } from "./words.js";

/** Nearer to the end than this counts as being there. */
const AT_END = 80;

/** Whether the reader has the channel's newest message before them. */
export function atEnd() {
  const pane = document.getElementById("timeline");
  return pane !== null && showsEnd() && pane.scrollHeight - pane.scrollTop - pane.clientHeight < AT_END;
}

/**
 * Loading older history must not move what is being read: keep the distance from the end.
 * @param {HTMLElement} pane
 * @param {AbortSignal} signal
 */
function holdWhileHistoryComes(pane, signal) {
  /** Requests for history, by their context: the link that asked is gone when its answer stands there. */
  const coming = new WeakMap();

  /** @param {Event} event */
  function comes(event) {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (!ctx?.sourceElement?.closest?.(".history-link")) return;
    const older = ctx.sourceElement.closest("#older") !== null;
    coming.set(ctx, older ? pane.scrollHeight - pane.scrollTop : 0);
  }

  /** @param {Event} event */
  function came(event) {
    const fromEnd = coming.get(/** @type {CustomEvent} */ (event).detail.ctx ?? {});
    if (fromEnd === undefined) return;
    document.dispatchEvent(new CustomEvent("history:came"));
    if (fromEnd) pane.scrollTop = pane.scrollHeight - fromEnd;
  }

  pane.addEventListener("htmx:before:swap", comes, { signal });
  document.addEventListener("htmx:after:swap", came, { signal });
}

/**
 * The pane stays at its end, or counts what came there.
 * @param {HTMLElement} pane
 * @param {HTMLAnchorElement} button
 * @param {AbortSignal} signal
 */
function follow(pane, button, signal) {
  let sticking = true;
  let waiting = 0;

  function toEnd() {
    sticking = true;
    pane.scrollTop = pane.scrollHeight;
  }

  function showButton() {
    button.hidden = waiting === 0;
    if (waiting) button.textContent = plural("new_messages", waiting);
  }

  function scrolled() {
    sticking = atEnd();
    if (sticking && waiting) {
      waiting = 0;
      showButton();
    }
    pane.dispatchEvent(new CustomEvent("timeline:scrolled", { bubbles: true, detail: { atEnd: sticking } }));
  }

  /** @param {Event} event */
  function messageCame(event) {
    const { item, push } = /** @type {CustomEvent} */ (event).detail;
    // What was written and edited while the page was away is new to it all the same.
    if (push.event === "message_deleted") return;
    const mine = me !== "" && item.dataset.author === me;
    if (sticking || (mine && showsEnd())) toEnd();
    else if (!item.nextElementSibling || !item.isConnected) {
      waiting += 1;
      showButton();
    }
  }

  /** Where a page opens: at the message it was opened for, at the first unread one, or at the end. */
  function open() {
    const target = pane.querySelector(".message--target");
    const unread = pane.querySelector(".unread-line");
    const mark = target ?? unread;
    if (mark) mark.scrollIntoView({ block: target ? "center" : "start" });
    else pane.scrollTop = pane.scrollHeight;
    sticking = atEnd();
  }

  /** @param {Event} event */
  function clicked(event) {
    if (!showsEnd()) return;
    event.preventDefault();
    toEnd();
  }

  open();
  pane.addEventListener("scroll", scrolled, { passive: true, signal });
  pane.addEventListener("message:shown", messageCame, { signal });
  pane.addEventListener("message:elsewhere", messageCame, { signal });
  const observer = new ResizeObserver(() => {
    if (sticking) toEnd();
  });
  observer.observe(pane);
  observer.observe(/** @type {Element} */ (pane.querySelector(".messages")));
  signal.addEventListener("abort", () => observer.disconnect());
  button.addEventListener("click", clicked, { signal });
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const [pane, button] = [root.getElementById("timeline"), root.getElementById("new-messages")];
  if (!pane || !(button instanceof HTMLAnchorElement)) return;
  follow(pane, button, signal);
  holdWhileHistoryComes(pane, signal);
}
