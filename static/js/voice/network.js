// What tells that nothing that was open can be trusted any more: the network is another, or the machine slept.

const LOOK_EVERY = 2000;
/** A clock that jumped by more than this: the machine slept. */
const SLEPT = 20000;

/**
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function watchNetwork(changed, signal) {
  addEventListener("online", changed, { signal });
  const network = /** @type {any} */ (navigator).connection;
  let kind = network?.type;
  // It tells of its guesses at speed too.
  network?.addEventListener?.("change", () => kind !== (kind = network.type) && changed(), { signal });
  let lookedAt = Date.now();
  const look = () => {
    const slept = Date.now() - lookedAt > LOOK_EVERY + SLEPT;
    lookedAt = Date.now();
    if (slept) changed();
  };
  const timer = setInterval(look, LOOK_EVERY);
  signal.addEventListener("abort", () => clearInterval(timer));
}
