// The members' list as people come and go: those who are here first, each by name.
import { me } from "./arrange.js";
import { on } from "./live.js";
import { translate } from "./words.js";

/** @param {HTMLElement | null} member */
const isOnline = (member) => member?.dataset.presence === "online";

/**
 * Count by differences: the list shows the first hundred, the figure tells of all.
 * @param {number} more
 */
function countHere(more) {
  const figure = document.querySelector("[data-here]");
  if (figure) figure.textContent = String(Math.max(0, Number(figure.textContent) + more));
}

/** @param {import("./live.js").Push} push */
const memberOf = (push) => document.getElementById(`member-${push.get("user")}`);

/**
 * @param {Document} root
 * @param {AbortSignal} signal
 */
export function attach(root, signal) {
  let list = root.getElementById("member-list");

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

  /** @param {import("./live.js").Push} push */
  function joined(push) {
    if (!isHere(push)) return;
    const before = memberOf(push);
    const member = /** @type {HTMLElement} */ (push.content.firstElementChild);
    countHere(Number(isOnline(member)) - Number(isOnline(before)));
    before?.remove();
    translate(push.content);
    place(member);
  }

  /** @param {import("./live.js").Push} push */
  function left(push) {
    if (!isHere(push)) return;
    const member = memberOf(push);
    if (isOnline(member)) countHere(-1);
    member?.remove();
  }

  /** @param {import("./live.js").Push} push */
  function changed(push) {
    if (!isHere(push)) return;
    const member = memberOf(push);
    const online = push.get("presence") === "online";
    // The page was made for somebody who is here.
    if (member ? isOnline(member) === online : push.get("user") === me) return;
    countHere(online ? 1 : -1);
    if (!member) return;
    member.dataset.presence = push.get("presence");
    place(member);
  }

  const came = () => {
    list = root.getElementById("member-list");
  };
  root.addEventListener("sidebar:came", came, { signal });
  on("member_joined", joined, signal);
  on("member_changed", joined, signal);
  on("member_left", left, signal);
  on("presence_changed", changed, signal);
}
