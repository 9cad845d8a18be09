import {
  ChevronRight,
  CircleAlert,
  CirclePlay,
  CircleStop,
  Link,
  LoaderCircle,
  LogIn,
  RotateCw,
  ShieldCheck,
} from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ToolServerView } from '../../shared/views/catalogue-views.ts';
import { hrefOf, hrefs } from '../frame/route.ts';
import { useClient } from '../stores/use-runtime.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { copyText } from '../ui/copy-text.ts';
import { cx } from '../ui/cx.ts';
import { bytes, plural } from '../ui/format.ts';
import { Warning } from '../ui/notes.tsx';
import { StateChip } from '../ui/state-chip.tsx';
import { Ago } from '../ui/time.tsx';
import { act, useAction } from '../ui/use-action.ts';
import { useNow } from '../ui/use-now.ts';

const looks = {
  stopped: { tone: 'idle', icon: CircleStop, text: 'Stopped' },
  starting: { tone: 'busy', icon: LoaderCircle, text: 'Starting', spins: true },
  ready: { tone: 'ok', icon: CirclePlay, text: 'Ready' },
  failed: { tone: 'bad', icon: CircleAlert, text: 'Failed' },
} as const;

/** One server: its state, its users, its tools, its last words. */
export function ToolServer({ server, onChange }: { server: ToolServerView; onChange: () => void }) {
  const [open, setOpen] = useState(false);
  const { names, shown, state, users, tools, memoryBytes, pid, lastError, log, refusedTools } = server;
  return (
    <li className="rounded-xl border bg-surface shadow-raised">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full items-center gap-x-3 gap-y-1 px-4 py-3 text-left narrow:flex-wrap"
      >
        <ChevronRight
          aria-hidden
          className={cx('size-4 shrink-0 text-faint transition-transform', open && 'rotate-90')}
        />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-semibold">{names.join(', ')}</span>
          <code className="block truncate text-dim text-xs">{shown}</code>
        </span>
        <span className="shrink-0 text-faint text-xs narrow:order-last narrow:w-full narrow:pl-7">
          {plural(tools.length, 'tool')}
          {memoryBytes !== null && `, ${bytes(memoryBytes)}`}
          {pid !== null && `, process ${pid}`}
        </span>
        <StateChip of={looks[state]} />
      </button>
      {(open || state === 'failed') && <RestartServer server={server} onChange={onChange} />}
      {server.signInLink && <SignInAt link={server.signInLink} />}
      <Approvals server={server} onChange={onChange} />
      {lastError && (open || state !== 'ready') && (
        <p className="px-4 pb-3 text-bad text-xs">
          Last error: {lastError.message} (<Ago at={lastError.at} />)
        </p>
      )}
      {open && (
        <div className="flex flex-col gap-3 border-t px-4 py-3 text-[0.8125rem]">
          <p>
            <span className="text-dim">Used by</span>{' '}
            {users.map((user) => (
              <a key={user} className="link mr-2" href={hrefs.agent(user)}>
                {user}
              </a>
            ))}
          </p>
          <ul className="grid grid-cols-1 gap-x-6 gap-y-1 md:grid-cols-2">
            {tools.map(({ name, description, taskResumable }) => (
              <li key={name} className="min-w-0">
                <code className="text-xs">{name}</code>
                {taskResumable && <span className="ml-2 text-dim text-xs">task-resumable</span>}
                {users[0] && (
                  <a
                    className="ml-2 link text-xs"
                    href={hrefOf(['tools', 'try'], { process: users[0], tool: `${names[0]}.${name}` })}
                  >
                    Try<span className="sr-only"> {name}</span>
                  </a>
                )}
                <span className="block truncate text-dim text-xs" title={description}>
                  {description}
                </span>
              </li>
            ))}
          </ul>
          {refusedTools.length > 0 && (
            <Warning>Not offered to any agent, because they cannot be used safely: {refusedTools.join(', ')}</Warning>
          )}
          <LogTail log={log} onRead={onChange} />
        </div>
      )}
    </li>
  );
}

function RestartServer({ server, onChange }: { server: ToolServerView; onChange: () => void }) {
  const client = useClient();
  const [busy, act] = useAction();
  const [asking, setAsking] = useState(false);
  const name = server.names.join(', ');
  const restart = () =>
    void act(() => client.restartToolServer({ key: server.key }), { done: `“${name}” was started again.` }).then(
      onChange,
    );
  const share = () =>
    void act(async () => {
      const { link, left } = await client.getInstallLink({
        name: server.users[0] ?? '',
        server: server.names[0] ?? '',
      });
      await copyText(link, left.length > 0 ? `the link, without values of ${left.join(', ')}` : 'the link');
    });
  return (
    <div className="flex flex-wrap gap-2 px-4 pb-3">
      <Button icon={RotateCw} disabled={busy} onClick={() => (server.callsInFlight > 0 ? setAsking(true) : restart())}>
        {server.state === 'stopped' ? 'Start' : 'Restart'}
        <span className="sr-only"> {name}</span>
      </Button>
      {server.users.length > 0 && (
        <Button icon={Link} disabled={busy} onClick={share}>
          Copy install link<span className="sr-only"> of {name}</span>
        </Button>
      )}
      {asking && (
        <Confirm
          title={`Restart “${name}”?`}
          asks="restartToolServer"
          confirm="Restart"
          onClose={() => setAsking(false)}
          onConfirm={restart}
        >
          <p>
            {plural(server.callsInFlight, 'call')} under way will be cut off; what cannot be repeated is left to you.
          </p>
        </Confirm>
      )}
    </div>
  );
}

/** The newest of what a server says on the side, read again for as long as it is looked at. */
function LogTail({ log, onRead }: { log: string; onRead: () => void }) {
  const tick = useNow(2_000);
  const end = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what makes it old
  useEffect(onRead, [tick]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new text is what moves it
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [log]);
  if (!log) return <p className="text-dim">It has said nothing on the side.</p>;
  return (
    <section
      ref={end}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keys
      tabIndex={0}
      aria-label="What it says on the side"
      className="max-h-56 overflow-auto rounded-lg bg-sunken px-3 py-2"
    >
      <pre className="whitespace-pre-wrap break-words text-xs">{log}</pre>
    </section>
  );
}

/** A server that lets in only whom it knows: a person signs in once, in a browser on the computer of the node. */
function SignInAt({ link }: { link: string }) {
  return (
    <Warning className="mx-4 mb-3">
      It asks you to sign in, in a browser on the computer of the node.
      <span className="mt-2 flex gap-2">
        <LinkButton href={link} target="_blank" rel="noreferrer" icon={LogIn}>
          Sign in
        </LinkButton>
        <Button onClick={() => void copyText(link, 'the address')}>Copy the address</Button>
      </span>
    </Warning>
  );
}

/** Tools that are new, or not as they were, wait here before an agent may use them. */
function Approvals({ server, onChange }: { server: ToolServerView; onChange: () => void }) {
  const client = useClient();
  const waiting = server.tools.filter(({ awaitsApprovalOf }) => awaitsApprovalOf.length > 0);
  const agents = [...new Set(waiting.flatMap(({ awaitsApprovalOf }) => awaitsApprovalOf))];
  if (waiting.length === 0) return null;
  const approve = (name: string) => {
    const tools = waiting.filter(({ awaitsApprovalOf }) => awaitsApprovalOf.includes(name)).map((tool) => tool.name);
    const [known = ''] = server.names;
    void act(() => client.approveTools({ name, server: known, tools }), {
      done: `“${name}” may use them as they are now.`,
    }).then(onChange);
  };
  return (
    <Warning className="mx-4 mb-3">
      <p>New, or not as they were when they were approved: {waiting.map(({ name }) => name).join(', ')}.</p>
      <div className="mt-2 flex flex-wrap gap-2">
        {agents.map((name) => (
          <Button key={name} icon={ShieldCheck} onClick={() => approve(name)}>
            Approve for {name}
          </Button>
        ))}
      </div>
    </Warning>
  );
}
