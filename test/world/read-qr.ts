import decodeQr from 'qr/decode.js';

const scale = 4;

/** What a camera reads from the path, drawn as the window draws it. */
export function readQr({ width, path }: { width: number; path: string }): string {
  const side = width * scale;
  const data = new Uint8Array(side * side * 4).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      const start = (row * side + Number(x) * scale) * 4;
      const end = start + Number(length) * scale * 4;
      for (let at = start; at < end; at += 4) data.fill(0, at, at + 3);
    }
  }
  return decodeQr({ width: side, height: side, data });
}
