import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BackgroundNode, backgroundPlan } from '../../../src/main/cli/background-plan.ts';
import { caught } from '../../world/caught.ts';
import { cli } from '../../world/cli.ts';
import { home } from '../../world/home.ts';

const plain: BackgroundNode = {
  node: '/opt/node/bin/node',
  program: '/opt/agent runtime/headless.js',
  dataDir: '/home/ada/100% "mine" & $HOME',
  port: 7500,
  home: '/home/ada',
  uid: 1000,
};

describe('systemd', () => {
  const plan = backgroundPlan('linux', plain);

  test('gets a user unit that starts again after a crash, and lets a node end in order', () => {
    expect(plan.path).toBe('/home/ada/.config/systemd/user/agent-runtime.service');
    const restartAndStop = ['Restart=on-failure', 'TimeoutStopSec=30', 'WantedBy=default.target', 'UMask=0077'];
    expect(plan.text.split('\n')).toEqual(expect.arrayContaining(restartAndStop));
    expect(plan.install).toEqual([
      ['systemctl', '--user', 'daemon-reload'],
      ['systemctl', '--user', 'enable', '--now', 'agent-runtime.service'],
    ]);
  });

  test('is given each word whole, whatever stands in it', () => {
    expect(plan.text).toContain(
      'ExecStart="/opt/node/bin/node" "--env-file-if-exists=/home/ada/100%% \\"mine\\" & $$HOME/environment" ' +
        '"/opt/agent runtime/headless.js" "--data-dir" "/home/ada/100%% \\"mine\\" & $$HOME" "--port" "7500"\n',
    );
  });

  test.runIf(spawnSync('systemd-analyze', ['--version']).status === 0)('finds nothing wrong with it', () => {
    const folder = home();
    const path = join(folder, 'agent-runtime.service');
    // A program that is there, as systemd looks for it.
    writeFileSync(path, backgroundPlan('linux', { ...plain, node: process.execPath }).text);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--user', '--man=no', path], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
    });
    const said = stderr.split('\n').filter((line) => line.includes('agent-runtime.service'));
    expect({ status, said }).toEqual({ status: 0, said: [] });
  });
});

test('launchd gets an agent of the person, with its words escaped', () => {
  const plan = backgroundPlan('darwin', plain);
  expect(plan.path).toBe('/home/ada/Library/LaunchAgents/dev.agentruntime.node.plist');
  const words = [...plan.text.matchAll(/^ {4}<string>(.*)<\/string>$/gm)].map(([, word]) => word);
  expect(words).toEqual([
    '/opt/node/bin/node',
    '--env-file-if-exists=/home/ada/100% &quot;mine&quot; &amp; $HOME/environment',
    '/opt/agent runtime/headless.js',
    '--data-dir',
    '/home/ada/100% &quot;mine&quot; &amp; $HOME',
    '--port',
    '7500',
  ]);
  expect(plan.install).toEqual([['launchctl', 'bootstrap', 'gui/1000', plan.path]]);
  expect(plan.uninstall).toEqual([['launchctl', 'bootout', 'gui/1000/dev.agentruntime.node']]);
});

test('the Windows task starts at login, without an end and without a window', () => {
  const plan = backgroundPlan('win32', { ...plain, node: 'C:\\Program Files\\node.exe', dataDir: 'C:\\Ada\\' });
  expect(plan.encoding).toBe('utf16le');
  expect(plan.text.startsWith('\ufeff<?xml version="1.0" encoding="UTF-16"?>')).toBe(true);
  expect(plan.text).toContain('<LogonTrigger>');
  expect(plan.text).toContain('<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>');
  expect(plan.text).toContain('<Command>conhost.exe</Command>');
  // The backslash before the closing quote would escape it.
  expect(plan.text).toContain('&quot;C:\\Program Files\\node.exe&quot;');
  expect(plan.text).toContain('&quot;--data-dir&quot; &quot;C:\\Ada\\\\&quot; &quot;--port&quot;');
});

test('a system with none of the three is told so', () => {
  expect(caught(() => backgroundPlan('aix', plain)).code).toBe('NOT_SUPPORTED');
});

describe('service', () => {
  /** A systemctl that notes what it is told, and ends with the code that stands in a file. */
  function systemctl(folder: string) {
    const log = join(folder, 'told');
    mkdirSync(join(folder, 'bin'));
    writeFileSync(
      join(folder, 'bin/systemctl'),
      `#!/bin/sh\necho "$@" >> ${log}\necho no manager >&2\nexit $(cat ${folder}/code)\n`,
    );
    chmodSync(join(folder, 'bin/systemctl'), 0o755);
    writeFileSync(join(folder, 'code'), '0');
    return {
      told: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
      endsWith: (code: number) => writeFileSync(join(folder, 'code'), String(code)),
      env: { PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter) },
    };
  }

  test.skipIf(process.platform === 'win32')('install, status and uninstall write, ask and take away', async () => {
    const folder = home();
    const { told, endsWith, env } = systemctl(folder);
    const options = { home: folder, env, cwd: folder };
    const unit = join(folder, '.config/systemd/user/agent-runtime.service');
    expect((await cli(['service', 'status', '--data-dir', 'data'], options)).code).toBe(1);
    expect(told()).toEqual([]);

    const installed = await cli(['service', 'install', '--data-dir', 'data', '--json'], options);
    expect(JSON.parse(installed.out)).toEqual({ installed: true, mechanism: 'systemd user unit', path: unit });
    const program = /"([^"]*headless\.[jt]s)"/.exec(readFileSync(unit, 'utf8'))?.[1] ?? '';
    expect(existsSync(program)).toBe(true);
    expect(told()).toEqual(['--user daemon-reload', '--user enable --now agent-runtime.service']);

    const running = await cli(['service', 'status', '--data-dir', 'data', '--json'], options);
    expect([running.code, JSON.parse(running.out)]).toMatchObject([0, { installed: true, active: true }]);
    endsWith(3);
    const stopped = await cli(['service', 'status', '--data-dir', 'data', '--json'], options);
    expect([stopped.code, JSON.parse(stopped.out)]).toMatchObject([1, { installed: true, active: false }]);

    expect((await cli(['service', 'uninstall', '--data-dir', 'data'], options)).out).toBe(`removed ${unit}`);
    expect(existsSync(unit)).toBe(false);
    expect(told().at(-1)).toBe('--user disable --now agent-runtime.service');
    expect((await cli(['service', 'uninstall', '--data-dir', 'data'], options)).out).toBe('it was not installed');
  });

  test.skipIf(process.platform === 'win32')('install tells what the system said when it refused', async () => {
    const folder = home();
    const { endsWith, env } = systemctl(folder);
    endsWith(1);
    const refused = await cli(['service', 'install', '--data-dir', 'data'], { home: folder, env, cwd: folder });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('SYSTEM_REFUSED: "systemctl --user daemon-reload" did not work: no manager');
  });

  test('--print writes nothing and tells nobody', async () => {
    const folder = home();
    const { out } = await cli(['service', 'install', '--print', '--data-dir', 'data', '--port', '7500'], {
      home: folder,
      cwd: folder,
    });
    expect(out).toContain('"--port" "7500"');
    expect(out).toContain('$ systemctl --user enable --now agent-runtime.service');
    expect(existsSync(join(folder, '.config'))).toBe(false);
    expect((await cli(['service', 'install', '--print', '--port', '0'], { home: folder })).code).toBe(2);
    expect((await cli(['service', 'install', '--url', 'http://127.0.0.1:1'], { home: folder })).code).toBe(2);
  });
});
