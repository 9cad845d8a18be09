import encodeQr from 'qr';

/** Light modules around the code, without which cameras do not find it: ISO/IEC 18004, 9.1. */
const quietModules = 4;

/** A text as a QR code: how many modules wide it is with its margin, and its dark ones as the path of an SVG. */
export function qrShape(text: string): { width: number; path: string } {
  const rows = encodeQr(text, 'raw', { ecc: 'medium', border: quietModules });
  const runs = rows.flatMap((row, y) => darkRuns(row).map(({ x, length }) => `M${x} ${y}h${length}v1h-${length}z`));
  return { width: rows.length, path: runs.join('') };
}

function darkRuns(row: readonly boolean[]): { x: number; length: number }[] {
  const runs: { x: number; length: number }[] = [];
  row.forEach((isDark, x) => {
    const last = runs.at(-1);
    if (!isDark) return;
    if (last && last.x + last.length === x) last.length++;
    else runs.push({ x, length: 1 });
  });
  return runs;
}
