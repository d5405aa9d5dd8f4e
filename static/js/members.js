// The members' list as people come and go: those who are here first, each by name.
import { on } from "./live.js";
import { translate } from "./words.js";

/** @type {HTMLElement | null} */
let list = null;

/** @param {import("./live.js").Push} push */
function isHere(push) {
  return list !== null && list.dataset.room === push.get("room");
}

/** @param {HTMLElement} member */
function place(member) {
  const rank = (/** @type {HTMLElement} */ each) => `${each.dataset.presence === "online" ? 0 : 1} ${each.querySelector(".member__name")?.textContent}`;
  const order = new Intl.Collator(document.documentElement.lang).compare;
  const next = [.../** @type {HTMLCollectionOf<HTMLElement>} */ (list?.children ?? [])].find(
    (each) => each !== member && order(rank(each), rank(member)) > 0,
  );
  list?.insertBefore(member, next ?? null);
}

function countHere() {
  const here = list?.querySelectorAll('[data-presence="online"]').length ?? 0;
  const figure = document.querySelector("[data-here]");
  if (figure) figure.textContent = String(here);
}

/** @param {import("./live.js").Push} push */
function joined(push) {
  if (!isHere(push)) return;
  document.getElementById(`member-${push.get("user")}`)?.remove();
  const member = /** @type {HTMLElement} */ (push.content.firstElementChild);
  translate(push.content);
  place(member);
  countHere();
}

/** @param {import("./live.js").Push} push */
function left(push) {
  if (isHere(push)) document.getElementById(`member-${push.get("user")}`)?.remove();
  countHere();
}

/** @param {import("./live.js").Push} push */
function changed(push) {
  const member = isHere(push) ? document.getElementById(`member-${push.get("user")}`) : null;
  if (!member) return;
  member.dataset.presence = push.get("presence");
  place(member);
  countHere();
}

/** @param {Document} root */
export function attach(root) {
  list = root.getElementById("member-list");
  root.addEventListener("sidebar:came", () => {
    list = root.getElementById("member-list");
  });
  on("member_joined", joined);
  on("member_changed", joined);
  on("member_left", left);
  on("presence_changed", changed);
}
