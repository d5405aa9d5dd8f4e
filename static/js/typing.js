// "Anna is typing…": told upstream while one types, shown for a few seconds, and never announced.
import { me } from "./arrange.js";
import { send } from "./connection.js";
import { on } from "./live.js";
import { word } from "./words.js";

const TELL_EVERY = 3000;
/** A little longer than it takes to be told again. */
const SHOWN_FOR = 5000;

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  const line = root.getElementById("typing");
  /** @type {Map<string, { name: string, timer: number }>} */
  const people = new Map();
  let toldAt = 0;

  function show() {
    if (!line) return;
    const [first, second] = [...people.values()].map((person) => person.name);
    const key = ["", "typing.one", "typing.two"][people.size] ?? "typing.many";
    line.textContent = key && word(key, { first, second });
  }

  /** @param {string} user */
  function stopped(user) {
    clearTimeout(people.get(user)?.timer);
    if (people.delete(user)) show();
  }

  /** @param {import("./live.js").Push} push */
  function typing(push) {
    const user = push.get("user");
    if (user === me) return;
    clearTimeout(people.get(user)?.timer);
    people.set(user, { name: push.get("name"), timer: window.setTimeout(() => stopped(user), SHOWN_FOR) });
    show();
  }

  /** @param {Event} event */
  function typed(event) {
    const box = event.target;
    if (!(box instanceof HTMLTextAreaElement) || box.id !== "message-body") return;
    // Nobody hears of a command.
    if (Date.now() - toldAt < TELL_EVERY || box.value.startsWith("/")) return;
    toldAt = Date.now();
    send({ type: "typing" });
  }

  on("typing", typing, signal);
  root.addEventListener("message:shown", (event) => stopped(/** @type {CustomEvent} */ (event).detail.item.dataset.author), { signal });
  root.addEventListener("input", typed, { signal });
}
