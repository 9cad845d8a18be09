import { authorOf } from '../../../shared/definition-changes.ts';
import type { Definition, EntryBody, NewEntry } from '../../../shared/entries/journal-entries.ts';
import { asError } from '../../../shared/errors.ts';
import { newId } from '../../../shared/ids.ts';
import type { Snapshot } from '../../journal/fold/snapshot.ts';
import type { VersionRecord } from '../../journal/fold/version-record.ts';
import { definitionAt } from '../../journal/fold/versions.ts';
import { noteOf } from '../error-note.ts';
import type { Readiness } from '../queue/trigger-desk.ts';
import type { Reading, Workings } from '../workings.ts';
import { type SelfChanged, settleChanges } from './self-changes.ts';

/** What the end of a run brings with it besides. */
export interface Brought {
  entries: NewEntry[];
  adopt(durable: Promise<void>): void;
}

export interface EvolutionHost {
  /** One change of life at a time. */
  exclusive(work: () => Promise<void>): Promise<void>;
  readiness(): Readiness;
  isAttached(): boolean;
  /** False once its program has let go of it. */
  isLoaded(): boolean;
}

/**
 * How an agent comes to go by what it made of itself, and how that is taken back where it does not work.
 *
 * Invariants:
 *   E1. What a run changed is written in the same append as its end, and the next run goes by it.
 *   E2. While a new version is tried, no run begins.
 *   E3. A version of the agent's that does not work is taken back in the open: a new version, a note and an inbox item.
 *       What a person wrote is never taken back.
 */
export class Evolution {
  readonly #workings: Workings;
  readonly #host: EvolutionHost;
  #trying = 0;

  constructor(workings: Workings, host: EvolutionHost) {
    this.#workings = workings;
    this.#host = host;
  }

  /** Whether a new version is being tried. */
  get isTrying(): boolean {
    return this.#trying > 0;
  }

  get #snapshot(): Readonly<Snapshot> {
    return this.#workings.journaled.snapshot;
  }

  /** What the end of the run brings with it; `adopt` is called right after it was appended, before it is durable. */
  settle(body: EntryBody<'run.settled'>): Brought | null {
    if (!body.effects.some(({ type }) => type === 'definition.change')) return null;
    const changed: SelfChanged = settleChanges(this.#snapshot, this.#workings.ability(), body, {
      check: (definition) => this.#workings.check(definition),
      editText: this.#workings.parts.editText,
    });
    return { entries: changed.entries, adopt: (durable) => this.#adopt(changed.reading, durable) };
  }

  #adopt(reading: Reading | null, durable: Promise<void>): void {
    if (!reading) return;
    const before = this.#workings.known;
    this.#workings.adopt(reading);
    this.#trying++;
    void this.#host
      .exclusive(async () => {
        // What was not kept is not gone by.
        await durable.catch((thrown: unknown) => {
          if (before) this.#workings.adopt(before);
          throw thrown;
        });
        await this.#tryOut(reading);
      })
      .catch(() => {})
      .finally(() => {
        this.#trying--;
        this.#workings.loop.pump();
      });
  }

  async #tryOut(reading: Reading): Promise<void> {
    // Somebody may have changed it again, or let go of it, while this waited for its turn.
    if (!this.#host.isLoaded() || this.#snapshot.definition?.hash !== reading.definition.hash) return;
    try {
      await this.#workings.goBy(reading, this.#host.readiness());
      if (this.#host.isAttached()) await this.#workings.workplaces.get(reading.definition.hash);
    } catch (thrown) {
      await this.takeBack(thrown);
    }
    this.#workings.workplaces.drop(this.#host.isAttached());
  }

  /** Whether the version in force is what the agent made of itself. */
  get isOwnMaking(): boolean {
    return authorOf(this.#snapshot.versions.at(-1)?.by ?? '').kind === 'agent';
  }

  /**
   * Takes the present version back where the agent made it, as far as one that works. Resolves with whether there is
   * another to go by now: where none before it works either, it is not to blame.
   */
  async takeBack(thrown: unknown): Promise<boolean> {
    const present = this.#snapshot.versions.at(-1);
    if (!present || !this.isOwnMaking) return false;
    const better = await this.#lastThatWorks(present);
    if (!better) return false;
    const { journaled, parts, name } = this.#workings;
    const { definition } = better.reading;
    await journaled.append(
      'take-back-version',
      takenBack(name, present, better.record, definition, thrown, parts.clock.now()),
    );
    parts.log('warn', `a version of "${name}" was taken back`, {
      version: present.version,
      code: noteOf(thrown).code,
      reason: asError(thrown).message,
    });
    await this.#workings.goBy(better.reading, this.#host.readiness());
    return true;
  }

  async #lastThatWorks(present: VersionRecord): Promise<{ record: VersionRecord; reading: Reading } | null> {
    for (const record of this.#snapshot.versions.slice(0, -1).reverse()) {
      const definition = definitionAt(this.#snapshot, record.version);
      // What one run made belongs together.
      const isOther = record.hash !== present.hash && record.by !== present.by;
      const reading = definition && isOther && (await this.#tried(definition));
      if (reading) return { record, reading };
      if (authorOf(record.by).kind === 'person') return null;
    }
    return null;
  }

  /** What it means, where an agent and its tools can be made by it. */
  async #tried(definition: Definition): Promise<Reading | null> {
    const { parts, name } = this.#workings;
    try {
      const reading = this.#workings.check(definition);
      const agent = await parts.buildAgent(name, reading.config);
      parts.buildToolbox(name, reading.config, { approved: {}, onTools: () => {} }).close();
      await agent.close();
      return reading;
    } catch {
      return null;
    }
  }
}

function takenBack(
  process: string,
  { version, by, reason }: VersionRecord,
  { version: restored }: VersionRecord,
  definition: Definition,
  thrown: unknown,
  now: number,
): NewEntry[] {
  const { code, message } = noteOf(thrown);
  const { run } = authorOf(by);
  const text = `Version ${version} did not work (${message}); version ${restored} is in force again.`;
  return [
    { kind: 'definition.changed', body: { definition, by: 'runtime', reason: text.slice(0, 1_000) } },
    {
      kind: 'governance.noted',
      body: {
        guard: 'open_mode',
        what: 'reverted',
        about: `version ${version}`,
        run,
        text: `"${process}": ${text}`,
        details: { version, restored, code },
      },
    },
    {
      kind: 'item.opened',
      body: {
        item: {
          id: newId('itm', now),
          kind: 'reverted',
          title: `${process} took a change of itself back`,
          question: `${text} The agent had changed itself: ${reason || 'no reason was given'}.`,
          about: { version, restored, run, code, reason },
          choices: ['understood'],
          expiresAt: null,
          fallback: null,
        },
      },
    },
  ];
}
