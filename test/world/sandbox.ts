import { sandboxChildModule } from '../../src/main/agent/sandbox/child-module.ts';
import { openSandbox, type Sandbox, type SandboxOptions } from '../../src/main/agent/sandbox/sandbox.ts';
import type { SandboxJob } from '../../src/main/agent/sandbox/sandbox-job.ts';
import { type ChildProcessHandle, nodeChild } from '../../src/main/lib/child.ts';
import { RuntimeError } from '../../src/shared/errors.ts';
import type { Json } from '../../src/shared/json.ts';

export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

export interface TestSandbox extends Sandbox {
  /** Every child that was ever started. */
  readonly started: ChildProcessHandle[];
}

export function openTestSandbox(options: Partial<SandboxOptions> = {}): TestSandbox {
  const started: ChildProcessHandle[] = [];
  const start = nodeChild();
  const sandbox = openSandbox({
    childModule: sandboxChildModule(),
    startChild: (module, childOptions) => {
      const child = start(module, childOptions);
      started.push(child);
      return child;
    },
    ...options,
  });
  return Object.assign(sandbox, { started });
}

/** The body of `run(event, agent)` as a script. It starts on the first line. */
export const script = (body: string): string => `export default async function run(event, agent) { ${body}\n}`;

export type Answer = (name: string, args: Json[]) => Json | Promise<Json>;

/** A job and the calls it made. Each answer moves the script's clock on by a second. */
export function job(
  code: string,
  answer: Answer = () => null,
  more: Partial<SandboxJob> = {},
): { job: SandboxJob; calls: Json[][] } {
  const calls: Json[][] = [];
  let at = startedAt;
  const call = async (name: string, args: Json[]): Promise<{ value: Json; at: number }> => {
    calls.push([name, ...args]);
    const value = await answer(name, args);
    at += 1_000;
    return { value, at };
  };
  return { job: { code, event: {}, context: {}, startedAt, seed: 'test', call, ...more }, calls };
}

/** What a promise was rejected with, as a RuntimeError. */
export async function refusal(promise: Promise<unknown>): Promise<RuntimeError> {
  const thrown = await promise.then(
    (value) => new Error(`it was fulfilled with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (thrown instanceof RuntimeError) return thrown;
  throw thrown;
}

export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
