// Scripts that come when they are needed.

/** @type {Set<string>} */
const added = new Set();

/**
 * Run the module at this address, once however often it is asked for.
 * @param {string | undefined} address
 */
export function addScript(address) {
  if (!address || added.has(address)) return;
  added.add(address);
  const script = document.createElement("script");
  script.type = "module";
  script.nonce = /** @type {HTMLElement | null} */ (document.querySelector("script[nonce]"))?.nonce ?? "";
  script.src = address;
  document.head.append(script);
}
