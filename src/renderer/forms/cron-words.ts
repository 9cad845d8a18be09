import cronstrue from 'cronstrue';

/** "Every 5 minutes"; null for what is no cron expression. */
export function cronWords(expression: string): string | null {
  if (expression.trim() === '') return null;
  try {
    return cronstrue.toString(expression, {
      use24HourTimeFormat: true,
      verbose: false,
      throwExceptionOnParseError: true,
    });
  } catch {
    return null;
  }
}
