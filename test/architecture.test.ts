import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  cycles,
  deadLinks,
  emptyNames,
  linesWith,
  type Source,
  strayPackages,
  tooLong,
  upwardImports,
} from './world/source-rules.ts';

const top = fileURLToPath(new URL('..', import.meta.url));

function sourcesIn(folder: string, pattern = /\.(?:ts|tsx|mjs)$/): Source[] {
  if (!existsSync(join(top, folder))) return [];
  return readdirSync(join(top, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(top.length).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }));
}

const source = sourcesIn('src');
const tests = sourcesIn('test');
const bareError = /(?:throw|reject\()\s*new (?:Error|TypeError|RangeError)\(/;
const fixedWait = /\bsetTimeout(?:\(| as\b)/;
const machinePath = /['"`\s](?:\/(?:work|root|tmp|var\/folders)\/|[A-Z]:\\\\?Users)/;
/** A number that is written without asking how. */
const ownNumbers = /\.toLocaleString\(|Intl\.NumberFormat|\.toFixed\(|\.toPrecision\(/;
const barrel = /^export (?:\*|\{[^}]*\}) from|^export default/;

describe('the source', () => {
  test('imports only ever point down', () => {
    expect(upwardImports(source)).toEqual([]);
  });

  test('gives each outside power one home', () => {
    expect(strayPackages(source)).toEqual([]);
  });

  test('has no file that needs itself on the way', () => {
    expect(cycles(source)).toEqual([]);
  });

  test('has a code for every failure', () => {
    const guarded = source.filter(({ path }) => !path.startsWith('src/renderer/'));
    expect(linesWith(guarded, bareError)).toEqual([]);
  });

  test('says what is exported from where it is written, by name', () => {
    const named = source.filter(({ path }) => !path.startsWith('src/renderer/'));
    expect(linesWith(named, barrel)).toEqual([]);
  });

  test('trusts a certificate without an authority in one place only, where the key is looked at instead', () => {
    const found = linesWith(source, /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED/);
    expect(found.filter((line) => !line.startsWith('src/main/cluster/link/tls.ts:'))).toEqual([]);
  });

  test('writes numbers in one place, as the person has chosen', () => {
    const elsewhere = source.filter(
      ({ path }) => path.startsWith('src/renderer/') && !/^src\/renderer\/ui\/(?:format|region)\.ts$/.test(path),
    );
    expect(linesWith(elsewhere, ownNumbers)).toEqual([]);
  });

  test('knows no path of a machine', () => {
    expect(linesWith(source, machinePath)).toEqual([]);
  });
});

describe('source and tests', () => {
  test('keep files short enough to be read', () => {
    expect(tooLong([...source, ...tests], 400)).toEqual([]);
  });

  test('have names that say something', () => {
    expect(emptyNames([...source, ...tests])).toEqual([]);
  });

  test('wait for facts: no timer in a test', () => {
    const suites = tests.filter(({ path }) => path.endsWith('.test.ts') && path !== 'test/architecture.test.ts');
    expect(linesWith(suites, fixedWait)).toEqual([]);
  });
});

test('links of the docs lead somewhere', () => {
  const pages = [...sourcesIn('docs', /\.md$/), ...sourcesIn('test', /\.md$/)];
  for (const name of ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md']) {
    if (existsSync(join(top, name))) pages.push({ path: name, text: readFileSync(join(top, name), 'utf8') });
  }
  expect(deadLinks(pages, (path) => existsSync(join(top, path)))).toEqual([]);
});

describe('the rules', () => {
  const file = (path: string, text: string): Source => ({ path, text });

  test('catch what points up, also from a type and from a later import', () => {
    const found = upwardImports([
      file('src/main/lib/clock.ts', `import type { Journal } from '../journal/journal.ts';`),
      file('src/main/agent/agent.ts', `const { x } = await import('../governance/guard.ts');`),
      file('src/main/transport/ipc.ts', `import {\n  AgentRuntime,\n} from '../runtime/agent-runtime.ts';`),
      file('src/renderer/app.tsx', `import '../main/lib/log.ts';`),
      file('src/main/new/thing.ts', ''),
      file('src/main/compose/open-node.ts', `import { openDatabase } from './store/database.ts';`),
      file('src/main/journal/fold/fold.ts', `import { sha256 } from '../lib/hash.ts';`),
    ]);
    expect(found).toEqual([
      'src/main/lib/clock.ts imports src/main/journal/journal.ts',
      'src/main/agent/agent.ts imports src/main/governance/guard.ts',
      'src/main/transport/ipc.ts imports src/main/runtime/agent-runtime.ts',
      'src/renderer/app.tsx imports src/main/lib/log.ts',
      'src/main/new/thing.ts stands in no folder of the table',
    ]);
  });

  test('catch a package away from home', () => {
    const found = strayPackages([
      file('src/main/processes/parts.ts', `import type { Database } from 'better-sqlite3';`),
      file('src/main/transport/ipc.ts', `import type { IpcMain } from 'electron';`),
      file('src/main/agent/tools/mcp/connection.ts', `import { C } from '@modelcontextprotocol/sdk/client/index.js';`),
    ]);
    expect(found).toEqual(['src/main/processes/parts.ts imports better-sqlite3, whose home is src/main/store/']);
  });

  test('catch a cycle, and only a cycle', () => {
    const ring = [
      file('src/shared/a.ts', `import { b } from './b.ts';\nimport { d } from './d.ts';`),
      file('src/shared/b.ts', `import { c } from './c.ts';`),
      file('src/shared/c.ts', `import { a } from './a.ts';`),
      file('src/shared/d.ts', `import { e } from './b.ts';`),
    ];
    expect(cycles(ring)).toEqual(['src/shared/a.ts → src/shared/b.ts → src/shared/c.ts → src/shared/a.ts']);
    expect(cycles(ring.slice(1))).toEqual([]);
  });

  test('catch bare errors, timers, paths and barrels, but not in comments', () => {
    const lines = [
      `throw new Error('no');`,
      `promise.catch(() => reject(new TypeError('no')));`,
      `// throw new Error('only told of')`,
      `setTimeout(done, 5);`,
      `const home = '/root/thing';`,
      `export * from './other.ts';`,
      `const text = (12).toFixed(1) + count.toLocaleString('en');`,
    ];
    const text = [file('src/main/lib/x.ts', lines.join('\n'))];
    const numbers = (pattern: RegExp) => linesWith(text, pattern).map((line) => Number(/:(\d+) /.exec(line)?.[1]));
    expect(numbers(bareError)).toEqual([1, 2]);
    expect(numbers(fixedWait)).toEqual([4]);
    expect(numbers(machinePath)).toEqual([5]);
    expect(numbers(barrel)).toEqual([6]);
    expect(numbers(ownNumbers)).toEqual([7]);
  });

  test('catch long files and empty names', () => {
    expect(tooLong([file('a.ts', 'x\n'.repeat(401)), file('b.ts', 'x\n'.repeat(400))], 400)).toEqual([
      'a.ts has 401 lines',
    ]);
    const named = [
      file('src/main/lib/string-utils.ts', 'export interface IClock {}\nclass RunManager {}\ntype InboxItem = 1;'),
      file('src/main/lib/data-dir.ts', 'export interface Ink {}'),
    ];
    expect(emptyNames(named)).toEqual([
      'src/main/lib/string-utils.ts: the file',
      'src/main/lib/string-utils.ts: IClock',
      'src/main/lib/string-utils.ts: RunManager',
    ]);
  });

  test('catch links to pages and headings that are not there', () => {
    const pages = [
      file('docs/a.md', '# One thing\n[b](b.md) [gone](c.md) [far](https://example.com/c.md) [here](#one-thing)'),
      file('docs/b.md', '[up](../README.md) [a](a.md#one-thing) [not](a.md#another)'),
    ];
    const there = ['docs/a.md', 'docs/b.md', 'README.md'];
    expect(deadLinks(pages, (path) => there.includes(path))).toEqual(['docs/a.md → c.md', 'docs/b.md → a.md#another']);
  });
});
