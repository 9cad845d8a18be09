import type { Sandbox } from '../../src/main/agent/sandbox/sandbox.ts';
import type { AgentProcess } from '../../src/main/processes/agent-process.ts';
import { definitionFrom } from '../../src/main/processes/versions/definition.ts';
import type { ProcessConfigInput } from '../../src/shared/config/process-config.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { Json } from '../../src/shared/json.ts';
import { script, wake } from './make.ts';
import { type Cut, never } from './power.ts';
import type { StoreKind } from './stores.ts';
import { createWorld, type World } from './world.ts';

const body = `
  const { n = event.payload.scheduled_time, kind } = event.payload;
  await agent.context.set('seen ' + n, true);
  if (kind === 'pay') await agent.tool('pay', { what: n });
  if (kind === 'pay') await agent.tool('haul', { what: n });
  if (kind === 'ask') await agent.ask('go on?');
  if (kind === 'sleep') await agent.sleep(5_000);
  await agent.tool('put', { what: n });
  await agent.emit('work.done', { n });
  return null`;
const worker: ProcessConfigInput = { ...script(body), triggers: [{ type: 'cron', cronExpression: '0 * * * *' }] };
const laterWorker: ProcessConfigInput = { ...worker, ...script(`// the second version\n${body}`) };
const listener: ProcessConfigInput = {
  ...script(`await agent.tool('put', { what: 'heard ' + event.payload.data.n }); return null`),
  triggers: [{ type: 'event', eventType: 'work.*' }],
};

/**
 * A day with everything in it that a process writes down. Whatever the power does, each deed is done again until it is
 * acknowledged, as a sender or a person would.
 */
export class LongDay {
  readonly world: World;
  /** Events whose sender heard yes, by what they carry. */
  readonly acknowledged = new Map<Json, string>();
  /** How often the power went. */
  cuts = 0;
  #hoursPassed = false;

  private constructor(world: World) {
    this.world = world;
  }

  static async begin(journal: StoreKind, sandbox: () => Sandbox, cut?: Cut): Promise<LongDay> {
    return new LongDay(await createWorld({ journal, sandbox, clock: 'hand', gathers: true, ...(cut ? { cut } : {}) }));
  }

  async live(): Promise<void> {
    const { world } = this;
    await this.#do(() => this.#started('worker', worker));
    await this.#do(() => this.#started('listener', listener));
    await this.#do(() => this.#started('gone', script('return null')));
    for (const [n, kind] of ['pay', 'put', 'ask', 'sleep', 'retry'].entries()) await this.#wake(n + 1, kind);
    await this.#do(() => this.#drained());
    await this.#do(() => this.#worker.steering.setContext('price', 2, 'ada'));
    await this.#do(() => this.#worker.steering.setContext('old', true, 'ada'));
    await this.#do(async () => {
      if (this.#worker.snapshot.context.has('old')) await this.#worker.steering.deleteContext('old', 'ada');
    });
    await this.#do(() => this.#worker.steering.clearConversation('ada'));
    await this.#do(async () => {
      if (this.#worker.state === 'running') await this.#worker.suspend('ada');
    });
    await this.#wake(6, 'put');
    await this.#do(async () => {
      const id = this.acknowledged.get(6) as string;
      if (this.#worker.snapshot.queue.has(id)) await this.#worker.steering.cancelEvent(id, 'not needed', 'ada');
    });
    await this.#do(async () => {
      if (this.#worker.state === 'suspended') await this.#worker.resume('ada');
    });
    await this.#do(() => this.#worker.update(definitionFrom('worker', laterWorker), 'ada', 'better'));
    await this.#do(() => this.#worker.stop('ada'));
    await this.#do(() => this.#started('worker'));
    await this.#wake(7, 'put');
    await this.#do(async () => {
      const gone = world.alive('gone');
      if (!gone.snapshot.deleted) await gone.delete('ada');
    });
    await this.#do(async () => {
      if (this.#hoursPassed) return;
      await world.restart('closed');
      await world.clock.advance(3.5 * 3_600_000);
      this.#hoursPassed = true;
      await this.#broughtUp();
    });
    await this.#do(() => this.#drained());
  }

  get #worker(): AgentProcess {
    return this.world.alive('worker');
  }

  /** Does it again in the next life until the program lives to see it done. */
  async #do(deed: () => Promise<unknown>): Promise<void> {
    for (;;) {
      let isDone = false;
      const done = this.#broughtUp()
        .then(deed)
        .then(() => {
          isDone = true;
        });
      // A deed may itself begin another life, whose power can go as well.
      const isLost = () => !isDone && !this.world.power.isOn;
      await Promise.race([done, this.world.until(() => isDone || isLost())]);
      if (isDone) return;
      this.cuts++;
      await this.world.restart('killed');
    }
  }

  /** Takes up what the journal knows, as a node does when it starts. */
  async #broughtUp(): Promise<void> {
    for (const name of await this.world.journal.processes()) {
      if (!this.world.known(name)) await this.world.takenUp(name);
    }
    // On the first morning there is nobody to be taken up yet.
    if (this.world.known('listener')?.isArmed) this.world.gathered();
  }

  async #started(name: string, config?: ProcessConfigInput): Promise<void> {
    const process = this.world.known(name) ?? this.world.process(name, config);
    if (process.state !== 'running' && process.state !== 'awaiting') await process.start();
  }

  async #wake(n: number, kind: string): Promise<void> {
    await this.#do(async () => {
      if (kind === 'retry') this.world.ledger.fail('put', new RuntimeError('FETCH_FAILED', 'The line was cut.'));
      const { eventId } = await wake(this.#worker, { n, kind }, String(n));
      this.acknowledged.set(n, eventId);
    });
  }

  /** Lets time pass and answers what is asked, truly, until nothing is left to do. */
  async #drained(): Promise<void> {
    const { world } = this;
    const { power } = world;
    await world.until(async () => {
      // The person goes home when the power does, and comes again in the next life.
      if (!power.isOn) return never;
      await world.clock.advance(500);
      for (const [id, { item }] of [...this.#worker.snapshot.items]) await this.#answered(id, item);
      const live = [this.#worker, world.alive('listener')];
      return live.every(({ snapshot }) => snapshot.queue.size === 0 && snapshot.outbox.size === 0);
    });
  }

  async #answered(id: string, { kind, about }: { kind: string; about: Record<string, Json> }): Promise<void> {
    const what = (about['args'] as { what?: Json } | undefined)?.what;
    const happened = this.world.ledger.done(String(about['tool'])).includes(what);
    const answer = kind === 'question' ? 'yes' : happened ? 'happened' : 'run_again';
    await this.#worker.steering.answer(id, answer, 'ada');
  }
}
