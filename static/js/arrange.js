// How messages stand together: whose they are, where a day begins, where one person goes on. The server does the same
// for the page it renders (rooms/timeline.py); this keeps it true as messages come and go.
import { dayInWords, dayOf } from "./times.js";

const GROUP_WITHIN = 7 * 60 * 1000;

/** The signed-in person's id, or "". */
export const me = document.body.dataset.user ?? "";

/** @param {Element | null} element */
export function isMessage(element) {
  return element instanceof HTMLElement && element.classList.contains("message");
}

/** @param {string} day */
function separator(day) {
  const item = document.createElement("li");
  item.className = "day-separator";
  item.dataset.day = day;
  const name = document.createElement("span");
  name.textContent = dayInWords(day);
  item.append(name);
  return item;
}

/**
 * @param {HTMLElement} message
 * @param {HTMLElement | null} previous
 */
function continues(message, previous) {
  if (!previous || !message.dataset.author || previous.dataset.author !== message.dataset.author) return false;
  if ([message, previous].some((each) => each.classList.contains("message--deleted"))) return false;
  if (message.querySelector(".message__quote")) return false;
  return Date.parse(message.dataset.at ?? "") - Date.parse(previous.dataset.at ?? "") < GROUP_WITHIN;
}

/**
 * Put day separators and groups right in the whole list.
 * @param {HTMLElement} list
 */
export function arrange(list) {
  /** @type {HTMLElement | null} */
  let previous = null;
  let day = "";
  let standing = /** @type {HTMLElement | null} */ (null);
  let broken = false;
  for (const item of /** @type {HTMLElement[]} */ ([...list.children])) {
    if (item.classList.contains("day-separator")) {
      standing?.remove();
      standing = item;
      if (item.firstElementChild) item.firstElementChild.textContent = dayInWords(item.dataset.day ?? "");
    } else if (item.classList.contains("unread-line")) {
      broken = true;
    } else if (isMessage(item)) {
      const itsDay = dayOf(item.dataset.at ?? "");
      if (itsDay !== day && standing?.dataset.day !== itsDay) {
        standing?.remove();
        list.insertBefore(separator(itsDay), item);
      } else if (itsDay === day) {
        standing?.remove();
      }
      item.classList.toggle("message--mine", me !== "" && item.dataset.author === me);
      item.classList.toggle("message--grouped", itsDay === day && !broken && continues(item, previous));
      [previous, day, standing, broken] = [item, itsDay, null, false];
    }
  }
  standing?.remove();
}
