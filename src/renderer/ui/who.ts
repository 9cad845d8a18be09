const known: Record<string, string> = {
  window: 'you',
  'api:token': 'a program with the main token',
  runtime: 'the runtime',
  governance: 'its limits',
  manifest: 'its manifest',
  hook: 'a hook',
  timeout: 'nobody, as the time was up',
  anyone: 'somebody',
  '': 'nobody known',
};

/** Who did something, as people say it. */
export function whoText(by: string): string {
  const words = known[by];
  if (words !== undefined) return words;
  const [kind = '', ...rest] = by.split(':');
  const name = rest.join(':');
  if (name === '') return by;
  if (kind === 'run') return `its run ${name.slice(-6)}`;
  if (kind === 'api') return `the token “${name}”`;
  if (kind === 'device') return `you, on “${name}”`;
  return by;
}

/** Text of the runtime with the long names of runs cut to what is shown of them elsewhere. */
export const withShortRuns = (text: string): string =>
  text.replace(/\brun_[0-9a-z]{16,}\b/g, (run) => `run ${run.slice(-6)}`);

/** By which trigger something was woken. */
export const triggerText = (trigger: string): string => (trigger === 'manual' ? 'by hand' : trigger);
