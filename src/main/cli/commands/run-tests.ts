import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Output } from '../../../shared/api.ts';
import { asError, RuntimeError, toWire } from '../../../shared/errors.ts';
import { type ReplayReport, RunRecord } from '../../../shared/run-record.ts';
import { openOfflineReplay } from '../../runtime/keeping/offline-replay.ts';
import { type Command, type Invocation, operationCommand, ownFlag } from '../command.ts';
import { exits } from '../terminal.ts';
import { printable, valueText } from '../text.ts';

const ending = '.run.json';

export const runTestCommands: Command[] = [
  operationCommand<'replayRun', Output<'replayRun'>>({
    name: 'replay',
    summary: 'Makes a run again from what was recorded, without model, tools or network, and compares.',
    args: ['id'],
    operation: 'replayRun',
    text: (report) => printable(reportText(report)),
  }),
  operationCommand<'forkRun', Output<'forkRun'>>({
    name: 'fork',
    summary: 'Starts a new run that goes the way of an ended one up to a step.',
    args: ['id', 'step'],
    operation: 'forkRun',
    text: ({ runId }) => runId,
  }),
  operationCommand<'compareRuns', Output<'compareRuns'>>({
    name: 'compare',
    summary: 'Shows where two runs went different ways.',
    args: ['id', 'other'],
    operation: 'compareRuns',
    text: ({ differsAt, sameOutput, left, right, steps }) => {
      const at = steps.find(({ step }) => step === differsAt);
      const lines = [
        differsAt === null
          ? 'All steps are the same.'
          : `They differ from step ${differsAt} on: ${at?.left?.name ?? '(none)'} / ${at?.right?.name ?? '(none)'}`,
      ];
      lines.push(
        sameOutput ? 'The outputs are the same.' : `outputs: ${valueText(left.output)} / ${valueText(right.output)}`,
      );
      return printable(lines.join('\n'));
    },
  }),
  saveCommand(),
  {
    name: 'test',
    summary:
      'Makes recorded runs again, offline, and says which went another way. Takes files that end in .run.json, or folders of them.',
    args: ['path...'],
    flags: {},
    run: (call) => runTests(call),
  },
];

function saveCommand(): Command {
  const saving = operationCommand<'saveRunAsTest', Output<'saveRunAsTest'>>({
    name: 'save-test',
    summary: 'Saves an ended run as a file that `agent-runtime test` makes again.',
    args: ['id'],
    operation: 'saveRunAsTest',
    text: () => '',
  });
  return {
    ...saving,
    flags: { ...saving.flags, out: ownFlag('out', 'text', 'Folder for the file; left out: here.') },
    async run(call) {
      const { file, record } = await call.node().saveRunAsTest({ id: String(call.input['id']) });
      const path = join(String(call.input['out'] ?? '.'), file);
      writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
      call.show({ path }, () => printable(path));
      return undefined;
    },
  };
}

async function runTests(call: Invocation): Promise<number | undefined> {
  const files = call.words.flatMap(testFiles);
  if (files.length === 0)
    throw new RuntimeError('REQUEST_INVALID', `There is no file that ends in ${ending} in ${call.words.join(', ')}.`);
  const restore = blockNetwork();
  const offline = openOfflineReplay();
  const results: { file: string; ok: boolean; text: string }[] = [];
  try {
    for (const file of files) {
      try {
        const report = await offline.replay(readRecord(file));
        results.push({ file, ok: report.same, text: reportText(report) });
      } catch (thrown) {
        results.push({ file, ok: false, text: toWire(thrown).message });
      }
    }
  } finally {
    restore();
    await offline.close();
  }
  const failed = results.filter(({ ok }) => !ok).length;
  call.show({ tests: results, failed }, () =>
    printable(
      [
        ...results.map(({ file, ok, text }) => `${ok ? 'ok  ' : 'FAIL'} ${file}${ok ? '' : `\n     ${text}`}`),
        `${results.length - failed} of ${results.length} went as recorded.`,
      ].join('\n'),
    ),
  );
  return failed === 0 ? undefined : exits.refused;
}

function testFiles(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new RuntimeError('REQUEST_INVALID', `There is nothing at ${path}.`, { path });
  if (!found.isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(path, name));
}

function readRecord(file: string): RunRecord {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    throw new RuntimeError('REQUEST_INVALID', `It cannot be read: ${asError(thrown).message}`, { file });
  }
  const read = RunRecord.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new RuntimeError('REQUEST_INVALID', `It is no recorded run: ${issue?.path.join('.')}: ${issue?.message}`, {
    file,
  });
}

/** While tests run, no connection leaves this program, whatever an agent or a library tries. */
function blockNetwork(): () => void {
  const { connect } = Socket.prototype;
  Socket.prototype.connect = () => {
    throw new RuntimeError('POLICY_EGRESS_DENIED', 'There is no network while recorded runs are made again.');
  };
  return () => {
    Socket.prototype.connect = connect;
  };
}

function reportText({ same, steps, divergence, recorded, replayed }: ReplayReport): string {
  if (same) return `As recorded: ${steps} steps, ${recorded.outcome}.`;
  const output =
    recorded.hash === replayed.hash
      ? ''
      : ` Recorded: ${recorded.outcome} ${valueText(recorded.output)}; now: ${replayed.outcome} ${valueText(replayed.output)}.`;
  return `${divergence ?? 'It went another way.'}${output}`;
}
