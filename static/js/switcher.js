// Ctrl+K: go to a room or channel by typing a part of its name.

/** @type {HTMLDialogElement} */
let dialog;

function places() {
  return /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#channels .channel-link, #rooms [id^='room-'] a"));
}

/** @param {HTMLAnchorElement} link */
function nameOf(link) {
  return link.querySelector(".channel-link__name, .rail__name")?.textContent ?? "";
}

/** @param {string} query */
function show(query) {
  const list = dialog.querySelector("ul");
  const wanted = query.trim().toLocaleLowerCase();
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
  const stops = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll("input, a")]);
  const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
  if (event.key === "Escape") {
    // At once: a search field would first only empty itself.
    event.preventDefault();
    dialog.close();
  } else if (to !== undefined) {
    event.preventDefault();
    stops[to]?.focus();
  } else if (event.key === "Enter" && at === 0) {
    event.preventDefault();
    stops[1]?.click();
  }
}

/** @param {Document} root */
export function attach(root) {
  const found = root.getElementById("switcher");
  if (!(found instanceof HTMLDialogElement) || !found.showModal) return;
  dialog = found;
  const query = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
  query.addEventListener("input", () => show(query.value));
  dialog.addEventListener("keydown", walk);
  root.addEventListener("keydown", (event) => {
    if (event.code !== "KeyK" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    query.value = "";
    show("");
    if (!dialog.open) dialog.showModal();
    query.focus();
  });
}
