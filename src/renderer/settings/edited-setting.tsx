import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { SettingRow } from './setting-row.tsx';

interface EditedSettingProps {
  title: string;
  text: string;
  byDefault: string;
  label: string;
  kept: string;
  placeholder: string;
  numeric?: boolean;
  busy: boolean;
  onKeep: (text: string) => Promise<boolean>;
}

/** A setting that is typed, and kept with a button. */
export function EditedSetting({
  title,
  text,
  byDefault,
  label,
  kept,
  placeholder,
  numeric = false,
  busy,
  onKeep,
}: EditedSettingProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const keep = async (next: string) => {
    if (await onKeep(next)) setTyped(null);
  };
  return (
    <SettingRow title={title} text={text} byDefault={byDefault} changed={kept !== ''} onReset={() => void keep('')}>
      <form
        className="flex items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void keep((typed ?? kept).trim());
        }}
      >
        <TextField
          aria-label={label}
          inputMode={numeric ? 'numeric' : 'text'}
          placeholder={placeholder}
          value={typed ?? kept}
          onChange={(event) => setTyped(event.target.value)}
          className={numeric ? 'w-28 tabular-nums' : 'w-64 narrow:w-full'}
        />
        <Button size="md" type="submit" disabled={busy || typed === null || typed.trim() === kept}>
          Keep
        </Button>
      </form>
    </SettingRow>
  );
}
