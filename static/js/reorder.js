// Channels are dragged to their places on the page of a room's channels. A drop fills the form that the buttons send.

/** @type {HTMLElement | null} */
let dragged = null;

/** @param {EventTarget | null} target */
function itemOf(target) {
  return target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-channel]")) : null;
}

/**
 * Show the dragged channel where it would go.
 * @param {DragEvent} event
 */
function over(event) {
  const group = event.target instanceof Element ? event.target.closest("[data-category]") : null;
  if (!dragged || !group) return;
  event.preventDefault();
  const item = itemOf(event.target);
  if (item === dragged) return;
  if (!item) {
    group.querySelector("ol")?.append(dragged);
    return;
  }
  const box = item.getBoundingClientRect();
  item.parentElement?.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? item : item.nextElementSibling);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function put(form, name, value) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  form.append(field);
}

/** @param {HTMLFormElement} form */
function send(form) {
  if (!dragged) return;
  const next = /** @type {HTMLElement | null} */ (dragged.nextElementSibling);
  const group = /** @type {HTMLElement | null} */ (dragged.closest("[data-category]"));
  put(form, "channel", dragged.dataset.channel ?? "");
  put(form, "category", group?.dataset.category ?? "");
  put(form, "before", next?.dataset.channel ?? "");
  form.requestSubmit();
}

function attach() {
  const form = document.getElementById("order");
  if (!(form instanceof HTMLFormElement)) return;
  let dropped = false;
  /** Where it was taken from. @type {[ParentNode, Element | null]} */
  let from;
  for (const item of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-channel]"))) {
    item.draggable = true;
    for (const link of item.querySelectorAll("a")) link.draggable = false;
  }
  form.addEventListener("dragstart", (event) => {
    dragged = itemOf(event.target);
    dropped = false;
    if (dragged) from = [/** @type {ParentNode} */ (dragged.parentElement), dragged.nextElementSibling];
    dragged?.classList.add("order__item--dragged");
    event.dataTransfer?.setData("text/plain", dragged?.dataset.channel ?? "");
  });
  form.addEventListener("dragover", over);
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    dropped = true;
    send(form);
  });
  form.addEventListener("dragend", () => {
    dragged?.classList.remove("order__item--dragged");
    // Let go elsewhere: everything is as it was.
    if (dragged && !dropped) from[0].insertBefore(dragged, from[1]);
    dragged = null;
  });
}

attach();
// A page that comes during a call (voice/walk.js) finds this script loaded.
document.addEventListener("page:came", attach);
