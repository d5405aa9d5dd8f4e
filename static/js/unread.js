// Unread counts in both sidebars and in the tab's title, and telling the server what has been read.
import { me } from "./arrange.js";
import { on } from "./live.js";
import { atEnd } from "./scroll.js";
import { plural } from "./words.js";

const MOST = 99;
/** Reading is told at most this often. */
const TELL_EVERY = 1500;

/** @param {string} id */
function badge(id) {
  return /** @type {HTMLElement | null} */ (document.querySelector(`#${id} [data-unread]`));
}

/** @param {HTMLElement | null} element */
function countOf(element) {
  return Number(element?.dataset.unread) || 0;
}

/** @param {number} count */
function short(count) {
  return count > MOST ? `${MOST}+` : String(count);
}

/**
 * @param {HTMLElement | null} element
 * @param {number} count
 */
function setCount(element, count) {
  if (!element) return;
  element.dataset.unread = String(Math.max(0, count));
  element.hidden = count <= 0;
  const figure = element.querySelector(".unread__count");
  if (figure) figure.textContent = short(count);
  const words = element.querySelector(".visually-hidden");
  if (words) words.textContent = plural("unread", count);
}

/**
 * @param {string} roomId
 * @param {string} channelId
 */
function clear(roomId, channelId) {
  const [room, channel] = [badge(`room-${roomId}`), badge(`channel-${channelId}`)];
  if (!channel) return;
  setCount(room, countOf(room) - countOf(channel));
  setCount(channel, 0);
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const list = root.getElementById("messages");
  const { title } = root;
  let telling = 0;
  let told = newestId();

  function setTitle() {
    let sum = 0;
    for (const element of document.querySelectorAll("#rooms [data-unread]")) sum += countOf(/** @type {HTMLElement} */ (element));
    document.title = sum ? `(${short(sum)}) ${title}` : title;
  }

  function reading() {
    return list !== null && document.visibilityState === "visible" && document.hasFocus() && atEnd();
  }

  function newestId() {
    const messages = list?.querySelectorAll(".message");
    return Number(messages?.[messages.length - 1]?.id.replace("message-", "") ?? 0);
  }

  /** Tell the server that the newest message has been read, if it has. */
  function tell() {
    const newest = newestId();
    if (!list?.dataset.read || telling || newest <= told || !reading()) return;
    telling = window.setTimeout(() => {
      telling = 0;
      tell();
    }, TELL_EVERY);
    told = newest;
    const token = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"))?.value ?? "";
    const again = () => {
      // Not told: the next message, or coming back to the page, tries again.
      told = 0;
    };
    fetch(list.dataset.read, {
      method: "POST",
      headers: { "X-CSRFToken": token },
      body: new URLSearchParams({ message: String(newest) }),
    }).then((answer) => answer.ok || again(), again);
  }

  /** @param {import("./live.js").Push} push */
  function active(push) {
    const here = list?.dataset.channel === push.get("channel");
    const channel = badge(`channel-${push.get("channel")}`);
    if (push.get("author") === me) {
      clear(push.get("room"), push.get("channel"));
    } else if (!(here && reading())) {
      setCount(channel, countOf(channel) + 1);
      const room = badge(`room-${push.get("room")}`);
      setCount(room, countOf(room) + 1);
    }
    if (here) tell();
    setTitle();
  }

  /** @param {import("./live.js").Push} push */
  function read(push) {
    setCount(badge(`channel-${push.get("channel")}`), push.number("channel_left"));
    setCount(badge(`room-${push.get("room")}`), push.number("left"));
    setTitle();
  }

  function look() {
    tell();
    setTitle();
  }

  setTitle();
  on("channel_active", active, signal);
  on("channel_read", read, signal);
  for (const event of ["visibilitychange", "timeline:scrolled", "sidebar:came"]) root.addEventListener(event, look, { signal });
  window.addEventListener("focus", tell, { signal });
  signal.addEventListener("abort", () => clearTimeout(telling));
}
