import type { Output } from '../../../shared/api.ts';
import { type Command, operationCommand } from '../command.ts';
import { cut, oneLine, orDash, printable, relative, table, valueText } from '../text.ts';

const signs = { added: '+', removed: '-', changed: '~' } as const;

/** What processes were before they became what they are. */
export const versionCommands: Command[] = [
  operationCommand<'listVersions', Output<'listVersions'>>({
    name: 'versions',
    summary: 'Lists the versions of a process, newest first: who changed what, and why.',
    args: ['name'],
    operation: 'listVersions',
    text: ({ items }, { terminal }) => {
      const rows = table(
        items,
        [
          {
            title: 'VERSION',
            value: ({ id, present, written }) => `${id}${present ? ' *' : ''}${written ? ' w' : ''}`,
          },
          { title: 'AT', value: ({ at }) => relative(at, terminal.now()) },
          { title: 'BY', value: ({ author, by, run }) => (author === 'agent' ? `agent, ${run}` : by) },
          { title: 'REASON', value: ({ reason }) => orDash(reason) },
          {
            title: 'CHANGES',
            value: ({ changes }) => orDash(changes?.map(({ kind, path }) => `${signs[kind]}${path}`).join(' ')),
          },
        ],
        terminal.columns,
      );
      return `${rows}\n* in force, w what its user wrote last`;
    },
  }),
  operationCommand<'getVersion', Output<'getVersion'>>({
    name: 'versions show',
    summary: 'Prints the manifest of one version: its number, "present" or "written".',
    args: ['name', 'id'],
    operation: 'getVersion',
    text: ({ manifest }) => printable(manifest.trimEnd()),
  }),
  operationCommand<'compareVersions', Output<'compareVersions'>>({
    name: 'versions diff',
    summary: 'Shows where a version differs from another, or from the one in force.',
    args: ['name', 'id', 'other?'],
    operation: 'compareVersions',
    text: ({ changes }, { terminal }) =>
      changes.length === 0
        ? 'They mean the same.'
        : changes
            .flatMap(({ kind, path, before, after }) => [
              printable(`${signs[kind]} ${path}`),
              ...(before === null ? [] : [`    was ${cut(oneLine(valueText(before)), terminal.columns - 8)}`]),
              ...(after === null ? [] : [`    is  ${cut(oneLine(valueText(after)), terminal.columns - 8)}`]),
            ])
            .join('\n'),
  }),
  operationCommand<'restoreVersion', Output<'restoreVersion'>>({
    name: 'versions restore',
    summary: 'Puts a version in force again; "written" is what you wrote last, before the agent changed itself.',
    args: ['name', 'id'],
    operation: 'restoreVersion',
    text: ({ name, version }) => printable(`${name} has version ${version} now`),
  }),
];
