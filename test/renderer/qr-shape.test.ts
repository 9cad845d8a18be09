import decodeQr from 'qr/decode.js';
import { describe, expect, test } from 'vitest';
import { qrShape } from '../../src/renderer/ui/qr-shape.ts';

const scale = 4;

/** What a camera reads from the path, drawn as the window draws it. */
function read({ width, path }: ReturnType<typeof qrShape>): string {
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

describe('the picture of a QR code', () => {
  test.each([
    'https://192.168.1.20:7422/#pair=482913&to=/inbox',
    'https://[2001:db8::1]:7422/#pair=00000000',
    'é ✓ agents',
    `https://desk.local:7422/#${'a'.repeat(300)}`,
  ])('is read back as it was: %s', (text) => {
    expect(read(qrShape(text))).toBe(text);
  });

  test('has four light modules on every side', () => {
    const { width, path } = qrShape('https://desk.local:7422/');
    const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(([, ...numbers]) => numbers.map(Number));
    const ends = runs.map(([x = 0, , length = 0]) => x + length);
    const rows = runs.map(([, y = 0]) => y);
    expect([Math.min(...runs.map(([x = 0]) => x)), Math.max(...ends)]).toEqual([4, width - 4]);
    expect([Math.min(...rows), Math.max(...rows)]).toEqual([4, width - 5]);
  });
});
