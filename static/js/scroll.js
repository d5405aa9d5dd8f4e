// The page scrolls as a chat should: it stays at the end while it is at the end, and holds its place otherwise.
import { me } from "./arrange.js";
import { showsEnd } from "./timeline.js";
import { plural } from "./words.js";

/** Nearer to the end than this counts as being there. */
const AT_END = 80;

/** @type {HTMLElement} */
let pane;
/** @type {HTMLAnchorElement} */
let button;
let sticking = true;
let waiting = 0;

/** Whether the reader has the channel's newest message before them. */
export function atEnd() {
  return showsEnd() && pane.scrollHeight - pane.scrollTop - pane.clientHeight < AT_END;
}

export function toEnd() {
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

/** Loading older history must not move what is being read: keep the distance from the end. */
function holdWhileHistoryComes() {
  /** Requests for history, by their context: the link that asked is gone when its answer stands there. */
  const coming = new WeakMap();
  pane.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    if (!ctx?.sourceElement?.closest?.(".history-link")) return;
    const older = ctx.sourceElement.closest("#older") !== null;
    coming.set(ctx, older ? pane.scrollHeight - pane.scrollTop : 0);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const fromEnd = coming.get(/** @type {CustomEvent} */ (event).detail.ctx ?? {});
    if (fromEnd === undefined) return;
    document.dispatchEvent(new CustomEvent("history:came"));
    if (fromEnd) pane.scrollTop = pane.scrollHeight - fromEnd;
  });
}

/** @param {Document} root */
export function attach(root) {
  const [found, link] = [root.getElementById("timeline"), root.getElementById("new-messages")];
  if (!found || !(link instanceof HTMLAnchorElement)) return;
  pane = found;
  button = link;
  open();
  pane.addEventListener("scroll", scrolled, { passive: true });
  pane.addEventListener("message:shown", messageCame);
  pane.addEventListener("message:elsewhere", messageCame);
  const observer = new ResizeObserver(() => {
    if (sticking) toEnd();
  });
  observer.observe(pane);
  observer.observe(/** @type {Element} */ (pane.querySelector(".messages")));
  holdWhileHistoryComes();
  button.addEventListener("click", (event) => {
    if (!showsEnd()) return;
    event.preventDefault();
    toEnd();
  });
}
