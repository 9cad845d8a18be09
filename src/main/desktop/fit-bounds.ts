import type { Bounds } from './settings.ts';

const preferred = { width: 1280, height: 820 };

/** How much of a window must be on a screen for a person to be able to grab it, in pixels. */
const grip = 80;

/**
 * Where the window opens: where it was, when that is still on one of the screens (`areas`: their work areas, the
 * primary one first), else in the middle of the primary one.
 */
export function fitBounds(saved: Bounds | null, areas: readonly Bounds[]): Bounds {
  if (saved && areas.some((area) => canGrab(saved, area))) return saved;
  const area = areas[0] ?? { x: 0, y: 0, ...preferred };
  const width = Math.min(preferred.width, area.width);
  const height = Math.min(preferred.height, area.height);
  const x = area.x + Math.round((area.width - width) / 2);
  const y = area.y + Math.round((area.height - height) / 2);
  return { x, y, width, height };
}

/** The title bar is at the top, so the top edge has to be on the screen, and enough of its width. */
function canGrab(window: Bounds, area: Bounds): boolean {
  const seenWidth = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  return seenWidth >= grip && window.y >= area.y && window.y <= area.y + area.height - grip / 2;
}
