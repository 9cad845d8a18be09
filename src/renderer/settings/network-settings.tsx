import { type NetworkChanges, type NetworkView, usualPort } from '../../shared/operations/network-operations.ts';
import { useClient, useRead } from '../stores/use-runtime.ts';
import { DetailList } from '../ui/detail-list.tsx';
import { ErrorNote, Loading, Warning } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';
import { useAction } from '../ui/use-action.ts';
import { DevicesPanel } from './devices-panel.tsx';
import { EditedSetting } from './edited-setting.tsx';

/** Where the node listens: what is in force, and what is kept for its next start. */
export function NetworkSettings() {
  const read = useRead('network', [], (client) => client.getNetwork({}));
  if (read.error) return <ErrorNote error={read.error} retry={read.reload} />;
  if (!read.value) return <Loading />;
  return <Known view={read.value} onChange={read.reload} />;
}

function Known({ view, onChange }: { view: NetworkView; onChange: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const { address, port, savedPort, givenPort, savedHosts, givenHosts, hosts, tokenFile, restartNeeded } = view;
  const change = async (changes: NetworkChanges) => {
    const done = await act(() => client.setNetwork(changes), { done: 'Kept. It holds from the next start on.' });
    onChange();
    return done;
  };
  return (
    <div className="flex flex-col gap-(--gap)">
      <DevicesPanel />
      {restartNeeded && <Warning>What is kept holds once this node has been started again.</Warning>}
      <Panel title="Network">
        <EditedSetting
          title="Port"
          text={
            givenPort === null
              ? 'Of the API and of this window in a browser. If another program has it, a free one is taken.'
              : `Its start was given ${givenPort === 0 ? 'any free port' : givenPort}, which goes before what is kept here.`
          }
          byDefault={`${usualPort}, else a free one`}
          label="Port"
          kept={savedPort === null ? '' : String(savedPort)}
          placeholder={String(usualPort)}
          numeric
          busy={busy}
          onKeep={(text) => change({ port: text === '' ? null : Number(text) })}
        />
        <EditedSetting
          title="Further names"
          text="Names that it answers to besides this computer, such as that of a tunnel; one after the other, with commas. Any other is refused, so that no page of the web can call it by a name of its own."
          byDefault="none"
          label="Further names"
          kept={savedHosts.join(', ')}
          placeholder="agents.example.org"
          busy={busy}
          onKeep={(text) =>
            change({
              hosts: text
                .split(',')
                .map((name) => name.trim().toLowerCase())
                .filter(Boolean),
            })
          }
        />
      </Panel>
      <Panel title="In force">
        <DetailList
          rows={[
            ['Listens on', `${address}${port === null ? '' : `, port ${port}`}: this computer alone`],
            ['Answers to', ['this computer', ...hosts].join(', ')],
            ...(givenHosts.length > 0 ? [['Names given at its start', givenHosts.join(', ')] as [string, string]] : []),
            [
              'Token',
              <code key="token" className="break-all text-xs">
                {tokenFile}
              </code>,
            ],
          ]}
        />
        <p className="mt-3 text-[0.8125rem] text-dim">
          This door is for programs of this computer, and cannot be made to listen on the network: phones and other
          computers have one of their own, above, and what comes from outside comes through a tunnel that ends here.
          Nodes speak to each other over TLS with keys of their own, set under{' '}
          <a className="link" href="#/cluster">
            Cluster
          </a>
          . Every request needs the token, or one of those that <code className="text-xs">agent-runtime token</code>{' '}
          makes; <code className="text-xs">token rotate</code> makes the first one anew.
        </p>
      </Panel>
    </div>
  );
}
