import { GitFork } from 'lucide-react';
import { useId, useState } from 'react';
import type { Json } from '../../shared/json.ts';
import type { RunView, StepView } from '../../shared/views/views.ts';
import { hrefs, navigate } from '../frame/route.ts';
import { useClient } from '../stores/use-runtime.ts';
import { TextArea, TextField } from '../ui/fields.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { LazyCode } from '../ui/lazy-code.tsx';
import { parseJson } from '../ui/parse-json.ts';
import { Segmented } from '../ui/segmented.tsx';
import { act } from '../ui/use-action.ts';

type How = 'anew' | 'result' | 'args' | 'prompt';

/** Starts a new run that goes the same way up to a step, for nothing, and then its own. */
export function ForkDialog({ run, step, onClose }: { run: RunView; step: StepView; onClose: () => void }) {
  const client = useClient();
  const modelField = useId();
  const [how, setHow] = useState<How>('anew');
  const [texts, setTexts] = useState({ result: pretty(step.result), args: pretty(step.args), prompt: '', model: '' });
  const isModel = step.kind === 'model';
  const read = how === 'result' ? parseJson(texts.result) : how === 'args' ? parseJson(texts.args) : null;
  const fork = async () => {
    const edit = editOf(how, texts, read);
    let forked = '';
    const done = await act(
      async () => {
        forked = (await client.forkRun({ id: run.id, step: step.step, edit })).runId;
      },
      { done: 'The fork is on its way.' },
    );
    if (done) navigate(hrefs.run(run.process, forked));
    return done;
  };
  const ready = read === null || read.ok;
  return (
    <FormDialog
      title={`Fork at step ${step.step}`}
      description="Steps before it are taken from the record. From here on it is a run of its own, with effects."
      onClose={onClose}
      asks="forkRun"
      submit="Fork"
      icon={GitFork}
      ready={ready}
      onSubmit={fork}
    >
      <Segmented
        label="What is different"
        value={how}
        options={[
          { value: 'anew', text: 'Make it anew' },
          { value: 'result', text: 'Other result' },
          ...(step.kind === 'tool' ? [{ value: 'args' as const, text: 'Other arguments' }] : []),
          { value: 'prompt', text: 'Other instructions' },
        ]}
        onChange={setHow}
      />
      <div className="mt-3 flex flex-col gap-3">
        {how === 'anew' && (
          <p className="text-dim text-[0.8125rem]">The step “{step.name}” is made again, and what follows from it.</p>
        )}
        {(how === 'result' || how === 'args') && (
          <LazyCode
            language="json"
            label={how === 'result' ? 'The result it gets' : 'The arguments'}
            value={texts[how]}
            onChange={(text) => setTexts((before) => ({ ...before, [how]: text }))}
            className="h-56"
          />
        )}
        {how === 'prompt' && (
          <TextArea
            aria-label="Instructions for this run alone"
            placeholder="Instructions for this run alone"
            rows={6}
            value={texts.prompt}
            onChange={(event) => setTexts((before) => ({ ...before, prompt: event.target.value }))}
          />
        )}
        {read && !read.ok && (
          <p role="alert" className="text-bad text-xs">
            {read.problem}
          </p>
        )}
        {(isModel || how === 'prompt') && (
          <label htmlFor={modelField} className="flex flex-col gap-1 text-[0.8125rem]">
            <span className="font-medium">Model for this run alone</span>
            <TextField
              id={modelField}
              placeholder="as before"
              value={texts.model}
              onChange={(event) => setTexts((before) => ({ ...before, model: event.target.value }))}
            />
          </label>
        )}
      </div>
    </FormDialog>
  );
}

interface Texts {
  result: string;
  args: string;
  prompt: string;
  model: string;
}

function editOf(how: How, texts: Texts, read: ReturnType<typeof parseJson> | null) {
  const value: Json = read?.ok ? read.value : null;
  return {
    ...(how === 'result' ? { result: value } : {}),
    ...(how === 'args' ? { args: value } : {}),
    ...(how === 'prompt' && texts.prompt.trim() ? { prompt: texts.prompt } : {}),
    ...(texts.model.trim() ? { model: texts.model.trim() } : {}),
  };
}

const pretty = (value: Json) => JSON.stringify(value, null, 2);
