import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { allCommands } from '../../src/main/cli/commands.ts';
import { globalFlags } from '../../src/main/cli/help.ts';
import { checkManifest } from '../../src/main/runtime/manifests/manifest.ts';
import { shellLines } from '../world/shell-lines.ts';

/** What the guide tells people to type and to write is right, as it stands there. */

const root = join(import.meta.dirname, '../..');
const guide = readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`);
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md', ...guide].map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);
}

const commands = allCommands('1.0.0');

/** Null when the command line is one: a command that exists, with flags that it has. */
function wrongIn(words: readonly string[]): string | null {
  const command =
    commands.find(({ name }) => name === words.slice(0, 2).join(' ')) ?? commands.find(({ name }) => name === words[0]);
  if (!command) return `no command ${words.join(' ')}`;
  const flags = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.slice(2).split('=')[0] ?? '');
  const unknown = flags.filter((flag) => !(flag in command.flags) && !(flag in globalFlags));
  return unknown.length > 0 ? `${command.name} has no --${unknown.join(', --')}` : null;
}

describe.each(pages)('$path', ({ path, text }) => {
  const lines = shellLines([...blocks(text, 'sh'), ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)]);

  test('names commands that exist, with flags that they have', () => {
    const wrong = lines.flatMap((words) => {
      const at = words.indexOf('agent-runtime');
      if (at < 0 || (at > 0 && words[at - 1] !== 'npx') || words.length === at + 1) return [];
      return wrongIn(words.slice(at + 1)) ?? [];
    });
    expect(wrong).toEqual([]);
  });

  test('names scripts that npm has, and files that are there', () => {
    const scripts = lines.flatMap((words) => (words[0] === 'npm' && words[1] === 'run' ? (words[2] ?? '') : []));
    expect(scripts.filter((name) => !(name in packageJson.scripts))).toEqual([]);
    const files = [...text.matchAll(/`((?:src|test|scripts|docs|resources|examples)\/[\w./-]+)`/g)].map(
      ([, file]) => file,
    );
    expect(files.filter((file) => !existsSync(join(root, file ?? '')))).toEqual([]);
  });

  test('shows settings that are right', () => {
    for (const yaml of blocks(text, 'yaml')) {
      const part = parse(yaml) as Record<string, unknown>;
      const filled = {
        version: '1.0',
        name: 'shown',
        model: 'script',
        script: 'export default async function run() {}',
      };
      const manifest = 'name' in part ? yaml : stringify({ ...filled, ...part });
      const {
        valid,
        problems,
        warnings: all,
      } = checkManifest(manifest, { HOME: '/home/ada', SHOP_KEY: 'k'.repeat(20) });
      // A part that is shown alone may well have no trigger.
      const warnings = all.filter((warning) => !warning.startsWith('No triggers'));
      expect({ path, yaml, valid, problems, warnings }).toEqual({
        path,
        yaml,
        valid: true,
        problems: [],
        warnings: [],
      });
    }
  });
});

test('the reference has all five parts, and the guide leads to each', () => {
  const index = readFileSync(join(root, 'docs/guide/README.md'), 'utf8');
  for (const name of ['manifest.md', 'openapi.json', 'cli.md', 'errors.md', 'metrics.md']) {
    expect(existsSync(join(root, 'docs/reference', name))).toBe(true);
    expect(index).toContain(`../reference/${name}`);
  }
});

test('a command that does not exist, and a flag that it does not have, are noticed', () => {
  expect(wrongIn(['fly', 'away'])).toBe('no command fly away');
  expect(wrongIn(['wake', 'x', '--hard'])).toBe('wake has no --hard');
  expect(wrongIn(['budget', 'top-up', 'x', 'max_usd_per_day', '1'])).toBeNull();
});
