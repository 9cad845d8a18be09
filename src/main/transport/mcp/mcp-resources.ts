import { RuntimeError } from '../../../shared/errors.ts';
import type { ProcessView, RunBrief } from '../../../shared/views/views.ts';
import type { CallOperation } from './mcp-tools.ts';

const scheme = 'agent-runtime://';
const json = 'application/json';
const newestEntries = 200;
const newestRuns = 50;

export const resourceTemplates = [
  {
    uriTemplate: `${scheme}processes/{name}`,
    name: 'process',
    description: 'One process, with its manifest.',
    mimeType: json,
  },
  {
    uriTemplate: `${scheme}processes/{name}/journal`,
    name: 'journal',
    description: `The newest ${newestEntries} entries of a journal, newest first.`,
    mimeType: json,
  },
  { uriTemplate: `${scheme}runs/{id}`, name: 'run', description: 'One run, with its steps.', mimeType: json },
];

/** Every process and its journal, and the newest runs. */
export async function listResources(call: CallOperation) {
  const { items: processes } = (await call('listProcesses', {})) as { items: ProcessView[] };
  const { items: runs } = (await call('listRuns', { limit: newestRuns })) as { items: RunBrief[] };
  return [
    ...processes.flatMap(({ name, description, state }) => [
      { uri: `${scheme}processes/${name}`, name, description: description ?? `A process, ${state}.`, mimeType: json },
      {
        uri: `${scheme}processes/${name}/journal`,
        name: `${name}: journal`,
        description: `What happened in ${name}.`,
        mimeType: json,
      },
    ]),
    ...runs.map(({ id, process, state, startedAt }) => ({
      uri: `${scheme}runs/${id}`,
      name: `${process}: run`,
      description: `${state}, begun at ${new Date(startedAt).toISOString()}`,
      mimeType: json,
    })),
  ];
}

/** @throws RuntimeError `ROUTE_NOT_FOUND`, or what the operation throws. */
export async function readResource(call: CallOperation, uri: string) {
  const [kind, name = '', part, ...rest] = uri.startsWith(scheme)
    ? uri.slice(scheme.length).split('/').map(decodeURIComponent)
    : [];
  const isKnown =
    name !== '' &&
    rest.length === 0 &&
    ((kind === 'processes' && (part === undefined || part === 'journal')) || (kind === 'runs' && part === undefined));
  if (!isKnown)
    throw new RuntimeError(
      'ROUTE_NOT_FOUND',
      `There is no resource ${uri.slice(0, 200)}; list the resources to see which there are.`,
    );
  const asked =
    kind === 'runs'
      ? call('getRun', { id: name })
      : part === 'journal'
        ? call('readJournal', { name, order: 'desc', limit: newestEntries })
        : call('getProcess', { name });
  return { contents: [{ uri, mimeType: json, text: JSON.stringify(await asked) }] };
}
