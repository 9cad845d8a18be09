import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { sourcePlaces } from '../../../src/main/lib/source-places.ts';
import { scratchFolder } from '../../world/scratch-folder.ts';

test('a stack of what was built tells where it is written, as far as maps lie there', () => {
  const folder = scratchFolder();
  const url = (name: string) => pathToFileURL(join(folder, name)).href;
  // Line 1, column 0 of the built file is line 3, column 4 of the source.
  const map = { version: 3, sources: ['../src/fall.ts'], names: [], mappings: 'AAEI' };
  writeFileSync(join(folder, 'built.js.map'), JSON.stringify(map));
  writeFileSync(join(folder, 'torn.js.map'), '{"version":');
  const stack = (...places: string[]) => ['RangeError: no', ...places.map((place) => `    at f (${place})`)].join('\n');
  const told = sourcePlaces(
    stack(`${url('built.js')}:1:8`, `${url('torn.js')}:1:8`, `${url('other.js')}:2:1`, 'node:internal/x:1:1'),
  );
  expect(told).toBe(
    stack(
      `${new URL('../src/fall.ts', url('built.js'))}:3:5`,
      `${url('torn.js')}:1:8`,
      `${url('other.js')}:2:1`,
      'node:internal/x:1:1',
    ),
  );
});
