import { describe, expect, test } from 'vitest';
import { qrShape } from '../../src/renderer/ui/qr-shape.ts';
import { readQr } from '../world/read-qr.ts';

describe('the picture of a QR code', () => {
  test.each([
    'https://192.168.1.20:7422/#pair=482913&to=/inbox',
    'https://[2001:db8::1]:7422/#pair=00000000',
    'é ✓ agents',
    `https://desk.local:7422/#${'a'.repeat(300)}`,
  ])('is read back as it was: %s', (text) => {
    expect(readQr(qrShape(text))).toBe(text);
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
