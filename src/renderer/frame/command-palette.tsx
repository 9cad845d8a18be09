import { Command } from 'cmdk';
import { CornerDownLeft, type LucideIcon } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useRef, useState } from 'react';
import { keysOf, type ShortcutId, shortcuts } from '../../shared/shortcuts.ts';
import { useProcesses } from '../stores/use-runtime.ts';
import { useWorkspace } from '../stores/workspace-store.ts';
import { Backdrop } from '../ui/backdrop.tsx';
import { Keys } from '../ui/keys.tsx';
import { processLook, StateIcon } from '../ui/state-chip.tsx';
import { toast } from '../ui/toast.ts';
import { hrefs, navigate } from './route.ts';
import { usePaletteCommands } from './use-palette-commands.ts';
import { useAnswers } from './use-shortcuts.tsx';

/** So many agents are offered; typing narrows them. */
const agentsShown = 40;

/** Everything the window can do, by name. */
interface PaletteProps {
  onClose: () => void;
  onOpen: (overlay: 'help' | 'sign-out') => void;
}

export function CommandPalette({ onClose, onOpen }: PaletteProps) {
  const [text, setText] = useState('');
  const commands = usePaletteCommands(onOpen);
  const here = useHere();
  const run = (what: () => void) => () => {
    onClose();
    what();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Backdrop />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={here.onClosed}
          className="rising fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-1.5rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-raised shadow-float outline-none"
        >
          <Dialog.Title className="sr-only">Search and commands</Dialog.Title>
          <Command label="Search and commands" loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="An agent, a screen, something to do…"
              className="h-12 w-full border-b bg-transparent px-4 text-sm outline-none placeholder:text-faint"
            />
            <Command.List className="max-h-[56vh] overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs">
              <Command.Empty className="px-3 py-6 text-center text-dim text-sm">
                Nothing is called “{text}”.
              </Command.Empty>
              <AgentMatches text={text} run={run} />
              <Command.Group heading="Here">
                {here.entries.map(({ id, text, where, keys }) => (
                  <Entry
                    key={id}
                    text={text}
                    value={`${text} ${where}`}
                    keys={keys}
                    onSelect={run(() => here.choose(id))}
                  />
                ))}
              </Command.Group>
              {commands.map(({ group, entries }) => (
                <Command.Group key={group} heading={group}>
                  {entries.map((entry) => (
                    <Entry key={entry.text} {...entry} onSelect={run(entry.run)} />
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function AgentMatches({ text, run }: { text: string; run: (what: () => void) => () => void }) {
  const processes = useProcesses();
  const wanted = text.trim().toLowerCase();
  const matches = processes.filter((view) => view.name.toLowerCase().includes(wanted)).slice(0, agentsShown);
  if (matches.length === 0) return null;
  return (
    <Command.Group heading="Agents">
      {matches.map((view) => (
        <Command.Item
          key={view.name}
          value={`agent ${view.name} ${view.description ?? ''}`}
          onSelect={run(() => navigate(hrefs.agent(view.name)))}
          className={entryLook}
        >
          <StateIcon of={processLook(view)} />
          <span className="shrink-0">{view.name}</span>
          <span className="min-w-0 flex-1 truncate text-faint text-xs">{view.description}</span>
        </Command.Item>
      ))}
    </Command.Group>
  );
}

const entryLook =
  'flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent-text';

/** Told apart from what stands in the other groups, or is of no use by name. */
const elsewhere = new Set<ShortcutId>(['palette', 'help', 'newAgent', 'pauseAll', 'settings', 'down', 'up']);

/** What keys do at this place. It is done once the focus is back there, so that it acts on what it would have acted on. */
function useHere() {
  const { ids, give } = useAnswers();
  const keys = useWorkspace((state) => state.keys);
  const [offered] = useState(() =>
    ids().filter((id) => !elsewhere.has(id) && !shortcuts[id].where.startsWith('Go to')),
  );
  const chosen = useRef<ShortcutId | null>(null);
  return {
    entries: offered.map((id) => ({ id, ...shortcuts[id], keys: keysOf(id, keys) })),
    choose: (id: ShortcutId) => {
      chosen.current = id;
    },
    onClosed() {
      const id = chosen.current;
      if (id === null) return;
      queueMicrotask(() => {
        if (!give(id))
          toast.error(`Nothing to do here: ${shortcuts[id].text}.`, {
            description: 'Go to a row first, with J and K.',
          });
      });
    },
  };
}

interface EntryProps {
  text: string;
  /** What it is found by; left out: its text. */
  value?: string;
  icon?: LucideIcon;
  keys?: string | undefined;
  onSelect: () => void;
}

function Entry({ text, value = text, icon: Icon = CornerDownLeft, keys, onSelect }: EntryProps) {
  return (
    <Command.Item value={value} onSelect={onSelect} className={entryLook}>
      <Icon aria-hidden className="size-4 shrink-0 text-faint" />
      <span className="flex-1 truncate">{text}</span>
      {keys && <Keys keys={keys} />}
    </Command.Item>
  );
}
