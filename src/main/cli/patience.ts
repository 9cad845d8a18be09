import type { Terminal } from './terminal.ts';

/** Most answers come before anybody wonders. */
const firstWordMs = 2_000;
const nextWordMs = 10_000;

/** Says on the terminal of a person, from time to time, that it still works on something; programs hear nothing. */
export async function patiently<T>(terminal: Terminal, what: string, work: Promise<T>): Promise<T> {
  if (!terminal.isTty) return work;
  const began = terminal.now();
  const say = () => {
    terminal.err(`${what} … ${Math.round((terminal.now() - began) / 1_000)} s`);
    timer = setTimeout(say, nextWordMs);
  };
  let timer = setTimeout(say, firstWordMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
