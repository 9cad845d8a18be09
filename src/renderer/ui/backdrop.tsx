/**
 * What lies behind a dialog. Radix' own overlay also locks scrolling by adding a style element, which the policy of the
 * page refuses; nothing scrolls behind a dialog here anyway, since the page itself does not.
 */
export function Backdrop() {
  return <div aria-hidden className="fixed inset-0 z-40 bg-[oklch(0.15_0.02_265/0.45)]" />;
}
