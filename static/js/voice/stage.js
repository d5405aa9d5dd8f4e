// The stage: a tile for each person in the call and for each screen, the large one with the others beside it. Tiles stay
// the same elements for as long as whoever is on them stays, also while the stage is not on the page.
import { word } from "../words.js";
import { prefer, preferences, volumeOf } from "./preferences.js";
import { stageOf, write } from "./ui.js";

/** @typedef {import("./call.js").Call} Call */
/** @typedef {import("./protocol.js").Person} Person */
/** @typedef {{ key: string, person: Person, source: "camera" | "screen" }} Place */

/** As templatetags/rooms.py has them. */
const AVATAR_COLOURS = 8;

/** @type {Map<string, HTMLElement>} */
const tiles = new Map();
/** What the person chose to see large: a tile's key, "" for none; null leaves it to whatever screen is shared. */
let chosen = /** @type {string | null} */ (null);
/** Who is sent a picture first where there are more cameras than lanes: those who spoke last. @type {number[]} */
let order = [];

/**
 * @param {Element} tile
 * @param {string} part
 */
function find(tile, part) {
  return /** @type {HTMLElement} */ (tile.querySelector(`[data-tile="${part}"]`));
}

/** @param {Call} call */
function placesIn(call) {
  /** @type {Place[]} */
  const places = [];
  for (const person of call.people.values()) {
    if (person.screen) places.unshift({ key: `${person.user}-screen`, person, source: "screen" });
    places.push({ key: String(person.user), person, source: "camera" });
  }
  return places;
}

/**
 * @param {Place[]} places
 * @param {number} me
 */
function largeOf(places, me) {
  // One's own screen within itself would be a hall of mirrors.
  const wanted = chosen ?? places.find(({ source, person }) => source === "screen" && person.user !== me)?.key;
  return places.find(({ key }) => key === wanted)?.key ?? "";
}

/** @param {string} name */
function initials(name) {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [name];
  return words.slice(0, 2).map((each) => [...each][0]).join("").toUpperCase();
}

/**
 * @param {Call} call
 * @param {Place} place
 */
function make(call, { key, person, source }) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("voice-tile"));
  const tile = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
  const mine = person.user === call.me;
  tile.id = `tile-${key}`;
  tile.dataset.key = key;
  tile.dataset.source = source;
  tile.classList.toggle("tile--mine", mine);
  const avatar = find(tile, "avatar");
  avatar.classList.add(`avatar--${person.colour % AVATAR_COLOURS}`);
  const volume = /** @type {HTMLInputElement} */ (find(tile, "volume"));
  const label = /** @type {HTMLElement} */ (volume.closest("label"));
  label.hidden = mine;
  volume.value = String(Math.round(volumeOf(person.user) * 100));
  volume.addEventListener("input", () => {
    prefer({ volumes: { ...preferences.volumes, [person.user]: Number(volume.value) / 100 } });
    call.speakers.apply();
  });
  const page = /** @type {HTMLAnchorElement | null} */ (find(tile, "member"));
  if (page) page.href += `${person.username}/`;
  const acts = find(tile, "moderation");
  acts?.addEventListener("htmx:after:swap", () => settle(tile));
  tile.addEventListener("dblclick", () => enlarge(call, key));
  tiles.set(key, tile);
  return tile;
}

/**
 * @param {Call} call
 * @param {Place} place
 * @param {HTMLElement} tile
 */
function fill(call, { person, source }, tile) {
  const mine = person.user === call.me;
  write(find(tile, "avatar"), initials(person.name));
  const named = mine ? word("you", { name: person.name }) : person.name;
  write(find(tile, "name"), source === "screen" ? word("screen_of", { name: named }) : named);
  write(find(tile, "about"), word("more", { name: find(tile, "name").textContent ?? "" }));
  tile.classList.toggle("tile--speaking", source === "camera" && call.speaking.has(person.user));
  const marks = {
    muted: person.muted || person.server_muted,
    deafened: person.deafened || person.server_deafened,
    priority: person.priority,
  };
  for (const [mark, is] of Object.entries(marks)) find(tile, mark).hidden = !is || source === "screen";
  const shows = source === "screen" || person.camera;
  const track = shows ? call.trackOf(person.user, source) : null;
  show(/** @type {HTMLVideoElement} */ (find(tile, "video")), track);
  find(tile, "paused").hidden = !shows || track !== null;
  for (const part of ["full", "window"]) find(tile, part).hidden = track === null;
  if (!document.pictureInPictureEnabled) find(tile, "window").hidden = true;
}

/**
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack | null} track
 */
function show(video, track) {
  const [shown] = /** @type {MediaStream | null} */ (video.srcObject)?.getTracks() ?? [];
  video.hidden = track === null;
  // Until the first frame, and while there is none, the person stands for the picture.
  const draws = () => video.closest(".tile")?.classList.toggle("tile--pictured", !video.hidden && video.videoWidth > 0);
  video.onresize = draws;
  draws();
  if (shown !== (track ?? undefined)) video.srcObject = track && new MediaStream([track]);
  // One that was taken out of the page, or hidden, has stopped.
  if (track && video.paused && video.isConnected) video.play().catch(() => {});
}

/**
 * @param {Call} call
 * @param {Place[]} places
 * @param {string} large
 */
function wish(call, places, large) {
  const seen = stageOf(call) !== null && document.visibilityState === "visible";
  const cameras = places.filter(({ source, person }) => source === "camera" && person.camera).map(({ person }) => person.user);
  order = [...order.filter((user) => cameras.includes(user)), ...cameras.filter((user) => !order.includes(user))];
  for (const user of call.speaking) {
    if (order.indexOf(user) >= call.lanes.pictures) order = [user, ...order.filter((each) => each !== user)];
  }
  const rank = (/** @type {Place} */ { key, source, person }) =>
    key === large ? -2 : source === "screen" ? -1 : order.indexOf(person.user);
  const wanted = places.filter(({ key, person, source }) => {
    if (person.user === call.me || (source === "camera" && !person.camera)) return false;
    return seen || tiles.get(key)?.contains(document.pictureInPictureElement);
  });
  wanted.sort((one, other) => rank(one) - rank(other));
  call.watch(wanted.map(({ key, person, source }) => ({ user: person.user, source, large: key === large })));
}

/**
 * Put a tile there; one that is on the page already stays whatever it is, such as a picture in a window of its own.
 * @param {Element} list
 * @param {Element} tile
 * @param {Element | null} there
 */
function move(list, tile, there) {
  if (tile.isConnected && list.moveBefore) list.moveBefore(tile, there);
  else list.insertBefore(tile, there);
}

/** A picture in a window of its own is shown there while pages come and go: its tile waits in the call. */
export function keepPicture() {
  const [tile, call] = [document.pictureInPictureElement?.closest(".tile"), document.getElementById("call-pictures")];
  if (tile && call) move(call, tile, null);
}

/** @param {Call | null} call */
export function drawStage(call) {
  const places = call && call.state === "in" ? placesIn(call) : [];
  for (const [key, tile] of tiles) {
    if (places.some((place) => place.key === key)) continue;
    tile.remove();
    tiles.delete(key);
  }
  if (!call || call.state !== "in") {
    chosen = null;
    return;
  }
  const large = largeOf(places, call.me);
  const stage = stageOf(call);
  const counts = { large: 0, tiles: 0 };
  for (const place of places) {
    const tile = tiles.get(place.key) ?? make(call, place);
    const id = place.key === large ? "large" : "tiles";
    const list = stage?.querySelector(`#${id}`);
    const there = list?.children[counts[id]++] ?? null;
    if (list && there !== tile) move(list, tile, there);
    find(tile, "large").ariaPressed = String(id === "large");
    fill(call, place, tile);
  }
  wish(call, places, large);
}

/**
 * Show this tile large, or as the others if it is.
 * @param {Call} call
 * @param {string} key
 */
function enlarge(call, key) {
  chosen = largeOf(placesIn(call), call.me) === key ? "" : key;
  drawStage(call);
  const tile = tiles.get(key);
  if (tile?.contains(document.activeElement) || document.activeElement === document.body) find(/** @type {Element} */ (tile), "more").focus();
}

/**
 * Beside its button, as far as the window reaches; on a narrow screen the styles put it at the bottom edge.
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, at.right - width);
  const top = Math.max(8, Math.min(at.bottom + 4, innerHeight - height - 8));
  menu.style.inset = `${top}px auto auto ${left}px`;
}

/**
 * What a moderator can do to whose tile it is. The server alone knows whom one reaches: of nobody else it tells anything.
 * @param {Call} call
 * @param {HTMLElement} tile
 */
function askWhatCanBeDone(call, tile) {
  const acts = find(tile, "moderation");
  const page = /** @type {HTMLAnchorElement | null} */ (find(tile, "member"));
  acts?.replaceChildren();
  if (!acts || !page || !call.rights.moderate || tile.classList.contains("tile--mine")) return;
  htmx.ajax("GET", `${page.href}voice/`, { source: acts, target: acts, swap: "innerHTML" });
}

/**
 * The menu has grown, or what was pressed in it is gone.
 * @param {HTMLElement} tile
 */
function settle(tile) {
  const menu = find(tile, "menu");
  if (!menu.matches(":popover-open")) return;
  place(menu, find(tile, "more"));
  if (document.activeElement === document.body) /** @type {HTMLElement | null} */ (menu.querySelector("form button"))?.focus();
}

/**
 * What a tile's own buttons do.
 * @type {Record<string, (call: Call, tile: HTMLElement) => void>}
 */
export const tileActions = {
  more: (call, tile) => {
    const menu = find(tile, "menu");
    menu.togglePopover();
    if (!menu.matches(":popover-open")) return;
    place(menu, find(tile, "more"));
    askWhatCanBeDone(call, tile);
  },
  large: (call, tile) => enlarge(call, tile.dataset.key ?? ""),
  full: (_call, tile) => {
    if (document.fullscreenElement) document.exitFullscreen();
    else tile.requestFullscreen?.().catch(() => {});
  },
  window: (_call, tile) => {
    const video = /** @type {HTMLVideoElement} */ (find(tile, "video"));
    if (document.pictureInPictureElement === video) document.exitPictureInPicture();
    else video.requestPictureInPicture().catch(() => {});
  },
};
