// While a call is on, and only then, pages come and go around it: the browser would end it with the page that it is on.
// Links, forms, Back and Forward fetch the next page and put it around the call (swap.js). What is no page of ours opens
// beside it. What ends the session, and whatever cannot be walked, is the browser's, which asks first.
import { word } from "../words.js";
import { swap } from "./swap.js";

/** No pages of this layout, things that are no pages, and the test that is for when no call is. */
const BESIDE = /^\/(admin|api|media|static|voice\/test)\//;
/** Where a session begins or ends: what comes after is another person's. */
const SESSION = /^\/accounts\/(login|logout|signup)\//;
/** A page that takes no longer than this is not worth a word. */
const WORTH_TELLING = 1000;
/** By then the title has been read out, and would only be found once more. */
const TITLE_STANDS = 5000;

/**
 * What the history does with a page: "push" makes an entry of it, "replace" puts it into the one that is shown, "keep"
 * shows what the entry is for, as on the way back.
 * @typedef {"push" | "replace" | "keep"} Entry
 */

/** Aborted when pages are the browser's again. @type {AbortController | null} */
let walking = null;
/** The page under way. @type {AbortController | null} */
let underWay = null;
/** What a script asked for meanwhile; "" is the page anew. @type {string | null} */
let wanted = null;
/** The page that is shown; on the way back the browser's address is ahead of it. */
let shown = "";
/** How far the entries of the history were scrolled, by the number in their state. @type {Map<number, number>} */
const scrolled = new Map();
/** The number of the entry that is shown. */
let here = 0;
/** Requests of the page that answer to nobody when it is left. @type {Set<{ abort(): void }>} */
const asking = new Set();

/** @param {URL | Location} address */
const pageOf = ({ pathname, search }) => pathname + search;

/**
 * Give the history's entry a number.
 * @param {number} [number]
 */
function mark(number = Math.random()) {
  here = number;
  history.replaceState({ ...history.state, walk: number }, "");
}

/**
 * What the reader is told of the way. It stands in the call, for the page may be gone before it is read.
 * @param {string} [key] the words; none to say nothing any more
 * @param {string} [address] what may be tried again
 */
function tell(key = "", address = "") {
  const line = document.getElementById("walk");
  const [said, link] = [line?.querySelector("span"), line?.querySelector("a")];
  if (!said || !link) return;
  const isBeside = key === "walk.beside";
  said.textContent = key && word(key);
  link.hidden = !address;
  link.href = address;
  link.target = isBeside ? "_blank" : "";
  link.textContent = word(isBeside ? "walk.open" : "walk.again");
}

/** @param {string} title read out once, to whoever does not see that another page came */
function announce(title) {
  const line = document.getElementById("walk-title");
  if (!line) return;
  line.textContent = title;
  setTimeout(() => line.replaceChildren(), TITLE_STANDS);
}

/**
 * A page that came.
 * @typedef {{ next: Document, address: URL, policy: string }} Page
 */

/**
 * Fetch what is at an address; where that cannot be shown around the call, the reader is told why.
 * @param {string} address
 * @param {BodyInit | undefined} body what a form sends; it is not sent again for trying
 * @param {AbortSignal} signal
 * @returns {Promise<Page | null | void>}
 */
async function fetchPage(address, body, signal) {
  const isForm = body !== undefined;
  const again = isForm ? "" : address;
  try {
    const answer = await fetch(address, { method: isForm ? "POST" : "GET", body, signal, mode: "same-origin" });
    if (answer.status >= 500) return tell(isForm ? "walk.form" : "walk.broken", again);
    if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return tell("walk.beside", again);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const { user } = next.body.dataset;
    if (user === undefined) return tell("walk.beside", again);
    if (user !== document.body.dataset.user) {
      if (!answer.ok) return tell("walk.broken", again);
      // Logged out meanwhile: the call is another person's, or nobody's.
      return location.assign(again || answer.url);
    }
    const to = new URL(answer.url);
    if (!answer.redirected) to.hash = new URL(address).hash;
    return { next, address: to, policy: answer.headers.get("Content-Security-Policy") ?? "" };
  } catch {
    if (!signal.aborted) tell(isForm ? "walk.form" : "walk.unreachable", again);
  }
}

/**
 * Put a page around the call.
 * @param {Page} page
 * @param {Entry} entry
 */
function arrive({ next, address, policy }, entry) {
  const call = /** @type {HTMLElement} */ (document.getElementById("call"));
  const isAnew = pageOf(address) === shown;
  // Whoever mutes themselves just when a script loads the page anew stays at the button.
  const isBusy = isAnew && call.contains(document.activeElement);
  const { hash } = address;
  address.hash = "";
  if (entry === "push" && pageOf(address) !== pageOf(location)) {
    scrolled.set(here, scrollY);
    history.pushState(null, "", address);
    mark();
  } else {
    history.replaceState(history.state, "", address);
  }
  shown = pageOf(address);
  for (const request of asking) request.abort();
  swap(next, call, policy);
  if (entry === "keep") scrollTo({ top: scrolled.get(here) ?? 0, behavior: "instant" });
  if (hash) {
    // By the browser, so that the panel opens that it names; the entry loses its number by that.
    location.replace(hash);
    mark(here);
  } else if (!isBusy) {
    const main = document.querySelector("main");
    /** @type {HTMLElement | null} */ (main?.querySelector("[autofocus]") ?? main)?.focus({ preventScroll: true });
  }
  announce(next.title);
}

/**
 * Fetch a page and put it around the call.
 * @param {string} address
 * @param {Entry} entry
 * @param {BodyInit} [body] what a form sends
 */
async function walk(address, entry, body) {
  underWay?.abort();
  const mine = new AbortController();
  underWay = mine;
  tell();
  const timer = setTimeout(tell, WORTH_TELLING, "walk.coming");
  const page = await fetchPage(address, body, mine.signal);
  clearTimeout(timer);
  // Another page was wished for meanwhile.
  if (underWay !== mine) return;
  underWay = null;
  const due = wanted;
  wanted = null;
  if (page) {
    tell();
    arrive(page, entry);
  } else if (due !== null) {
    goes(due);
  }
}

/** @param {string} address "" is the page anew, or the one that the history has come to */
function goes(address) {
  const isTravel = !address && pageOf(location) !== shown;
  // Whoever is on the way sees another page anyhow; going back is another way.
  if (underWay && !isTravel) {
    wanted = address;
    return;
  }
  if (!address && !isTravel) scrolled.set(here, scrollY);
  if (address) walk(new URL(address, location.href).href, "replace");
  else walk(location.href, "keep");
}

/** The history has come to another entry; where that is another page's, ../go.js asks for the page. */
function travelled() {
  const number = history.state?.walk;
  if (number === here) return;
  // An entry without a number is a fragment's, which the browser has just made.
  if (number) scrolled.set(here, scrollY);
  mark(number);
  if (number && pageOf(location) === shown) scrollTo({ top: scrolled.get(here) ?? 0, behavior: "instant" });
}

/**
 * @param {Event} event what the browser would go there for
 * @param {URL} address
 * @param {BodyInit} [body]
 */
function take(event, address, body) {
  if (!address.protocol.startsWith("http") || (address.origin === location.origin && SESSION.test(address.pathname))) return;
  event.preventDefault();
  if (address.origin !== location.origin || BESIDE.test(address.pathname)) open(address, "_blank", "noopener");
  else walk(address.href, "push", body);
}

/** @param {MouseEvent} event */
function clicked(event) {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.hasAttribute("download") || (link.target && link.target !== "_self")) return;
  const address = new URL(link.href);
  if (link.href.includes("#") && address.origin === location.origin && pageOf(address) === pageOf(location)) {
    // Within the page the browser goes by itself.
    scrolled.set(here, scrollY);
    return;
  }
  take(event, address);
}

/** @param {SubmitEvent} event */
function submitted(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const { submitter } = event;
  // By attribute: a field may be named "action" or "method".
  const said = (/** @type {string} */ name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
  const method = said("method").toLowerCase();
  const [target, encoding] = [said("target"), said("enctype")];
  if (event.defaultPrevented || method === "dialog" || (target && target !== "_self") || encoding === "text/plain") return;
  const address = new URL(said("action"), location.href);
  if (address.origin !== location.origin || BESIDE.test(address.pathname)) return;
  const fields = new FormData(form);
  if (submitter instanceof HTMLButtonElement || submitter instanceof HTMLInputElement) {
    if (submitter.name) fields.append(submitter.name, submitter.value);
  }
  const query = new URLSearchParams(/** @type {any} */ (fields));
  if (method === "post") return take(event, address, encoding === "multipart/form-data" ? fields : query);
  address.search = String(query);
  address.hash = "";
  take(event, address);
}

/** @param {BeforeUnloadEvent} event */
function unloads(event) {
  event.preventDefault();
}

/**
 * @param {Event} event htmx's
 * @returns {{ method: string, abort(): void }}
 */
const requestOf = (event) => /** @type {CustomEvent} */ (event).detail.ctx.request;

/**
 * Have pages come and go around the call, as long as it is on.
 * @param {boolean} isOn
 */
export function walkPages(isOn) {
  if (isOn === (walking !== null)) return;
  walking?.abort();
  walking = isOn ? new AbortController() : null;
  history.scrollRestoration = isOn ? "manual" : "auto";
  if (!walking) return;
  const { signal } = walking;
  shown = pageOf(location);
  mark();
  // The last to hear of it: whoever handles a click or a form has prevented the browser from it by then.
  window.addEventListener("click", clicked, { signal });
  window.addEventListener("submit", submitted, { signal });
  window.addEventListener("popstate", travelled, { signal });
  // The first to hear of it: ../standing.js reloads no page that is being left, and now nobody knows.
  window.addEventListener("beforeunload", unloads, { signal, capture: true });
  const asked = (/** @type {Event} */ event) => {
    event.preventDefault();
    goes(/** @type {CustomEvent} */ (event).detail ?? "");
  };
  document.addEventListener("page:go", asked, { signal });
  // The browser would end them with their page; what is posted goes on its way.
  document.addEventListener("htmx:before:request", (event) => requestOf(event).method === "GET" && asking.add(requestOf(event)), { signal });
  document.addEventListener("htmx:finally:request", (event) => asking.delete(requestOf(event)), { signal });
}
