import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { RuntimeClient } from '../../../shared/api.ts';
import { toWire } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import { type KnownValue, Redactor } from '../../lib/redaction.ts';
import { secretsIn, withoutTelling } from '../../lib/telling-forms.ts';
import { type ZipEntry, zipFile } from './zip-file.ts';

export interface DiagnosticsSources {
  dataDir: string;
  /** Left out where no node answers. */
  runtime?: Pick<RuntimeClient, 'node' | 'doctor' | 'listProcesses'>;
  /** Of the parts of the program, by name. */
  versions: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Epoch ms. */
  now: number;
}

/** Of each log file, the end. */
const maxLogBytes = 2 * 1024 * 1024;
const maxFiles = 2_000;

const about = `What is in here, for whoever looks into a problem of Agent Runtime:

about.json      versions and the computer
node.json       what the node says of itself
doctor.json     what it finds when it looks itself over
processes.json  names and states of the processes, not what they are or did
settings.json   settings of the desktop app
files.json      names and sizes of the files in the data folder, crash reports among them
logs/           the ends of the logs

Not in here: tokens, keys, secrets, the journal, manifests, memory dumps. Values of secrets that were known are replaced by
[secret:…], what looks like one by [removed]. Look through it all the same before you hand it on.
`;

/**
 * One zip file that tells how a node fares, for a bug report. Works without a node as well.
 * @returns the names of what is in it.
 */
export async function writeDiagnostics(path: string, sources: DiagnosticsSources): Promise<string[]> {
  const { dataDir } = sources;
  const clean = cleaner(sources);
  const json = (value: unknown) => clean(JSON.stringify(value, null, 2));
  const texts: Record<string, string> = {
    'README.txt': about,
    'about.json': json(computer(sources)),
    'node.json': json(await asked(sources, (runtime) => runtime.node({}))),
    'doctor.json': json(await asked(sources, (runtime) => runtime.doctor({}))),
    'processes.json': json(await asked(sources, statesOf)),
    'settings.json': clean(readIfThere(join(dataDir, 'desktop', 'desktop.json')) || '{}'),
    'files.json': json(filesIn(dataDir)),
  };
  for (const name of existsSync(join(dataDir, 'logs')) ? readdirSync(join(dataDir, 'logs')) : [])
    texts[`logs/${name}`] = clean(endOf(join(dataDir, 'logs', name)));
  const entries: ZipEntry[] = Object.entries(texts).map(([name, text]) => ({ name, content: Buffer.from(text) }));
  writeFileSync(path, zipFile(entries), { mode: 0o600 });
  return entries.map(({ name }) => name);
}

async function asked(
  { runtime }: DiagnosticsSources,
  ask: (runtime: NonNullable<DiagnosticsSources['runtime']>) => Promise<unknown>,
): Promise<unknown> {
  if (!runtime) return { unknown: 'no node answered' };
  try {
    return await ask(runtime);
  } catch (thrown) {
    return { unknown: toWire(thrown) };
  }
}

async function statesOf(runtime: NonNullable<DiagnosticsSources['runtime']>): Promise<Json> {
  const { items } = await runtime.listProcesses({ limit: 1_000 });
  return items.map(({ name, state, model, version, waiting, triggers }) => ({
    name,
    state,
    model,
    version,
    waiting,
    triggers: triggers.map(({ type, enabled }) => ({ type, enabled })),
  }));
}

function computer({ versions, now }: DiagnosticsSources): Json {
  return {
    writtenAt: new Date(now).toISOString(),
    versions: { ...versions },
    system: {
      platform: process.platform,
      arch: arch(),
      release: release(),
      cpus: cpus().length,
      memoryBytes: totalmem(),
    },
  };
}

function filesIn(dataDir: string): Json {
  if (!existsSync(dataDir)) return [];
  const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).sort().slice(0, maxFiles);
  return names.flatMap((name) => {
    const found = statSync(join(dataDir, name), { throwIfNoEntry: false });
    // What a person put into the folders of agents is named by them.
    return found?.isFile() && !/^files[\\/]/.test(name) ? [{ name, bytes: found.size, changedAt: found.mtimeMs }] : [];
  });
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function endOf(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const content = Buffer.alloc(Math.min(size, maxLogBytes));
    readSync(fd, content, 0, content.length, size - content.length);
    const text = content.toString('utf8');
    // A line that was cut could hold a part of something that is not known by that part.
    return size > maxLogBytes ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(fd);
  }
}

/** Takes out what is known to be secret, then what looks like it, then who the person is on this computer. */
function cleaner({ dataDir, env, home }: DiagnosticsSources): (text: string) => string {
  const known: KnownValue[] = [];
  for (const name of ['token', 'secret.key']) {
    const value = readIfThere(join(dataDir, name)).trim();
    if (value) known.push({ name, value });
  }
  known.push(...secretsIn(env));
  const redactor = new Redactor(known);
  return (text) => {
    const clean = withoutTelling(redactor.text(text));
    return home.length > 1 ? clean.replaceAll(home, '~').replaceAll(JSON.stringify(home).slice(1, -1), '~') : clean;
  };
}
