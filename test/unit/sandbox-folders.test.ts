import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { sandboxChildModule } from '../../src/main/agent/sandbox/child-module.ts';
import { openSandbox } from '../../src/main/agent/sandbox/sandbox.ts';
import { sweepWorkFolders } from '../../src/main/agent/sandbox/work-folder.ts';
import { nodeChild } from '../../src/main/lib/child.ts';
import { home } from '../world/home.ts';

test('folders of programs that are gone are taken away, and nobody else loses anything', () => {
  const place = home();
  const folder = (name: string) => {
    mkdirSync(join(place, name));
    return join(place, name);
  };
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const stale = folder(`agent-runtime-sandbox-${gone}-abc`);
  const old = folder('agent-runtime-sandbox-AbCdEf');
  utimesSync(old, 1_700_000_000, 1_700_000_000);
  const full = folder(`agent-runtime-sandbox-${gone}-full`);
  writeFileSync(join(full, 'file'), '');
  const kept = [folder(`agent-runtime-sandbox-${process.pid}-abc`), folder('agent-runtime-sandbox-Young1'), full];
  const others = folder('agent-runtime-something');
  expect(sweepWorkFolders(place)).toBe(2);
  expect([stale, old].filter((path) => existsSync(path))).toEqual([]);
  expect([...kept, others].every((path) => existsSync(path))).toBe(true);
});

test('the folder that scripts work in says whose it is, and goes with its sandbox', async () => {
  const own = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`agent-runtime-sandbox-${process.pid}-`));
  const before = own().length;
  const sandbox = openSandbox({ startChild: nodeChild(), childModule: sandboxChildModule() });
  await sandbox.check('export default async function run() {}');
  expect(own()).toHaveLength(before + 1);
  await sandbox.close();
  expect(own().map((name) => basename(name))).toHaveLength(before);
});
