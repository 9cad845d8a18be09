import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { home } from '../../world/home.ts';

const root = join(import.meta.dirname, '../../..');

function run(program: string, args: string[], cwd: string): string {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  expect({ args, status, said: status === 0 ? '' : stdout + stderr }).toEqual({ args, status: 0, said: '' });
  return stdout;
}

/** A project of somebody else with the packed package in it, as `npm install` would leave it. */
function ownProject(): string {
  const project = home();
  const modules = join(project, 'node_modules');
  mkdirSync(modules);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const [packed] = JSON.parse(
    run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', project], root),
  ) as {
    filename: string;
  }[];
  run('tar', ['-xzf', packed?.filename ?? '', '-C', project], project);
  cpSync(join(project, 'package'), join(modules, 'agent-runtime'), { recursive: true });
  // What the package depends on lies beside it; what only builds and tests it is not there.
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const beside = [...Object.keys(dependencies), '@types/node', 'undici-types', ...dependenciesOfNatives()];
  for (const name of new Set(beside)) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(project, 'package.json'), '{ "name": "mine", "private": true, "type": "module" }');
  return project;
}

function dependenciesOfNatives(): string[] {
  return readdirSync(join(root, 'node_modules')).filter((name) => /^(sqlite-vec-|playwright-core$)/.test(name));
}

test('a program in a folder of its own imports the packed package, with its types', { timeout: 300_000 }, () => {
  run(process.execPath, [join(root, 'scripts/library.mjs')], root);
  const project = ownProject();
  for (const name of ['data-watcher', 'three-agents', 'ask-an-agent', 'survive-a-crash'])
    cpSync(join(root, 'examples', `${name}.ts`), join(project, `${name}.ts`));
  cpSync(join(root, 'examples/agents'), join(project, 'agents'), { recursive: true });
  // What the guide shows is checked with the same types.
  for (const page of ['README.md', 'docs/guide/typescript.md']) {
    const text = readFileSync(join(root, page), 'utf8');
    [...text.matchAll(/^```ts\n(.*?)^```/gms)].forEach(([, code = ''], index) => {
      writeFileSync(join(project, `${page.replace(/\W/g, '-')}-${index}.ts`), code);
    });
  }
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'] },
      include: ['*.ts'],
    }),
  );
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], project);
  expect(run(process.execPath, ['data-watcher.ts'], project)).toContain('data-watcher is running');
  expect(run(process.execPath, ['three-agents.ts'], project)).toContain('responder: {"metric":"disk"');
  expect(run(process.execPath, ['survive-a-crash.ts'], project)).toContain('entries give the same: 41');

  // The types say something: what is no setting is refused before it runs.
  writeFileSync(
    join(project, 'wrong.ts'),
    `import { AgentProcess } from 'agent-runtime';\nnew AgentProcess({ name: 'x', config: { modle: 'script' } });\n`,
  );
  const checked = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(checked.stdout).toContain("'modle' does not exist");
});
