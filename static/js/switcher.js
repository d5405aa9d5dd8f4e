// Ctrl+K: go to a room or channel by typing a part of its name. It comes with the first Ctrl+K (keyboard.js).

function dialog() {
  return /** @type {HTMLDialogElement} */ (document.getElementById("switcher"));
}

function query() {
  return /** @type {HTMLInputElement} */ (document.getElementById("switcher-query"));
}

function places() {
  return /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#channels .channel-link, #rooms [id^='room-'] a"));
}

/** @param {HTMLAnchorElement} link */
function nameOf(link) {
  return link.querySelector(".channel-link__name, .rail__name")?.textContent ?? "";
}

function show() {
  const list = dialog().querySelector("ul");
  const wanted = query().value.trim().toLocaleLowerCase();
  list?.replaceChildren();
  for (const link of places()) {
    const name = nameOf(link);
    if (!name.toLocaleLowerCase().includes(wanted)) continue;
    const copy = document.createElement("a");
    copy.href = link.href;
    copy.className = "menu__item";
    copy.textContent = name;
    const item = document.createElement("li");
    item.append(copy);
    list?.append(item);
  }
}

/** @param {KeyboardEvent} event */
function walk(event) {
  const stops = /** @type {HTMLElement[]} */ ([...dialog().querySelectorAll("input, a")]);
  const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (event.key === "Escape") {
    // At once: a search field would first only empty itself.
    event.preventDefault();
    dialog().close();
  } else if (to !== undefined) {
    event.preventDefault();
    stops[to]?.focus();
  } else if (event.key === "Enter" && at === 0) {
    event.preventDefault();
    stops[1]?.click();
  }
}

function open() {
  query().value = "";
  show();
  if (!dialog().open) dialog().showModal();
  query().focus();
}

document.addEventListener("input", (event) => event.target === query() && show());
document.addEventListener("keydown", (event) => dialog()?.contains(/** @type {Node} */ (event.target)) && walk(event));
document.addEventListener("switcher:asked", open);
open();
