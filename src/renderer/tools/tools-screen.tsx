import { Plug } from 'lucide-react';
import { useState } from 'react';
import { installPlace } from '../../shared/install-link.ts';
import type { ToolServerView } from '../../shared/views/catalogue-views.ts';
import { useRead } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Empty, ErrorNote, Loading } from '../ui/notes.tsx';
import { Screen } from '../ui/screen.tsx';
import { TabLinks } from '../ui/tab-links.tsx';
import { ImportServers } from './import-servers.tsx';
import { InstallServer } from './install-server.tsx';
import { PermissionGrid } from './permission-grid.tsx';
import { SecretsOverview } from './secrets-overview.tsx';
import { serversOf } from './server-permissions.ts';
import { ToolServer } from './tool-server.tsx';
import { TryTool } from './try-tool.tsx';
import { useManifests } from './use-manifests.ts';

/** MCP servers and how they fare, who may use which tool, and the names of secrets. */
export function ToolsScreen({ tab, query }: { tab: string; query: Record<string, string> }) {
  const [importing, setImporting] = useState(false);
  return (
    <Screen
      title="Tools"
      fixed={tab === 'permissions'}
      subtitle="What agents can do, and what they may"
      actions={
        <Button size="md" icon={Plug} onClick={() => setImporting(true)}>
          Read another client's servers
        </Button>
      }
      bar={
        <TabLinks
          label="Parts of Tools"
          current={tab}
          tabs={[
            { id: 'servers', text: 'Servers', href: '#/tools' },
            { id: 'permissions', text: 'Permissions', href: '#/tools/permissions' },
            { id: 'secrets', text: 'Secrets', href: '#/tools/secrets' },
            { id: 'try', text: 'Try a tool', href: '#/tools/try' },
            { id: 'install', text: 'Add by link', href: '#/tools/install' },
          ]}
        />
      }
    >
      {tab === 'permissions' && <PermissionGrid />}
      {tab === 'secrets' && <SecretsOverview />}
      {tab === 'try' && <TryTool process={query['process'] ?? ''} tool={query['tool'] ?? ''} />}
      {tab === 'install' && <InstallServer key={linkIn(query)} given={linkIn(query)} />}
      {tab === 'servers' && <Servers />}
      {importing && <ImportServers onClose={() => setImporting(false)} />}
    </Screen>
  );
}

/** The link that an address of this screen carries, whole or in its parts; empty: none. */
function linkIn({ link, ...parts }: Record<string, string>): string {
  if (link) return link;
  return Object.keys(parts).length === 0 ? '' : `agentruntime://${installPlace}?${new URLSearchParams(parts)}`;
}

/** Nothing runs: because no agent has a server, or because none of them was needed yet. */
function NoServer() {
  const { value: agents } = useManifests();
  if (!agents) return <Loading />;
  const names = [...new Set(agents.flatMap(({ manifest }) => serversOf(manifest)))].sort();
  return names.length === 0 ? (
    <Empty icon={Plug} title="No agent uses a server yet">
      Add one under “Tools” in the drawing of an agent, or read what another client has.
    </Empty>
  ) : (
    <Empty icon={Plug} title="No server runs yet">
      <p>Agents are set to use {names.join(', ')}. Each is started when a run needs it.</p>
      <LinkButton href="#/tools/permissions">Who may use them</LinkButton>
    </Empty>
  );
}

function Servers() {
  const read = useRead('tool-servers', ['processes', 'runs'], (client) => client.listToolServers({}));
  const servers = read.value?.items ?? [];
  return (
    <>
      {read.error && <ErrorNote error={read.error} retry={read.reload} />}
      {!read.value && !read.error && <Loading />}
      {read.value && servers.length === 0 && <NoServer />}
      <ul className="flex max-w-4xl flex-col gap-3">
        {servers.map((server: ToolServerView) => (
          <ToolServer key={server.key} server={server} onChange={read.reload} />
        ))}
      </ul>
    </>
  );
}
