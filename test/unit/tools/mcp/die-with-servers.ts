// A node that starts a stubborn server and is killed, or exits, without any farewell.
import { McpPool } from '../../../../src/main/agent/tools/mcp/mcp-pool.ts';
import { mcpSources } from '../../../../src/main/agent/tools/mcp/mcp-source.ts';
import { systemClock } from '../../../../src/main/lib/clock.ts';
import { ServerConfig } from '../../../../src/shared/config/server-config.ts';

const [owner = '', server = '', ledger = '', ending = 'killed'] = process.argv.slice(2);
const pool = new McpPool({ clock: systemClock, env: process.env, owner });
const config = ServerConfig.parse({ command: process.execPath, args: [server, 'ignore-signals', '--ledger', ledger] });
for (const source of mcpSources({ stubborn: config }, 'watcher', { pool }))
  await source.refresh(new AbortController().signal);
if (ending === 'exit') process.exit(0);
process.kill(process.pid, 'SIGKILL');
