import { parseArgs } from 'node:util';
import { asError, RuntimeError, toWire } from '../../shared/errors.ts';
import { sourcePlaces } from '../lib/source-places.ts';
import { tidyWhenIdle } from './idle-memory.ts';
import type { NodeOptions } from './node-options.ts';
import { openNode } from './open-node.ts';

const usage = `A node of Agent Runtime without a window. It prints one line of JSON when it is ready, and ends in order on SIGTERM.

  --data-dir <folder>      where it keeps everything (else AGENT_RUNTIME_HOME, else the usual place of this system)
  --port <number>          where it listens on this computer; 0 takes a free one (else 7420, else a free one)
  --host <name>            a further name it may be called by over HTTP; may be given several times
  --journal sqlite|jsonl   what the journal is kept in
  --label <word>           what agents may ask of a node, such as gpu (placement.labels); may be given several times
  --log-level debug|info|warn|error
  --safe-mode on|off       on: nothing runs until a person says so
  --folder-is copy|moved   what a data folder is that stands twice`;

/** A node without a window of its own: prints one line of JSON when it is ready, ends in order on SIGTERM. */
export async function serve(): Promise<void> {
  try {
    await open();
  } catch (thrown) {
    const { code, message } = toWire(thrown);
    console.error(code === 'INTERNAL' ? sourcePlaces(asError(thrown).stack ?? message) : `${code}: ${message}`);
    process.exit(exitCode(thrown));
  }
}

async function open(): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    return;
  }
  const node = await openNode(optionsFrom(process.argv.slice(2)));
  let isClosing = false;
  const end = (signal: string) => {
    if (isClosing) return;
    isClosing = true;
    node.close().then(
      () => process.exit(0),
      (thrown: unknown) => {
        console.error(`could not close in order after ${signal}: ${asError(thrown).message}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  tidyWhenIdle();
  const { url, tokenFile, version } = node;
  console.log(JSON.stringify({ ready: true, url, tokenFile, node: node.runtime.nodeId, version }));
  if (process.env['AGENT_RUNTIME_PRINT_LOGIN']) console.log(`Open ${node.loginUrl()}`);
}

function read(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        'data-dir': { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string', multiple: true },
        label: { type: 'string', multiple: true },
        journal: { type: 'string' },
        'log-level': { type: 'string' },
        'safe-mode': { type: 'string' },
        'folder-is': { type: 'string' },
      },
    });
  } catch (thrown) {
    throw new RuntimeError('REQUEST_INVALID', `${asError(thrown).message.split('. ')[0]}.\n\n${usage}`);
  }
}

function optionsFrom(argv: string[]): NodeOptions {
  const { values } = read(argv);
  const options: NodeOptions = {};
  if (values['data-dir'] !== undefined) options.dataDir = values['data-dir'];
  if (values.host) options.hosts = values.host;
  if (values.label) options.labels = values.label;
  if (values.port !== undefined) {
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new RuntimeError('REQUEST_INVALID', `--port must be from 0 to 65535, not ${values.port}.`);
    options.port = port;
  }
  const { journal } = values;
  if (journal === 'sqlite' || journal === 'jsonl') options.journal = journal;
  else if (journal !== undefined)
    throw new RuntimeError('REQUEST_INVALID', `--journal must be sqlite or jsonl, not ${journal}.`);
  const safeMode = values['safe-mode'];
  if (safeMode === 'on' || safeMode === 'off') options.safeMode = safeMode;
  else if (safeMode !== undefined)
    throw new RuntimeError('REQUEST_INVALID', `--safe-mode must be on or off, not ${safeMode}.`);
  const folderIs = values['folder-is'];
  if (folderIs === 'moved' || folderIs === 'copy') options.folderIs = folderIs;
  else if (folderIs !== undefined)
    throw new RuntimeError('REQUEST_INVALID', `--folder-is must be moved or copy, not ${folderIs}.`);
  const level = values['log-level'];
  if (level === 'debug' || level === 'info' || level === 'warn' || level === 'error') options.logLevel = level;
  return options;
}

/** What a start may end with: 3 tells that another node has the data folder. */
function exitCode(thrown: unknown): number {
  return toWire(thrown).code === 'HOST_ALREADY_RUNNING' ? 3 : 1;
}
