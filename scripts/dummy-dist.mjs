import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPackage } from '@electron/asar';

/** By this a tool finds the fuses in Electron's binary; after it come their version, how many, and one digit each. */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fusesAsShipped = '100111001';

/**
 * Makes a folder that looks like an unpacked Electron for Linux, so that packaging (which files, the archive, the fuses)
 * can be tried where no Electron can be had. Its executable does nothing but say so.
 */
export async function makeDummyDist(folder, electronVersion) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'));
  const wire = Buffer.concat([
    Buffer.from(fuseSentinel),
    Buffer.from([1, fusesAsShipped.length]),
    Buffer.from(fusesAsShipped),
  ]);
  const says =
    '#!/bin/sh\necho "This package was made without Electron, to be looked at and not to be run." >&2; exit 70\n#';
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from(says), wire, Buffer.from('\n')]));
  chmodSync(join(folder, 'electron'), 0o755);
  for (const name of [
    ...['chrome-sandbox', 'chrome_crashpad_handler', 'icudtl.dat', 'libffmpeg.so', 'resources.pak'],
    ...['snapshot_blob.bin', 'v8_context_snapshot.bin', 'LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak'],
  ]) {
    writeFileSync(join(folder, name), name);
  }
  writeFileSync(join(folder, 'version'), electronVersion);
  const empty = mkdtempSync(join(tmpdir(), 'default-app-'));
  writeFileSync(join(empty, 'package.json'), '{}');
  await createPackage(empty, join(folder, 'resources/default_app.asar'));
  rmSync(empty, { recursive: true });
}
