import { PencilLine, Send } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { isJsonObject, type Json } from '../../shared/json.ts';
import type { InboxItemView } from '../../shared/views/views.ts';
import { useShortcuts } from '../frame/use-shortcuts.tsx';
import { useClient } from '../stores/use-runtime.ts';
import { Button } from '../ui/button.tsx';
import { TextArea, TextField } from '../ui/fields.tsx';
import { KeysOf } from '../ui/keys.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { parseJson } from '../ui/parse-json.ts';
import { useAction } from '../ui/use-action.ts';
import { choiceText, isReport } from './item-kinds.ts';
import { reportChoice, reportChoices, reportDone } from './report-words.ts';

interface AnswerProps {
  item: InboxItemView;
  /** The keys of the inbox answer this one. */
  keyboard: boolean;
}

/** What a person can answer to an item, by its kind. */
export function Answer({ item, keyboard }: AnswerProps) {
  if (isReport(item)) return <ReportAnswer item={item} keyboard={keyboard} />;
  if (item.choices.length === 0) return <FreeAnswer item={item} keyboard={keyboard} />;
  if (item.kind === 'approval') return <ApprovalAnswer item={item} keyboard={keyboard} />;
  if (item.kind === 'top_up') return <TopUpAnswer item={item} keyboard={keyboard} />;
  return <ChoiceAnswer item={item} keyboard={keyboard} />;
}

function useGive({ id }: InboxItemView): [busy: boolean, give: (answer: Json) => void] {
  const client = useClient();
  const [busy, act] = useAction();
  return [
    busy,
    (answer) => void act(() => client.answerInboxItem({ id, answer }), { done: 'Answered: its run goes on.' }),
  ];
}

function FreeAnswer({ item, keyboard }: AnswerProps) {
  const [text, setText] = useState('');
  const [busy, give] = useGive(item);
  const field = useRef<HTMLTextAreaElement>(null);
  const focus = () => field.current?.focus();
  const send = () => give(text.trim());
  useShortcuts(keyboard ? { approve: focus, reply: focus, apply: () => (text.trim() ? send() : false) } : {});
  return (
    <div className="mt-3 flex flex-col gap-2">
      <TextArea
        ref={field}
        aria-label="Your answer"
        placeholder="Your answer"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex items-center justify-end gap-2">
        {keyboard && <KeysOf id="apply" />}
        <Button look="solid" size="md" icon={Send} disabled={busy || text.trim() === ''} onClick={send}>
          Answer
        </Button>
      </div>
    </div>
  );
}

function ChoiceAnswer({ item, keyboard }: AnswerProps) {
  const [busy, give] = useGive(item);
  return <Choices choices={item.choices} text={choiceText} keyboard={keyboard} busy={busy} onPick={give} />;
}

function ReportAnswer({ item, keyboard }: AnswerProps) {
  const client = useClient();
  const [busy, act] = useAction();
  const give = (choice: string) =>
    void act(() => client.answerInboxItem({ id: item.id, answer: choice }), { done: reportDone(choice) });
  return (
    <Choices
      choices={reportChoices(item)}
      text={(choice) => reportChoice(item, choice)}
      keyboard={keyboard}
      busy={busy}
      onPick={give}
    />
  );
}

interface ChoicesProps {
  choices: readonly string[];
  text: (choice: string) => string;
  keyboard: boolean;
  busy: boolean;
  onPick: (choice: string) => void;
}

/** E takes the first, D the last, and each has its number. */
function Choices({ choices, text, keyboard, busy, onPick }: ChoicesProps) {
  const pick = (index: number) => {
    const choice = choices[index];
    return choice === undefined ? false : onPick(choice);
  };
  useShortcuts(
    keyboard
      ? {
          approve: () => pick(0),
          deny: () => pick(choices.length - 1),
          ...Object.fromEntries(choices.map((_, index) => [`pick${index + 1}`, () => pick(index)])),
        }
      : {},
  );
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      {choices.map((choice, index) => (
        <Button
          key={choice}
          size="md"
          look={index === 0 ? 'solid' : 'outline'}
          disabled={busy}
          onClick={() => onPick(choice)}
        >
          {text(choice)}
          {keyboard && <Hint text={keyOf(index, choices.length)} solid={index === 0} />}
        </Button>
      ))}
    </div>
  );
}

const keyOf = (index: number, count: number) => (index === 0 ? 'E' : index === count - 1 ? 'D' : String(index + 1));

/** Approve as it is, or with other arguments; deny with a reason; or never ask again. */
function ApprovalAnswer({ item, keyboard }: AnswerProps) {
  const reasonField = useId();
  const args = item.about['args'];
  const [edited, setEdited] = useState<string | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [always, setAlways] = useState(false);
  const [busy, give] = useGive(item);
  const read = edited === null ? null : parseJson(edited);
  const editable = item.about['editable'] === true && isJsonObject(args);
  const approve = () =>
    read === null ? give({ verdict: 'approve' }) : read.ok && give({ verdict: 'approve', args: read.value });
  const deny = () =>
    reason === null ? setReason('') : give(reason.trim() ? { verdict: 'deny', reason: reason.trim() } : 'deny');
  const edit = () => editable && setEdited(JSON.stringify(args, null, 2));
  const canAlways = item.choices.includes('always_allow');
  const allowAll = () => give('always_allow');
  const allowThis = () => give({ verdict: 'always_allow', scope: 'arguments' });
  const applies = () => (reason !== null ? deny() : edited !== null ? void approve() : false);
  useShortcuts(
    keyboard
      ? {
          approve: () => void approve(),
          editApprove: () => void edit(),
          deny,
          always: () => (canAlways ? setAlways(true) : false),
          ...(always ? { pick1: () => allowAll(), pick2: () => allowThis(), back: () => setAlways(false) } : {}),
          apply: applies,
        }
      : {},
  );
  return (
    <div className="mt-4 flex flex-col gap-3">
      {edited !== null && (
        <div>
          <LazyCode
            language="json"
            label="Arguments of the call"
            value={edited}
            onChange={setEdited}
            className="h-40"
          />
          {read && !read.ok && (
            <p role="alert" className="mt-1 text-bad text-xs">
              {read.problem}
            </p>
          )}
        </div>
      )}
      {reason !== null && (
        <label htmlFor={reasonField} className="flex flex-col gap-1 text-[0.8125rem]">
          <span className="font-medium">Why not? The agent is told.</span>
          <TextField id={reasonField} autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />
        </label>
      )}
      <div className="flex flex-wrap gap-2">
        <Button size="md" look="solid" disabled={busy || (read !== null && !read.ok)} onClick={() => void approve()}>
          {edited === null ? 'Approve' : 'Approve with these'}
          {keyboard && <Hint text="E" solid />}
        </Button>
        {editable && edited === null && (
          <Button size="md" icon={PencilLine} disabled={busy} onClick={() => void edit()}>
            Edit first
            {keyboard && <Hint text="⇧E" />}
          </Button>
        )}
        <Button size="md" look="danger" disabled={busy} onClick={deny}>
          {reason === null ? 'Deny…' : 'Deny'}
          {keyboard && <Hint text="D" />}
        </Button>
        {canAlways && (
          <Button size="md" look="ghost" disabled={busy} aria-expanded={always} onClick={() => setAlways(!always)}>
            Always allow…
            {keyboard && <Hint text="A" />}
          </Button>
        )}
      </div>
      {always && (
        <fieldset className="rounded-lg border p-3">
          <legend className="px-1 font-medium text-[0.8125rem]">What need not be asked for again?</legend>
          <div className="flex flex-wrap gap-2">
            <Button size="md" disabled={busy} onClick={allowAll}>
              Every call of {String(item.about['tool'] ?? 'it')} by {item.process}
              {keyboard && <Hint text="1" />}
            </Button>
            <Button size="md" disabled={busy} onClick={allowThis}>
              Only this call, with exactly these arguments
              {keyboard && <Hint text="2" />}
            </Button>
          </div>
          <p className="mt-2 text-dim text-xs">
            It holds for this agent alone, until you take it back under <em>Limits</em>.
          </p>
        </fieldset>
      )}
    </div>
  );
}

function TopUpAnswer({ item, keyboard }: AnswerProps) {
  const field = useId();
  const [amount, setAmount] = useState(String(item.about['suggested'] ?? ''));
  const [busy, give] = useGive(item);
  const grant = () => (Number(amount) > 0 ? give({ verdict: 'top_up', amount: Number(amount) }) : false);
  useShortcuts(keyboard ? { approve: grant, deny: () => give('refuse'), apply: grant } : {});
  return (
    <div className="mt-4 flex flex-wrap items-end gap-2">
      <label htmlFor={field} className="flex flex-col gap-1 text-[0.8125rem]">
        <span className="font-medium">More {String(item.about['unit'] ?? '')}</span>
        <TextField
          id={field}
          type="number"
          min={0}
          step="any"
          value={amount}
          onChange={(event) => setAmount(event.target.value)}
          className="w-36"
        />
      </label>
      <Button size="md" look="solid" disabled={busy || !(Number(amount) > 0)} onClick={grant}>
        Grant it
        {keyboard && <Hint text="E" solid />}
      </Button>
      {item.choices
        .filter((choice) => choice !== 'top_up')
        .map((choice) => (
          <Button key={choice} size="md" disabled={busy} onClick={() => give(choice)}>
            {choiceText(choice)}
          </Button>
        ))}
    </div>
  );
}

function Hint({ text, solid = false }: { text: string; solid?: boolean }) {
  return (
    <kbd
      aria-hidden
      className={`ml-1 rounded border px-1 font-sans text-[0.6875rem] leading-4 ${solid ? 'border-on-accent/50' : 'border-edge text-dim'}`}
    >
      {text}
    </kbd>
  );
}
