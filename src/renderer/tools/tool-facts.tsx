import type { ReactNode } from 'react';
import { hrefOf, hrefs } from '../frame/route.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Warning } from '../ui/notes.tsx';
import type { AgentSettings, ServerGroup, ServerTool } from './known-tools.ts';
import { permissionLooks } from './permission-looks.ts';
import { callWords, settingsOf, toolPermission } from './server-permissions.ts';

const unsaid = { readOnly: null, idempotent: null, destructive: null };

/** What the server says of a tool, in a few words; empty: nothing. */
export function hintWords({ listed }: ServerTool): string[] {
  const { readOnly, idempotent, destructive } = listed?.hints ?? unsaid;
  return [
    ...(readOnly === true ? ['only reads'] : []),
    ...(readOnly === false && destructive !== true ? ['changes things'] : []),
    ...(destructive === true && readOnly !== true ? ['may destroy'] : []),
    ...(idempotent === true && readOnly !== true ? ['may be repeated'] : []),
  ];
}

interface ToolFactsProps {
  tool: ServerTool;
  server: ServerGroup;
  agents: readonly AgentSettings[];
  onClose: () => void;
}

/** All that is known of one tool of a server, and how each of its agents is held to it. */
export function ToolFacts({ tool, server, agents, onClose }: ToolFactsProps) {
  const { listed, name, short } = tool;
  const hints = hintWords(tool);
  const users = agents.filter((agent) => server.agents.includes(agent.name));
  return (
    <Dialog title={name} description={listed?.description} onClose={onClose}>
      <div className="flex flex-col gap-4">
        {!listed && <Warning>A manifest speaks of it, and no server that was asked for its tools has it.</Warning>}
        {listed && listed.flags.length > 0 && <Warning>Odd about it: {listed.flags.join(', ')}.</Warning>}
        {listed && (
          <DetailList
            rows={[
              ['Its server says', hints.join(', ') || 'nothing of what its calls do'],
              [
                'Long calls',
                listed.taskResumable && 'are tasks of the server: after a crash it is asked what came of them',
              ],
            ]}
          />
        )}
        <ul className="flex flex-col gap-3">
          {users.map((agent) => (
            <li key={agent.name} className="rounded-lg border px-3 py-2.5">
              <p className="mb-1.5 flex flex-wrap justify-between gap-x-4 text-sm">
                <a className="font-medium hover:link" href={hrefs.agent(agent.name)}>
                  {agent.name}
                </a>
                {listed && (
                  <a className="link text-xs" href={hrefOf(['tools', 'try'], { process: agent.name, tool: name })}>
                    Try it<span className="sr-only"> as {agent.name}</span>
                  </a>
                )}
              </p>
              <DetailList rows={heldRows(agent, tool, server, short)} />
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function heldRows({ name, manifest }: AgentSettings, tool: ServerTool, server: ServerGroup, short: string) {
  const words = callWords(manifest, tool.name, tool.listed?.hints ?? unsaid);
  const { trust, tool_hashes: hashes } = settingsOf(manifest, server.name);
  const isHinted = hintWords(tool).length > 0 && trust !== true;
  const pin = tool.waitsFor.includes(name)
    ? 'changed or new since it was approved: it cannot be used until you approve it'
    : hashes !== undefined
      ? `by the manifest${Object.hasOwn(Object(hashes), short) ? '' : ', which leaves this one out: it cannot be used'}`
      : tool.listed
        ? 'as it was approved; if it changes, it waits for you'
        : 'as it will be when it is first seen';
  const rows: [string, ReactNode][] = [
    ['May use it', permissionLooks[toolPermission(manifest, tool.name)].text],
    ['A call', `${words.class}${isHinted ? ' (what the server says does not count: it is not trusted)' : ''}`],
    ['If its answer is lost', words.inDoubt],
    ['Pinned', pin],
  ];
  return rows;
}
