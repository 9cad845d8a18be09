// Draws every icon file from resources/icons/*.svg with an installed Chromium. Run it after changing a drawing:
//   node scripts/draw-icons.mjs
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { chromiumHint, findChromium } from '../test/electron-standin/find-chromium.ts';

const folder = join(import.meta.dirname, '../resources/icons');
const iconSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

const executablePath = findChromium();
if (!executablePath) {
  console.error(`Drawing icons needs a Chromium: ${chromiumHint}.`);
  process.exit(1);
}
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();

/** @returns {Promise<Buffer>} the drawing as a PNG of `size` × `size` with a transparent ground */
async function drawn(svg, size) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${svg}`,
  );
  return page.screenshot({ omitBackground: true });
}

const icon = readFileSync(join(folder, 'icon.svg'), 'utf8');
const images = new Map();
for (const size of iconSizes) images.set(size, await drawn(icon, size));
mkdirSync(join(folder, 'sizes'), { recursive: true });
for (const [size, png] of images) writeFileSync(join(folder, 'sizes', `${size}x${size}.png`), png);
writeFileSync(join(folder, 'icon.png'), images.get(512));
writeFileSync(join(folder, 'icon.ico'), ico([16, 24, 32, 48, 64, 128, 256]));
writeFileSync(join(folder, 'icon.icns'), icns());

const tray = readFileSync(join(folder, 'tray.svg'), 'utf8');
/** @returns {string} the drawing with one of its shapes alone, and with or without its dot */
const shaped = (shape, dot) =>
  tray
    .replaceAll(/<g id="([a-z]+)">[\s\S]*?<\/g>/g, (group, id) => (id === shape ? group : ''))
    .replace(/<circle id="needs-you"[^>]*>/, (circle) => (dot ? circle : ''));
// macOS paints templates, which it knows by the end of their names, black or white from their transparency alone.
const asTemplate = (svg) => svg.replaceAll(/#[0-9a-f]{6}/g, '#000000');
// On a light panel the light blue of the drawing would be pale.
const onLight = (svg) => svg.replaceAll('#5ca9e8', '#1f6fb8').replaceAll('#ff9f1c', '#d9480f');
const drawings = [
  ['tray', 'works'],
  ['tray-paused', 'paused'],
  ['tray-trouble', 'trouble'],
].flatMap(([name, shape]) => [
  [name, shaped(shape, false)],
  [`${name}-needs-you`, shaped(shape, true)],
]);
for (const [name, svg] of drawings) {
  for (const [end, look] of [
    ['', onLight(svg)],
    ['-dark', svg],
    ['Template', asTemplate(svg)],
  ]) {
    writeFileSync(join(folder, `${name}${end}.png`), await drawn(look, 16));
    writeFileSync(join(folder, `${name}${end}@2x.png`), await drawn(look, 32));
  }
}
await browser.close();

/** Windows' container: a directory of entries, then the PNGs. A side of 256 is written as 0. */
function ico(sizes) {
  const header = Buffer.alloc(6 + 16 * sizes.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(sizes.length, 4);
  let offset = header.length;
  sizes.forEach((size, index) => {
    const png = images.get(size);
    const at = 6 + 16 * index;
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([header, ...sizes.map((size) => images.get(size))]);
}

/** Apple's container: each PNG under a four-letter type that stands for its size. */
function icns() {
  const types = { icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024 };
  const entries = Object.entries(types).map(([type, size]) => chunk(type, images.get(size)));
  return chunk('icns', Buffer.concat(entries));
}

function chunk(type, content) {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(content.length + 8, 4);
  return Buffer.concat([head, content]);
}
