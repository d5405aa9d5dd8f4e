// How scripts leave a page: as the browser does it, unless a call is kept while pages come and go (voice/walk.js).

/** @param {string} [address] without it this page is loaded anew */
export function go(address) {
  if (!document.dispatchEvent(new CustomEvent("page:go", { cancelable: true, detail: address }))) return;
  if (address) location.replace(address);
  else location.reload();
}

/**
 * @param {Document} _root
 * @param {AbortSignal} signal
 */
export function attach(_root, signal) {
  const { pathname, search } = location;
  // Pages that came during a call share one document: on the way back through them the browser changes the address alone.
  const travelled = () => (location.pathname === pathname && location.search === search) || go();
  window.addEventListener("popstate", travelled, { signal });
}
