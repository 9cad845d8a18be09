import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { RuntimeError } from '../../../shared/errors.ts';
import { type BackgroundPlan, backgroundPlan } from '../background-plan.ts';
import { type Command, type Invocation, ownFlag } from '../command.ts';
import { headlessProgram } from '../headless-program.ts';
import { exits, type Terminal, UsageError } from '../terminal.ts';
import { facts, printable } from '../text.ts';

const print = ownFlag('print', 'boolean', 'Only show what would be written and told to the system.');

/** A node that runs by itself, by what the system itself has for that. */
export const backgroundCommands: Command[] = [
  {
    name: 'service install',
    summary: 'Has the system run the node from login on: a systemd user unit, a launchd agent or a scheduled task.',
    args: [],
    flags: { port: ownFlag('port', 'number', 'Where it listens (default 7420, or the next free port).'), print },
    run: async (call) => install(call),
  },
  {
    name: 'service uninstall',
    summary: 'Ends that, and leaves the data folder as it is.',
    args: [],
    flags: { print },
    run: async (call) => uninstall(call),
  },
  {
    name: 'service status',
    summary: 'Says whether the system runs the node; exit code 1 where it does not.',
    args: [],
    flags: {},
    run: async (call) => status(call),
  },
];

function install(call: Invocation): undefined {
  const plan = planOf(call);
  if (call.input['print'] === true) return show(call, plan, plan.install, plan.text);
  mkdirSync(dirname(plan.path), { recursive: true });
  mkdirSync(call.place.dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(plan.path, plan.text, plan.encoding);
  for (const command of plan.install) tell(command, call.terminal);
  call.show({ installed: true, mechanism: plan.mechanism, path: plan.path }, () =>
    printable(`${plan.mechanism}: ${plan.path}\n${plan.hint}`),
  );
}

function uninstall(call: Invocation): undefined {
  const plan = planOf(call);
  if (call.input['print'] === true) return show(call, plan, plan.uninstall, '');
  const wasThere = existsSync(plan.path);
  // What does not run cannot be ended, which is no reason to leave the file there.
  if (wasThere) for (const command of plan.uninstall) told(command, call.terminal);
  rmSync(plan.path, { force: true });
  call.show({ installed: false, removed: wasThere ? plan.path : null }, () =>
    wasThere ? printable(`removed ${plan.path}`) : 'it was not installed',
  );
}

function status(call: Invocation): number | undefined {
  const plan = planOf(call);
  const installed = existsSync(plan.path);
  const active = installed && told(plan.status, call.terminal).status === 0;
  call.show({ installed, active, mechanism: plan.mechanism, path: plan.path }, () =>
    facts([
      ['mechanism', plan.mechanism],
      ['installed', installed ? plan.path : 'no'],
      ['active', active ? 'yes' : 'no'],
    ]),
  );
  return active ? undefined : exits.refused;
}

function planOf({ input, place, terminal }: Invocation): BackgroundPlan {
  if (place.url !== undefined) throw new UsageError('A service runs on this computer: use --data-dir, not --url.');
  const { port } = input;
  if (port !== undefined && !(Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536))
    throw new UsageError(`--port takes a number from 1 to 65535, not "${String(port)}".`);
  return backgroundPlan(terminal.platform, {
    node: process.execPath,
    program: headlessProgram(),
    dataDir: place.dataDir,
    port: typeof port === 'number' ? port : undefined,
    home: terminal.home,
    uid: process.getuid?.(),
  });
}

function show(call: Invocation, plan: BackgroundPlan, commands: BackgroundPlan['install'], text: string): undefined {
  const { mechanism, path } = plan;
  const lines = commands.map((command) => command.join(' '));
  call.show({ mechanism, path, text, commands }, () =>
    printable(
      [`# ${path}`, ...(text ? [text.replace('\ufeff', '')] : []), ...lines.map((line) => `$ ${line}`)].join('\n'),
    ),
  );
}

function told([program = '', ...args]: readonly string[], { env }: Terminal) {
  return spawnSync(program, args, { encoding: 'utf8', env: { ...env }, timeout: 30_000 });
}

function tell(command: readonly string[], terminal: Terminal): void {
  const { status: code, stderr, error } = told(command, terminal);
  if (code === 0) return;
  const said = (stderr || error?.message || `it ended with ${code}`).trim();
  throw new RuntimeError('SYSTEM_REFUSED', `"${command.join(' ')}" did not work: ${said}`, {
    command: [...command],
    said,
  });
}
