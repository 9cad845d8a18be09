import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type OperationName, operations } from '../../src/shared/api.ts';
import { mayDevice } from '../../src/shared/device-access.ts';

const renderer = fileURLToPath(new URL('../../src/renderer', import.meta.url));

interface Source {
  text: string;
  imports: string[];
}

const sources = new Map<string, Source>(
  readdirSync(renderer, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, 'utf8');
      const imports = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, to]) =>
        join(dirname(path), to ?? ''),
      );
      return [path, { text, imports }];
    }),
);
/** Screens that a device gets with every control disabled; each is drawn inside of `changing` or `Allowed`. */
const wholeScreens = ['cluster', 'tools', 'templates', 'settings', 'design'].map((folder) => join(renderer, folder));
/** They draw everything, so that what they name says nothing of a single control. */
const roots = ['app.tsx', 'open-window.tsx', 'main.tsx'].map((file) => join(renderer, file));

const refusable = (Object.keys(operations) as OperationName[]).filter((name) => !mayDevice('read', name));

/** A file that asks, and whatever draws it. */
function above(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path) || roots.includes(path)) return seen;
  seen.add(path);
  for (const [other, { imports }] of sources) if (imports.includes(path)) above(other, seen);
  return seen;
}

const names = (path: string, operation: string) =>
  new RegExp(`['"]${operation}['"]`).test(sources.get(path)?.text ?? '');

/** What only takes back what was just done needs no control of its own. */
const asks = (text: string, operation: string) =>
  new RegExp(`(?<!undo: \\(\\) => client)\\.${operation}\\(`).test(text);

test('whatever not every device may ask for is named by the control that leads to it', () => {
  const unnamed: string[] = [];
  let asked = 0;
  for (const [path, { text }] of sources) {
    if (wholeScreens.some((folder) => path.startsWith(`${folder}/`))) continue;
    for (const operation of refusable.filter((name) => asks(text, name))) {
      asked++;
      if (![...above(path)].some((file) => names(file, operation))) {
        unnamed.push(`${path.slice(renderer.length + 1)}: ${operation}`);
      }
    }
  }
  expect(unnamed).toEqual([]);
  expect(asked).toBeGreaterThan(40);
});
