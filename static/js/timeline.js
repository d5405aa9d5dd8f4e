// The list of messages: each inserted by id, in order, replaced when it is already there, never doubled; and the
// channel's count of changes, by which the page notices what it missed and asks for it.
import { arrange, isMessage } from "./arrange.js";
import { go } from "./go.js";
import { on } from "./live.js";
import { plainText } from "./plain.js";
import { localise } from "./times.js";
import { translate } from "./words.js";

/** A gap that stays open this long is asked for over HTTP; each time in vain, twice as long. */
const GAP_PATIENCE = 1000;
const LONGEST_PATIENCE = 30000;
/** When everybody is told to catch up at once, each does so within this time. */
const SPREAD = 2000;
/** After this many answers that end in "there is more", loading anew is quicker. */
const MOST_ROUNDS = 5;

/** @param {Element} item */
function idOf(item) {
  return Number(item.id.replace("message-", ""));
}

/** Whether the page shows the channel's newest messages. */
export function showsEnd() {
  return !document.getElementById("newer");
}

/**
 * What stands where a message was deleted (templates/rooms/_message.html).
 * @param {HTMLElement} message
 * @param {number} seq
 */
function tombstone(message, seq) {
  const item = /** @type {HTMLElement} */ (message.cloneNode(true));
  item.dataset.seq = String(seq);
  item.classList.add("message--deleted");
  for (const each of item.querySelectorAll(":is(.message__quote, .message__edited, .message__actions, .message__edit)")) each.remove();
  const body = document.createElement("p");
  body.className = "message__body";
  body.dataset.word = "deleted";
  item.querySelector(".message__body")?.replaceWith(body);
  return item;
}

/** @param {Event} event */
function isHistory(event) {
  const source = /** @type {CustomEvent} */ (event).detail?.ctx?.sourceElement;
  return source instanceof Element && source.closest(".history-link") !== null;
}

/**
 * Keep the list of messages complete and in order.
 * @param {HTMLElement} list
 * @param {AbortSignal} signal
 */
function keep(list, signal) {
  /** Everything up to this change has been seen. */
  let seen = Number(list.dataset.seq);
  /** Changes beyond `seen` that came before one in between. @type {Set<number>} */
  const ahead = new Set();
  /** The first change that was left out because its message is not on this page. */
  let leftOut = Infinity;
  let gapTimer = 0;
  let rounds = 0;
  let patience = GAP_PATIENCE;
  let asking = false;
  /** What was asked for while an answer was still under way. */
  let wanted = Infinity;
  /** The highest change that this page knows to exist. */
  let known = seen;

  /**
   * Where a message with this id belongs: the element before which it stands, or undefined if not on this page.
   * @param {number} id
   * @returns {Element | null | undefined}
   */
  function placeOf(id) {
    const messages = [...list.querySelectorAll(":scope > .message")];
    const later = messages.findLast((item) => idOf(item) < id);
    if (!later) {
      if (document.getElementById("older")) return undefined;
      return messages[0] ?? document.getElementById("newer");
    }
    if (later === messages.at(-1) && !showsEnd()) return undefined;
    let next = later.nextElementSibling;
    // A separator belongs to the message after it, if there is one.
    while (next && !isMessage(next) && next.id !== "newer" && next.nextElementSibling) next = next.nextElementSibling;
    return isMessage(next) || next?.id === "newer" ? next : null;
  }

  /** @param {import("./live.js").Push} push */
  function show(push) {
    if (push.number("channel") !== Number(list.dataset.channel)) return;
    const seq = push.number("seq");
    const item = /** @type {HTMLElement | null} */ (push.content.firstElementChild);
    if (item) put(item, seq, push);
    count(seq);
  }

  /**
   * @param {HTMLElement} item
   * @param {number} seq
   * @param {import("./live.js").Push} push
   */
  function put(item, seq, push) {
    const standing = document.getElementById(item.id);
    if (standing) {
      // Late or repeated: what stands there is as new.
      if (Number(standing.dataset.seq) >= seq) return;
      const focused = standing.contains(document.activeElement);
      localise(item);
      translate(item);
      item.tabIndex = standing.tabIndex;
      // Somebody who is editing keeps their form and what is in it, whatever comes from another device.
      const form = standing.querySelector(".message__edit:not(.htmx-request)");
      const typing = form?.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
      if (form && push.event !== "message_deleted") item.querySelector("article")?.append(form);
      standing.replaceWith(item);
      if (typing?.isConnected) typing.focus({ preventScroll: true });
      else if (focused) item.focus({ preventScroll: true });
    } else {
      const place = placeOf(idOf(item));
      if (place === undefined) {
        leftOut = Math.min(leftOut, seq);
        list.dispatchEvent(new CustomEvent("message:elsewhere", { bubbles: true, detail: { item, push } }));
        return;
      }
      localise(item);
      translate(item);
      list.insertBefore(item, place);
    }
    arrange(list);
    htmx.process(item);
    quoteAnew(item);
    list.querySelector("[data-while-empty]")?.remove();
    const event = standing ? "message:changed" : "message:shown";
    list.dispatchEvent(new CustomEvent(event, { bubbles: true, detail: { item, push, catchingUp: asking } }));
  }

  /**
   * Answers quote the message: what was changed or deleted is so in their quotes too.
   * @param {HTMLElement} item
   */
  function quoteAnew(item) {
    for (const quote of list.querySelectorAll(`.message__quote a[href$="/${idOf(item)}/"]`)) {
      const author = quote.querySelector("b");
      quote.replaceChildren();
      if (author && !item.classList.contains("message--deleted")) quote.append(author, " ");
      quote.append(plainText(item));
    }
  }

  /** @param {number} seq */
  function count(seq) {
    known = Math.max(known, seq);
    if (seq > seen) ahead.add(seq);
    while (ahead.delete(seen + 1)) seen += 1;
    watchGap();
  }

  function watchGap() {
    if (known <= seen) {
      clearTimeout(gapTimer);
      gapTimer = 0;
    } else if (!gapTimer) {
      gapTimer = window.setTimeout(() => {
        gapTimer = 0;
        patience = Math.min(patience * 2, LONGEST_PATIENCE);
        catchUp();
      }, patience);
    }
  }

  /**
   * Ask for every change after `after`.
   * @param {number} [after]
   */
  async function catchUp(after = seen) {
    if (asking || signal.aborted) {
      wanted = Math.min(wanted, after);
      return;
    }
    asking = true;
    await htmx.ajax("GET", `${list.dataset.changes}?after=${after}`, { source: list, target: list, swap: "none" });
    asking = false;
    const next = wanted;
    wanted = Infinity;
    if (next < Infinity) catchUp(next);
    // Nothing came where the server could not be reached: the open gap asks again.
    else watchGap();
  }

  /**
   * Many at once come without their tombstones: each is made of what stands there.
   * @param {import("./live.js").Push} push
   */
  function bury(push) {
    if (push.number("channel") !== Number(list.dataset.channel)) return;
    const ids = push.get("messages").split(" ");
    for (const [index, id] of ids.entries()) {
      const seq = push.number("seq") - ids.length + 1 + index;
      const standing = document.getElementById(`message-${id}`);
      if (standing) put(tombstone(standing, seq), seq, { ...push, event: "message_deleted" });
      else leftOut = Math.min(leftOut, seq);
      count(seq);
    }
  }

  /** @param {import("./live.js").Push} push */
  function caughtUp(push) {
    if (push.number("channel") !== Number(list.dataset.channel)) return;
    seen = Math.max(seen, push.number("seq"));
    for (const seq of ahead) if (seq <= seen) ahead.delete(seq);
    patience = GAP_PATIENCE;
    count(seen);
    if (push.number("more") === 0) rounds = 0;
    else if (++rounds < MOST_ROUNDS) wanted = Math.min(wanted, push.number("seq"));
    else go();
  }

  /** @param {import("./live.js").Push} push */
  function told(push) {
    if (push.number("channel") !== Number(list.dataset.channel)) return;
    known = Math.max(known, push.number("seq"));
    watchGap();
  }

  /** A page of history came in: what was left out meanwhile may belong to it. */
  function historyCame() {
    localise(list);
    arrange(list);
    const from = leftOut;
    leftOut = Infinity;
    if (from < Infinity) catchUp(from - 1);
  }

  /** @param {Event} event */
  function posted(event) {
    // The answer to a page that was left while it posted, perhaps in another channel: htmx tells it to the document.
    if (event.target === document) return;
    known = Math.max(known, /** @type {CustomEvent} */ (event).detail.seq);
    watchGap();
  }

  /** @param {Event} event */
  function asked(event) {
    if (isHistory(event)) leftOut = Infinity;
  }

  arrange(list);
  for (const event of ["message_created", "message_edited", "message_deleted"]) on(event, show, signal);
  on("messages_deleted", bury, signal);
  on("caught_up", caughtUp, signal);
  on("channel_seq", told, signal);
  on("catch_up", () => setTimeout(catchUp, Math.random() * SPREAD), signal);
  document.addEventListener("live:back", () => catchUp(), { signal });
  document.addEventListener("message:posted", posted, { signal });
  document.addEventListener("htmx:before:request", asked, { signal });
  document.addEventListener("history:came", historyCame, { signal });
  signal.addEventListener("abort", () => clearTimeout(gapTimer));
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const list = root.getElementById("messages");
  if (list) keep(list, signal);
}
