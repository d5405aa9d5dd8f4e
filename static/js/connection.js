// The socket's state, told to the reader in words; and what the page does when the connection is back.
import { go } from "./go.js";
import { on } from "./live.js";
import { word } from "./words.js";

/** Shorter losses are not worth a word: a page being left looks the same. */
const WORTH_TELLING = 700;
const BACK_SHOWN = 3000;
/** The server tells something at least every 20 seconds (rooms/live.py); a line that is silent for longer is dead. */
const SILENCE = 50000;
const LISTEN_EVERY = 5000;
const SPREAD = 1000;
/** Our own close codes (rooms/consumers.py): there is no coming back from them. */
const REFUSED = 4400;
const LOGGED_OUT = 4401;

/** @type {WebSocket | null} */
let socket = null;

/**
 * Send something upstream, if the socket is open.
 * @param {object} frame
 */
export function send(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

/**
 * @param {string} state
 * @param {string} text
 */
function tell(state, text) {
  const line = document.getElementById("connection");
  if (!line) return;
  line.dataset.state = state;
  line.textContent = text;
}

/**
 * Have the sidebars, and what the reader may do in the channel, as they are now.
 * @param {string} [query] what of it alone to ask for
 */
export async function refreshSidebars(query = "") {
  const live = document.getElementById("live");
  if (!live?.dataset.sidebar) return;
  await htmx.ajax("GET", live.dataset.sidebar + query, { source: live, target: live, swap: "none" });
  document.dispatchEvent(new CustomEvent("sidebar:came"));
}

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  let lost = false;
  let timer = 0;
  let heardAt = 0;

  /** A browser does not tell that a line died while a phone changed networks or a laptop slept. */
  function listen() {
    if (socket?.readyState === WebSocket.OPEN && Date.now() - heardAt > SILENCE) {
      // Not waiting for a goodbye that cannot come: htmx opens another as soon as this one counts as closed.
      socket.dispatchEvent(new CloseEvent("close", { code: 1006 }));
    }
  }

  function heard() {
    heardAt = Date.now();
  }

  /** @param {Event} event */
  function opened(event) {
    socket = /** @type {CustomEvent} */ (event).detail.connection.socket;
    heard();
    clearTimeout(timer);
    document.body.dataset.live = "open";
    if (!lost) return;
    lost = false;
    tell("back", word("back"));
    timer = window.setTimeout(() => tell("", ""), BACK_SHOWN);
    document.dispatchEvent(new CustomEvent("live:back"));
  }

  /** @param {Event} event */
  function closed(event) {
    const { code, reason } = /** @type {CustomEvent} */ (event).detail;
    document.body.dataset.live = "closed";
    clearTimeout(timer);
    if (reason !== "closed") return;
    if (code >= REFUSED) {
      tell("refused", word(code === LOGGED_OUT ? "logged_out" : "refused"));
      return;
    }
    lost = true;
    timer = window.setTimeout(() => tell("lost", word("lost")), WORTH_TELLING);
  }

  /**
   * What was asked for cannot be shown in its place: the message is gone, the right was taken, the server broke.
   * @param {Event} event
   */
  function refusedAnswer(event) {
    const { ctx } = /** @type {CustomEvent} */ (event).detail;
    const status = ctx?.response?.status ?? 0;
    if (ctx?.sourceElement?.id === "composer" || status === 422 || status === 429 || lost) return;
    tell("refused", word("failed"));
  }

  root.addEventListener("htmx:response:error", refusedAnswer, { signal });
  root.addEventListener("htmx:ws:before:message:incoming", heard, { signal });
  const listening = setInterval(listen, LISTEN_EVERY);
  for (const event of ["online", "pageshow"]) window.addEventListener(event, listen, { signal });
  root.addEventListener("visibilitychange", listen, { signal });
  root.addEventListener("htmx:ws:after:connection", opened, { signal });
  root.addEventListener("htmx:ws:close", closed, { signal });
  root.addEventListener("live:back", () => refreshSidebars(), { signal });
  on("catch_up", () => refreshSidebars(), signal);
  // Not everybody in the same moment.
  on("room_changed", () => setTimeout(refreshSidebars, Math.random() * SPREAD), signal);
  on("channel_moved", (push) => go(push.get("to")), signal);
  // A page from the browser's back-forward cache has a closed socket and old news.
  window.addEventListener("pageshow", (event) => event.persisted && go(), { signal });
  signal.addEventListener("abort", () => {
    clearInterval(listening);
    clearTimeout(timer);
  });
}
