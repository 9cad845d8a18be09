import type { JsonObject } from '../../../shared/json.ts';
import type { TriggerHost } from '../trigger.ts';
import { type FileState, packState, sameFile, unpackState } from './file-state.ts';

const prefix = 'file:';
const aboutKey = 'about';
/** Facts written at once: a first look at a large folder is written in pieces. */
const maxFacts = 2_000;

/** The files that a trigger has told about, or found when it came to be; kept by the host through restarts. */
export class KnownFiles {
  readonly #trigger: string;
  readonly #host: TriggerHost;
  readonly #files = new Map<string, FileState>();
  /** Inode → paths that had it: more than one where files are hard links of each other. */
  readonly #byIno = new Map<string, Set<string>>();
  #unsaved: JsonObject = {};

  constructor(trigger: string, host: TriggerHost) {
    this.#trigger = trigger;
    this.#host = host;
  }

  /** What is kept; everything is forgotten when it is about another folder. */
  async load(folder: string): Promise<{ about: JsonObject | null }> {
    const facts = await this.#host.remembered(this.#trigger);
    const about = facts[aboutKey] as JsonObject | undefined;
    this.#files.clear();
    this.#byIno.clear();
    this.#unsaved = {};
    for (const [key, packed] of Object.entries(facts)) {
      const state = unpackState(packed);
      if (!key.startsWith(prefix) || !state) continue;
      if (about?.['folder'] === folder) this.#put(key.slice(prefix.length), state);
      else this.#unsaved[key] = null;
    }
    return { about: about?.['folder'] === folder ? about : null };
  }

  get size(): number {
    return this.#files.size;
  }

  get(path: string): FileState | undefined {
    return this.#files.get(path);
  }

  paths(): IterableIterator<string> {
    return this.#files.keys();
  }

  /** Paths by which this very file was known. */
  pathsOf(state: FileState): string[] {
    const paths = [...(this.#byIno.get(state.ino) ?? [])];
    return paths.filter((path) => sameFile(this.#files.get(path) as FileState, state));
  }

  set(path: string, state: FileState): void {
    this.#put(path, state);
    this.#unsaved[prefix + path] = packState(state);
  }

  forget(path: string): void {
    this.#drop(path);
    this.#unsaved[prefix + path] = null;
  }

  setAbout(about: JsonObject): void {
    this.#unsaved[aboutKey] = about;
  }

  /** Durable when it resolves. What could not be written is written with the next. */
  async save(): Promise<void> {
    const facts = Object.entries(this.#unsaved);
    this.#unsaved = {};
    for (let from = 0; from < facts.length; from += maxFacts) {
      try {
        await this.#host.remember(this.#trigger, Object.fromEntries(facts.slice(from, from + maxFacts)));
      } catch (thrown) {
        this.#unsaved = { ...Object.fromEntries(facts.slice(from)), ...this.#unsaved };
        throw thrown;
      }
    }
  }

  #put(path: string, state: FileState): void {
    this.#drop(path);
    this.#files.set(path, state);
    const paths = this.#byIno.get(state.ino) ?? new Set();
    this.#byIno.set(state.ino, paths.add(path));
  }

  #drop(path: string): void {
    const known = this.#files.get(path);
    if (!known) return;
    this.#files.delete(path);
    const paths = this.#byIno.get(known.ino);
    paths?.delete(path);
    if (paths?.size === 0) this.#byIno.delete(known.ino);
  }
}
