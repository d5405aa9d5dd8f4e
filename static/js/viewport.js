// Where the browser lays its on-screen keyboard over the page (iOS), the page shrinks to what can be seen, so that the
// composer stays in sight. Others do it by themselves: interactive-widget=resizes-content.

/**
 * @param {Document} _root
 * @param {AbortSignal} signal
 */
export function attach(_root, signal) {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = () => document.documentElement.style.setProperty("--viewport-height", `${viewport.height}px`);
  viewport.addEventListener("resize", fit, { signal });
}
