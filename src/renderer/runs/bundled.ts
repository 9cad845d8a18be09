import { createContext, useContext } from 'react';
import { create } from 'zustand';
import { RuntimeError } from '../../shared/errors.ts';
import { type BundledRun, RunBundle } from '../../shared/run-bundle.ts';
import { parseJson } from '../ui/parse-json.ts';

/** Far above any bundle that a person would read. */
const maxBytes = 100_000_000;

interface Opened {
  /** Name of the file. */
  file: string;
  bundle: RunBundle;
}

interface OpenedState {
  opened: Opened | null;
  show(opened: Opened | null): void;
}

/** The file that is looked at; it stays in the window, and no node hears of it. */
export const useOpenedBundle = create<OpenedState>()((set) => ({
  opened: null,
  show: (opened) => set({ opened }),
}));

/** @throws RuntimeError `REQUEST_INVALID` with what is wrong with the file. */
export async function readBundle(file: File): Promise<Opened> {
  if (file.size > maxBytes) throw refused(file, 'is too large');
  const parsed = parseJson(await file.text());
  if (!parsed.ok) throw refused(file, 'is not JSON');
  const { success, data } = RunBundle.safeParse(parsed.value);
  if (!success) throw refused(file, 'is not a bundle of runs');
  return { file: file.name, bundle: data };
}

function refused({ name }: File, why: string): RuntimeError {
  return new RuntimeError('REQUEST_INVALID', `“${name}” ${why}. Bundles end in .run-bundle.json.`);
}

/** Set around what is drawn of a run from a file: nothing can be done to it, and nothing about it is asked. */
export const BundledContext = createContext<BundledRun | null>(null);

export function useIsBundled(): boolean {
  return useContext(BundledContext) !== null;
}
