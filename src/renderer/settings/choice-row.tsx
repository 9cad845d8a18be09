import { Segmented } from '../ui/segmented.tsx';
import { SettingRow } from './setting-row.tsx';

interface Choice {
  title: string;
  text: string;
  options: readonly { value: string; text: string }[];
}

/** A setting that is one of a few, with its default and the way back to it. */
export function ChoiceRow(props: {
  choice: Choice;
  value: string;
  standard: string;
  /** Left out: the text of the default. */
  byDefault?: string;
  onChange: (value: string) => void;
}) {
  const { choice, value, standard, onChange } = props;
  const textOf = (wanted: string) =>
    choice.options.find((option) => option.value === wanted)?.text.toLowerCase() ?? wanted;
  return (
    <SettingRow
      title={choice.title}
      text={choice.text}
      byDefault={props.byDefault ?? textOf(standard)}
      changed={value !== standard}
      onReset={() => onChange(standard)}
    >
      <Segmented label={choice.title} value={value} options={[...choice.options]} onChange={onChange} />
    </SettingRow>
  );
}
