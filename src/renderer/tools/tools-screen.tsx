import { Plug } from 'lucide-react';
import { useState } from 'react';
import type { ToolServerView } from '../../shared/catalogue-views.ts';
import { useRead } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { ImportServers } from './import-servers.tsx';
import { ToolServer } from './tool-server.tsx';

/** MCP servers that agents use: how they fare, what they offer, and what waits for approval. */
export function ToolsScreen() {
  const read = useRead('tool-servers', ['processes', 'runs'], (client) => client.listToolServers({}));
  const [importing, setImporting] = useState(false);
  const servers = read.value?.items ?? [];
  return (
    <Screen
      title="Tools"
      subtitle="Servers that give agents more tools. Built-in tools are set in the drawing of each agent."
      actions={
        <Button size="md" icon={Plug} onClick={() => setImporting(true)}>
          Read another client's servers
        </Button>
      }
    >
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value && servers.length === 0 && (
        <Empty icon={Plug} title="No agent uses a server yet">
          Add one under “Tools” in the drawing of an agent, or read what another client has.
        </Empty>
      )}
      <ul className="flex max-w-4xl flex-col gap-3">
        {servers.map((server: ToolServerView) => (
          <ToolServer key={server.key} server={server} onChange={read.reload} />
        ))}
      </ul>
      {importing && <ImportServers onClose={() => setImporting(false)} />}
    </Screen>
  );
}
