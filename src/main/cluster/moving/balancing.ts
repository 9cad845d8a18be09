import type { RuntimeApi } from '../../../shared/api.ts';
import type { LocalProcess } from '../../../shared/crossing.ts';
import { RuntimeError, toWire } from '../../../shared/errors.ts';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import type { MovedView, RebalanceView } from '../../../shared/views/crossing-views.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LocalNode } from '../crossing/local-node.ts';
import type { Roster, RosterProcess } from '../crossing/roster.ts';
import type { SettingsTable } from '../crossing/settings-table.ts';
import type { Peers } from '../peers.ts';
import { atRest, type Balance, betweenMovesMs, decideBalance } from './balance-rules.ts';
import type { Candidates } from './candidates.ts';
import { type BalancedNode, planRebalance } from './rebalancing.ts';

const lookEveryMs = 10_000;
/** As long as a move may take, with a step that is finished first. */
const moveMs = 90_000;
/** A node that said no to a process is asked again after this. */
const unfitMs = 300_000;

export interface BalancingParts {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly local: LocalNode;
  readonly roster: Roster;
  readonly candidates: Pick<Candidates, 'against'>;
  readonly settings: SettingsTable;
  readonly isDrained: () => boolean;
  /** Gives a process of this node to another. */
  move(process: string, to: string): Promise<MovedView>;
}

type Names = 'planRebalance' | 'rebalance' | 'configureRebalance';

/**
 * Evens out what nodes have to do: when somebody says so, or by itself where that is switched on. Of several nodes that
 * do it by themselves, the one with the first id decides; whoever owns a process moves it.
 */
export class Balancing {
  readonly #parts: BalancingParts;
  readonly #undo: (() => void)[];
  /** Nodes that said no, by process and node, and until when that counts. */
  readonly #unfit = new Map<string, number>();
  #balance: Balance = atRest;
  #disarm: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: BalancingParts) {
    this.#parts = parts;
    this.#undo = [parts.peers.answer('balance.move', 'member', ({ body }) => this.#moveFor(body))];
  }

  start(): void {
    this.#arm();
  }

  operations(): Pick<RuntimeApi, Names> {
    return {
      planRebalance: () => this.#plan(),
      rebalance: () => this.#byHand(),
      configureRebalance: async ({ auto }) => {
        this.#parts.settings.set('balances', auto);
        this.#balance = atRest;
        this.#parts.roster.tellSoon();
        this.#arm();
        return this.#plan();
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    for (const undo of this.#undo) undo();
  }

  /** A plan of moves that every node said yes to. */
  async #plan(): Promise<RebalanceView> {
    for (const nodes = this.#nodes(); ; ) {
      const plan = planRebalance(nodes, this.#fits);
      const answers = await Promise.all(plan.moves.map(({ process, to }) => this.#asked(process, to)));
      if (answers.every(Boolean)) return { ...plan, auto: this.#decider() };
    }
  }

  /** Makes the first move of the plan, whoever owns it. */
  async #byHand(): Promise<RebalanceView> {
    const { clock } = this.#parts;
    const view = await this.#plan();
    const { movedAt } = this.#balance;
    const waitMs = movedAt === null ? 0 : movedAt + betweenMovesMs - clock.elapsed();
    const seconds = Math.ceil(waitMs / 1_000);
    if (waitMs > 0)
      return { ...view, moves: [], reason: `The last move was less than a minute ago; ${seconds} s are left.` };
    const [move] = view.moves;
    if (!move) return view;
    const now = clock.elapsed();
    this.#balance = { ...this.#balance, movedAt: now, rests: new Map(this.#balance.rests).set(move.process, now) };
    await this.#move(move);
    return { ...view, moves: [move], reason: 'moved' };
  }

  #arm(): void {
    this.#disarm?.();
    if (this.#isClosed || !this.#isOn) return;
    this.#disarm = this.#parts.clock.after(lookEveryMs, () => {
      void this.#look()
        .catch((thrown: unknown) => {
          this.#parts.local.log('warn', 'nodes could not be evened out', { reason: toWire(thrown).message });
        })
        .finally(() => this.#arm());
    });
  }

  async #look(): Promise<void> {
    if (this.#decider() !== this.#parts.peers.self) {
      this.#balance = { ...this.#balance, uneven: null };
      return;
    }
    const { clock, local } = this.#parts;
    const before = this.#balance;
    for (;;) {
      const { balance, move } = decideBalance(before, this.#nodes(), this.#fits, clock.elapsed());
      // Who said no is left out when it is decided once more.
      if (move && !(await this.#asked(move.process, move.to))) continue;
      // Somebody moved one by hand meanwhile.
      if (this.#balance !== before) return;
      this.#balance = balance;
      if (!move) return;
      local.log('info', `"${move.process}" moves so that nodes have about as much to do`, { ...move });
      await this.#move(move);
      return;
    }
  }

  async #move({ process, from, to }: { process: string; from: string; to: string }): Promise<void> {
    const { peers, move } = this.#parts;
    if (from === peers.self) await move(process, to);
    else await peers.ask(from, 'balance.move', { process, to }, { timeoutMs: moveMs });
  }

  async #moveFor(body: Json): Promise<Json> {
    if (!isJsonObject(body) || typeof body['process'] !== 'string' || typeof body['to'] !== 'string')
      throw new RuntimeError('REQUEST_INVALID', 'The question names no process, or no node.');
    return { ...(await this.#parts.move(body['process'], body['to'])) };
  }

  readonly #fits = (process: string, node: string): boolean => {
    return (this.#unfit.get(`${process}\n${node}`) ?? 0) <= this.#parts.clock.elapsed();
  };

  /** Whether a node can have a process, by its own word now; what it says against it counts for a while. */
  async #asked(process: string, node: string): Promise<boolean> {
    const { local, roster, candidates, clock } = this.#parts;
    const about: LocalProcess | RosterProcess | undefined = local.process(process) ?? roster.whereIs(process)?.about;
    const reasons = about ? await candidates.against(about, node).catch(() => ['cannot be asked']) : ['is not there'];
    if (reasons.length === 0) return true;
    this.#unfit.set(`${process}\n${node}`, clock.elapsed() + unfitMs);
    return false;
  }

  get #isOn(): boolean {
    return this.#parts.settings.get('balances') === true;
  }

  /** The node that evens out by itself; null: that is off everywhere. */
  #decider(): string | null {
    const { peers, roster } = this.#parts;
    const others = [...roster.nodes()].flatMap(([node, { balances }]) => (balances ? node : []));
    return [...others, ...(this.#isOn ? [peers.self] : [])].toSorted()[0] ?? null;
  }

  #nodes(): BalancedNode[] {
    const { peers, local, roster, isDrained } = this.#parts;
    const own = { node: peers.self, isDrained: isDrained(), processes: local.processes().map(asBalanced) };
    const others = [...roster.nodes()].map(([node, { isDrained: isSo, processes }]) => ({
      node,
      isDrained: isSo,
      processes: processes.map(asBalanced),
    }));
    return [own, ...others];
  }
}

function asBalanced({ name, waiting, isAtRisk, state }: LocalProcess | RosterProcess) {
  return { name, waiting, isAtRisk, runs: state === 'running' || state === 'awaiting' };
}
