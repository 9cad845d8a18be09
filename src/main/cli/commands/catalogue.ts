import type { Output } from '../../../shared/api.ts';
import { type Command, operationCommand, ownFlag } from '../command.ts';
import { exits } from '../terminal.ts';
import { printable, relative, table } from '../text.ts';

/** What agents think with, and the servers that give them tools. */
export const catalogueCommands: Command[] = [
  {
    name: 'models',
    summary: 'Lists the models that can be used here, or with --try asks one for a word.',
    args: [],
    flags: {
      try: ownFlag('try', 'text', 'A model, such as openai:gpt-5-mini or ollama:qwen3.'),
      'base-url': ownFlag('baseUrl', 'text', 'With --try: of any OpenAI-compatible server.'),
    },
    async run(call) {
      const { try: id, baseUrl } = call.input;
      if (typeof id === 'string') {
        const trial = await call.node().tryModel({ id, ...(typeof baseUrl === 'string' ? { baseUrl } : {}) });
        const { ok, model, text, ms, error } = trial;
        call.show(trial, () =>
          printable(ok ? `${model} answered in ${ms} ms: ${text}` : `${model}: ${error?.code}: ${error?.message}`),
        );
        return ok ? undefined : exits.refused;
      }
      const models = await call.node().listModels({});
      call.show(models, () => modelsText(models, call.terminal.columns));
      return undefined;
    },
  },
  operationCommand<'listToolServers', Output<'listToolServers'>>({
    name: 'servers list',
    summary: 'Lists the MCP servers that agents use, and how they fare.',
    operation: 'listToolServers',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'NAME', value: ({ names }) => names.join(', ') },
          { title: 'STATE', value: ({ state }) => state },
          { title: 'PID', value: ({ pid }) => String(pid ?? '') },
          {
            title: 'MB',
            value: ({ memoryBytes }) => (memoryBytes === null ? '' : String(Math.round(memoryBytes / 1e6))),
          },
          { title: 'TOOLS', value: ({ tools }) => String(tools.length) },
          {
            title: 'TO APPROVE',
            value: ({ tools }) => String(tools.filter(({ awaitsApprovalOf }) => awaitsApprovalOf.length > 0).length),
          },
          { title: 'USED BY', value: ({ users }) => users.join(', ') },
          {
            title: 'LAST ERROR',
            value: ({ lastError }) =>
              lastError ? `${relative(lastError.at, terminal.now())}: ${lastError.message}` : '',
          },
        ],
        terminal.columns,
      ),
  }),
  operationCommand<'approveTools', Output<'approveTools'>>({
    name: 'servers approve',
    summary: 'Lets a process use the tools of a server as they are now.',
    args: ['name', 'server'],
    operation: 'approveTools',
    text: ({ approved }) => printable(`approved: ${approved.join(', ')}`),
  }),
  operationCommand<'signInToServer', Output<'signInToServer'>>({
    name: 'servers sign-in',
    summary: 'Gives the link by which a person signs in to a server that asks for it.',
    args: ['name', 'server'],
    operation: 'signInToServer',
    text: ({ link }) => printable(link ? `open ${link}` : 'nobody has to sign in'),
  }),
  operationCommand<'readInstallLink', Output<'readInstallLink'>>({
    name: 'servers read-link',
    summary: 'Says what a link to install an MCP server would run. Installs nothing.',
    args: ['link'],
    operation: 'readInstallLink',
    text: ({ name, shown, server, warnings, problem }) =>
      [
        `${name}: ${shown}`,
        ...Object.keys({ ...server.env, ...server.headers }).map((key) => `  needs ${key}`),
        ...warnings.map((warning) => `  ${warning}`),
        ...(problem ? [`  ${problem.message}`] : []),
      ]
        .map(printable)
        .join('\n'),
  }),
  operationCommand<'getInstallLink', Output<'getInstallLink'>>({
    name: 'servers link',
    summary: 'Prints a link that offers a server of a process to others, without values of variables and headers.',
    args: ['name', 'server'],
    operation: 'getInstallLink',
    text: ({ link }) => printable(link),
  }),
  operationCommand<'importServers', Output<'importServers'>>({
    name: 'servers import',
    summary: 'Reads the MCP servers of another client from its config file, as they go into a manifest.',
    args: ['path'],
    operation: 'importServers',
    text: (imported) => printable(JSON.stringify(imported, null, 2)),
  }),
];

function modelsText({ configured, servers, keys }: Output<'listModels'>, columns: number): string {
  const price = (one: { input: number; output: number } | null) => (one ? `${one.input} / ${one.output}` : 'unknown');
  const rows = [
    ...configured.map(({ id, processes, price: asked, problem }) => ({
      id,
      what: `used by ${processes.join(', ')}`,
      price: price(asked),
      problem: problem ?? '',
    })),
    ...servers.flatMap(({ provider, models }) =>
      models.map((name) => ({
        id: `${provider}:${name}`,
        what: 'answers on this computer',
        price: 'free',
        problem: '',
      })),
    ),
    ...keys.map(({ provider, variable }) => ({
      id: `${provider}:…`,
      what: `key in ${variable}`,
      price: '',
      problem: '',
    })),
  ];
  return table(
    rows,
    [
      { title: 'MODEL', value: ({ id }) => id },
      { title: 'WHY', value: ({ what }) => what },
      { title: 'USD/M IN / OUT', value: ({ price: asked }) => asked },
      { title: 'PROBLEM', value: ({ problem }) => problem },
    ],
    columns,
  );
}
