import { RuntimeError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { checkLaunch } from '../tools/mcp/server-spec.ts';
import { objectOf } from '../tools/parameters.ts';
import { selfChanging } from './self-changing.ts';

/** `connect_mcp_server`: the agent asks for the tools of a server. One that is not on the list needs a person's word. */
export const connectMcpServer = selfChanging({
  name: 'connect_mcp_server',
  description:
    'Connects an MCP server, whose tools you then have as server_name.tool. Give an address, or a program with its arguments. A person has to approve it unless the address is on your list.',
  parameters: objectOf(
    {
      server_name: { type: 'string' },
      url: { type: 'string', description: 'Of a server that speaks Streamable HTTP.' },
      transport: { type: 'string', enum: ['streamable-http', 'stdio'], default: 'streamable-http' },
      command: { type: 'string', description: 'A program; npx and uvx need an exact version of the package.' },
      args: { type: 'array', items: { type: 'string' } },
    },
    ['server_name'],
  ),
  isPermitted: ({ config }) => config.openMode.allowMcpConnect,
  changeOf(args) {
    const { server_name: name, url, command, args: words = [] } = args;
    if ((url === undefined) === (command === undefined))
      throw new RuntimeError('TOOL_ARGS_INVALID', 'Give either the url of a server, or the command that starts one.');
    const server: JsonObject = url === undefined ? { command: command ?? '', args: words } : { url: addressOf(url) };
    if (url === undefined)
      checkLaunch(String(name), { command: String(command), args: (words as string[]).map(String) });
    return { do: 'put_server', name: String(name), server };
  },
});

function addressOf(given: unknown): string {
  const url = URL.parse(String(given));
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return String(given);
  throw new RuntimeError(
    'TOOL_ARGS_INVALID',
    `${JSON.stringify(given).slice(0, 200)} is not the address of a server; use http or https, without a user in it.`,
  );
}
