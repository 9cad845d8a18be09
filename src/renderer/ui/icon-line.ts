import type { LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';

/** What an icon is made of, as its component hands it on; the types of the library do not show it. */
type Shape = readonly [tag: string, attributes: Readonly<Record<string, string>>];
interface Drawn {
  render(props: object, ref: null): ReactElement<{ icon?: { node: readonly Shape[]; size?: number } }>;
}

const lines = new WeakMap<LucideIcon, string | null>();

/**
 * All strokes of an icon as one path in a box of 24 by 24, so that it takes two elements and may become another icon by one
 * attribute. Null for icons that are not strokes alone.
 */
export function lineOf(icon: LucideIcon): string | null {
  const known = lines.get(icon);
  if (known !== undefined) return known;
  const { node = [], size = 24 } = (icon as unknown as Drawn).render({}, null).props.icon ?? {};
  const parts = node.map(pathOf);
  const isWhole = parts.length > 0 && size === 24 && !parts.includes(null);
  const line = isWhole ? parts.join('') : null;
  lines.set(icon, line);
  return line;
}

const numbers = ({ key: _key, ...attributes }: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, Number(value)]));

/** Null for what cannot be said as a path alike. */
function pathOf([tag, attributes]: Shape): string | null {
  if (tag === 'path') {
    const { d, key: _key, ...others } = attributes;
    // From the corner, since a path may begin with a move that counts from where it is.
    return d !== undefined && Object.keys(others).length === 0 ? `M0 0${d}` : null;
  }
  const shape = numbers(attributes);
  if (Object.values(shape).some(Number.isNaN)) return null;
  if (tag === 'circle') return circle(shape);
  if (tag === 'rect') return rectangle(shape);
  if (tag === 'line') return `M${shape['x1']} ${shape['y1']}L${shape['x2']} ${shape['y2']}`;
  return null;
}

function circle({ cx = 0, cy = 0, r = 0 }: Record<string, number>): string {
  return `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

function rectangle({ x = 0, y = 0, width = 0, height = 0, rx, ry }: Record<string, number>): string {
  const r = rx ?? ry ?? 0;
  const corner = (dx: number, dy: number) => `a${r} ${r} 0 0 1 ${dx * r} ${dy * r}`;
  const across = width - 2 * r;
  const down = height - 2 * r;
  return `M${x + r} ${y}h${across}${corner(1, 1)}v${down}${corner(-1, 1)}h${-across}${corner(-1, -1)}v${-down}${corner(1, -1)}z`;
}
