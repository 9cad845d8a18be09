import { cx } from './cx.ts';
import { qrShape } from './qr-shape.ts';

interface QrCodeProps {
  text: string;
  /** What it leads to, for those who do not see it. */
  label: string;
  className?: string;
}

/** A text for a camera. It is dark on white in every theme, since many cameras do not read the reverse. */
export function QrCode({ text, label, className }: QrCodeProps) {
  const { width, path } = qrShape(text);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${width}`}
      shapeRendering="crispEdges"
      className={cx('size-52 shrink-0 rounded-lg border', className)}
    >
      <rect width={width} height={width} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
