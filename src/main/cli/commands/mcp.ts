import type { Command } from '../command.ts';

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'Serves the node to an MCP client over standard input and output.',
  args: [],
  flags: {},
  async run(call) {
    const node = call.node();
    const { version } = await node.node({});
    const { serveMcpOverStdio } = await import('../../transport/mcp/mcp-server.ts');
    // What the token may not do is listed all the same, and refused by the node.
    const ask = (name: string, input: unknown) => (node[name as 'node'] as (input: unknown) => Promise<unknown>)(input);
    const { interrupted: signal } = call.terminal;
    await serveMcpOverStdio(
      { call: ask, scope: 'admin', version },
      { input: process.stdin, output: process.stdout, signal },
    );
    return undefined;
  },
};
