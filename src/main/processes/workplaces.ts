import type { HookEvent } from '../../shared/config/hooks-config.ts';
import type { NewEntry } from '../../shared/entries/journal-entries.ts';
import { RuntimeError } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Renewal } from '../agent/tools/toolbox.ts';
import { consult, type Guard, type Halt } from '../governance/guard.ts';
import { signInPrefix } from '../governance/secrets/secret-vault.ts';
import type { Journaled } from './journaled.ts';
import type { Ability, ProcessParts, Toolbox, ToolMemory, Workplace } from './parts.ts';
import { abilityOf } from './versions/definition.ts';
import { openGround } from './versions/open-mode.ts';

/** Under this name and the server's a process remembers the tools that a server offered. */
export const toolsOf = 'tools:';

/** What it takes to work by each definition that something still goes by: the present one, and those of open runs. */
export class Workplaces {
  readonly #journaled: Journaled;
  readonly #parts: ProcessParts;
  readonly #present: () => Ability;
  readonly #halt: (verdict: Halt) => void;
  readonly #built = new Map<string, Promise<Workplace>>();
  readonly #onItems: () => void;
  #guards: { hash: string; edition: number; list: readonly Guard[] } | undefined;

  /** `onItems` is told when something waits for a person, or waits no more, that no run waits for. */
  constructor(
    journaled: Journaled,
    parts: ProcessParts,
    present: () => Ability,
    halt: (verdict: Halt) => void,
    onItems: () => void,
  ) {
    this.#onItems = onItems;
    this.#halt = halt;
    this.#journaled = journaled;
    this.#parts = parts;
    this.#present = present;
  }

  /** @throws RuntimeError `RUN_DIVERGED` for a definition that is not known any more, or what keeps it from being used. */
  get(hash: string): Promise<Workplace> {
    const known = this.#built.get(hash);
    if (known) return known;
    const building = this.#build(hash);
    this.#built.set(hash, building);
    building.catch(() => this.#built.delete(hash));
    return building;
  }

  /** The limits in force: those of the present definition, also for runs that began by an earlier one. */
  guards(): readonly Guard[] {
    const { definition, config } = this.#present();
    const { edition } = this.#parts.governance;
    if (this.#guards?.hash !== definition.hash || this.#guards.edition !== edition) {
      this.closeGuards();
      const list = this.#parts.buildGuards(this.#journaled, config, this.#halt);
      this.#guards = { hash: definition.hash, edition, list };
      for (const guard of this.#guards.list) guard.begin?.();
    }
    return this.#guards.list;
  }

  /** Tells hooks of a moment in its life. @throws RuntimeError `HOOK_BLOCKED` where one does not allow it. */
  async tell(event: HookEvent, data: JsonObject): Promise<void> {
    const refusal = await consult(this.guards(), event, () => ({ run: null, data }));
    if (refusal) throw new RuntimeError('HOOK_BLOCKED', refusal, { event });
  }

  closeGuards(): void {
    for (const guard of this.#guards?.list ?? []) guard.close?.();
    this.#guards = undefined;
  }

  /** Closes those that nothing goes by any more; all of them when nothing is in use. */
  drop(inUse: boolean): void {
    const { definition, pinned } = this.#journaled.snapshot;
    for (const [hash, building] of this.#built) {
      if (inUse && (hash === definition?.hash || pinned.has(hash))) continue;
      this.#built.delete(hash);
      building
        .then(async ({ agent, toolbox }) => {
          if (inUse) await this.#handOver(toolbox);
          await Promise.all([agent.close(), toolbox.close()]);
        })
        .catch(() => {});
    }
  }

  /** Servers that an earlier definition started, and the present one has as well, go on: they are not started again. */
  async #handOver({ joined = [] }: Toolbox): Promise<void> {
    const { definition } = this.#journaled.snapshot;
    if (joined.length === 0 || !definition) return;
    const present = await this.get(definition.hash).catch(() => undefined);
    await present?.toolbox.join?.(joined);
  }

  /** A secret has a new value: servers that hold the old one are replaced. */
  async renew(secret: string, signal: AbortSignal): Promise<Renewal[]> {
    const built = await Promise.allSettled(this.#built.values());
    const renewed = built.map(async (one) =>
      one.status === 'fulfilled' ? ((await one.value.toolbox.renew?.(secret, signal)) ?? []) : [],
    );
    return (await Promise.all(renewed)).flat();
  }

  #toolMemory(): ToolMemory {
    const journaled = this.#journaled;
    return {
      // Read anew each time: a person may approve a change while the tools are in use.
      get approved() {
        const approved: Record<string, Record<string, string>> = {};
        for (const [about, facts] of journaled.snapshot.remembered) {
          if (about.startsWith(toolsOf))
            approved[about.slice(toolsOf.length)] = Object.fromEntries(facts) as Record<string, string>;
        }
        return approved;
      },
      // What was seen first is what holds; a later change is refused until a person approves it.
      onTools: (server, hashes) => {
        if (this.#journaled.snapshot.remembered.has(toolsOf + server)) return;
        this.#journaled
          .append('remember-tools', [
            { kind: 'trigger.remembered', body: { trigger: toolsOf + server, facts: hashes } },
          ])
          .catch(() => {});
      },
      reveal: (text) => this.#reveal(text, 'a tool server'),
      shelf: (server) => {
        const vault = this.#parts.governance.vault(this.#journaled);
        const name = `${signInPrefix}${server}`.slice(0, 64);
        return { get: () => vault.kept(name), set: (text) => vault.keep(name, text) };
      },
      onSignIn: (server, link) => this.#noteSignIn(server, link),
    };
  }

  #noteSignIn(server: string, link: string | null): void {
    const text = link ? `Server "${server}" wants you to sign in: open ${link}` : `Signed in to server "${server}".`;
    const what = link ? ('sign_in' as const) : ('signed_in' as const);
    const { process, snapshot } = this.#journaled;
    const answer = { verdict: link ? 'superseded' : 'signed_in' };
    const before = [...snapshot.items.values()].flatMap(({ item, run, step }): NewEntry[] =>
      item.kind === 'sign_in' && item.about['server'] === server
        ? [{ kind: 'item.answered', body: { item: item.id, run, step, answer, by: 'runtime' } }]
        : [],
    );
    const item = {
      id: newId('itm', this.#parts.clock.now()),
      kind: 'sign_in' as const,
      title: `${process} needs you to sign in to ${server}`,
      question: `Open this in a browser on the computer that the agent works on: ${link}`,
      about: { server, link },
      choices: ['later'],
      expiresAt: null,
      fallback: null,
    };
    this.#journaled
      .append('note-sign-in', [
        ...before,
        { kind: 'governance.noted', body: { guard: 'secrets', what, about: server, run: null, text } },
        ...(link ? [{ kind: 'item.opened' as const, body: { item } }] : []),
      ])
      .catch(() => {});
    this.#onItems();
  }

  /** The key of a model, when it is asked, or what a server needs: a new one is used at once. */
  #reveal(text: string, by: string): string {
    if (!text.includes('secret://')) return text;
    return this.#parts.governance.vault(this.#journaled).reveal(text, by, null);
  }

  async #build(hash: string): Promise<Workplace> {
    const { process } = this.#journaled;
    const { definition, pinned } = this.#journaled.snapshot;
    const wanted = definition?.hash === hash ? definition : pinned.get(hash);
    if (!wanted)
      throw new RuntimeError(
        'RUN_DIVERGED',
        `The definition that a run of "${process}" began with is not known any more.`,
        { hash },
      );
    const ability = wanted === definition ? this.#present() : abilityOf(wanted, this.#parts.env);
    const agent = await this.#parts.buildAgent(process, ability.config, (text) => this.#reveal(text, 'the model'));
    const open = openGround(this.#journaled, this.#parts, ability.config);
    const toolbox = this.#parts.buildToolbox(process, ability.config, this.#toolMemory(), open);
    return { ...ability, agent, toolbox };
  }
}
