import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RuntimeError } from '../../../shared/errors.ts';
import { DeviceView, usualWindowPort } from '../../../shared/operations/window-operations.ts';
import { checkPrivate, replacePrivateFile } from '../../store/private-file.ts';

/** A device as it is kept: of its token only the SHA-256, in hex. */
export const KeptDevice = DeviceView.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/) });
export type KeptDevice = z.infer<typeof KeptDevice>;

const Kept = z.object({
  on: z.boolean(),
  port: z.int(),
  /** PEM; null: none was made yet. */
  certificate: z.string().nullable(),
  devices: z.array(KeptDevice),
});
export type KeptWindow = z.infer<typeof Kept>;

/**
 * What is kept of the window for other devices: `window.json` of the data folder, for its owner alone.
 * @throws RuntimeError `DATA_DIR_UNSAFE` where others may read it, or nobody can.
 */
export function readWindow(dataDir: string): KeptWindow {
  const path = fileOf(dataDir);
  if (!existsSync(path)) return { on: false, port: usualWindowPort, certificate: null, devices: [] };
  checkPrivate(path);
  try {
    return Kept.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const message = `${path} cannot be read: delete it, turn the window on again, and pair the devices again.`;
    throw new RuntimeError('DATA_DIR_UNSAFE', message, { path }, { cause });
  }
}

export function writeWindow(dataDir: string, kept: KeptWindow): void {
  replacePrivateFile(fileOf(dataDir), `${JSON.stringify(kept, null, 2)}\n`);
}

/** Where the key of its certificate is kept. */
export const windowKeyFile = (dataDir: string): string => join(dataDir, 'window-key.json');

/** No device is let in any more, and another key will be made. */
export function forgetWindow(dataDir: string): void {
  for (const path of [fileOf(dataDir), windowKeyFile(dataDir)]) rmSync(path, { force: true });
}

const fileOf = (dataDir: string): string => join(dataDir, 'window.json');
