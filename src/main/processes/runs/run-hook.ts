import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { HookConfig } from '../../../shared/config/hooks-config.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import type { Sandbox } from '../../agent/sandbox/sandbox.ts';
import { signalGroup } from '../../agent/tools/process-group.ts';

/** A hook has little to say. */
const mostOutputBytes = 262_144;
/** What a command gets of the environment of the node. */
const passedOn = ['PATH', 'HOME', 'LANG', 'TZ', 'SYSTEMROOT', 'USERPROFILE', 'PATHEXT', 'COMSPEC'];
/** A system that is short of processes for a moment is asked again. */
const starts = 3;

export interface HookHost {
  readonly sandbox: () => Sandbox;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs the script or the command of a hook. @throws RuntimeError `HOOK_FAILED`, or what the sandbox throws. */
export function runHook(host: HookHost, hook: HookConfig, given: JsonObject, timeoutMs: number): Promise<Json> {
  if (hook.script !== undefined) return runScript(host.sandbox(), hook.script, given, timeoutMs);
  return runCommand(hook.command ?? [], hook.cwd ?? tmpdir(), host.env, given, timeoutMs);
}

async function runScript(sandbox: Sandbox, code: string, given: JsonObject, timeoutMs: number): Promise<Json> {
  const signal = AbortSignal.timeout(timeoutMs);
  const call = (name: string) =>
    Promise.reject(
      new RuntimeError('NOT_SUPPORTED', `A hook only looks at what it is given; it cannot use agent.${name}.`),
    );
  try {
    return await sandbox.run({
      code,
      event: given,
      context: {},
      startedAt: Number(given['at']),
      seed: 'hook',
      call,
      signal,
    });
  } catch (thrown) {
    if (signal.aborted) throw tooLate(timeoutMs);
    throw thrown;
  }
}

async function runCommand(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: HookHost['env'],
  given: JsonObject,
  timeoutMs: number,
): Promise<Json> {
  const child = await started(program, args, cwd, env);
  const text = await outputOf(child, program, JSON.stringify(given), timeoutMs);
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new RuntimeError('HOOK_FAILED', `${program} wrote what is no JSON; it must write one object, or nothing.`);
  }
}

async function started(
  program: string,
  args: readonly string[],
  cwd: string,
  env: HookHost['env'],
): Promise<ChildProcess> {
  const own = Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  for (let turn = 1; ; turn++) {
    // A group of its own, so that whatever it starts can be ended with it.
    const child = spawn(program, args, {
      cwd,
      env: own,
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
      windowsHide: true,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return child;
    } catch (thrown) {
      const again = (thrown as NodeJS.ErrnoException).code === 'EAGAIN' && turn < starts;
      if (!again) throw new RuntimeError('HOOK_FAILED', `${program} could not be started: ${asError(thrown).message}.`);
    }
  }
}

/** What it writes until it ends; whatever it leaves behind is ended with it. */
function outputOf(child: ChildProcess, program: string, input: string, timeoutMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise<string>((resolve, reject) => {
    const end = (refusal?: RuntimeError) => {
      clearTimeout(timer);
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      if (refusal) reject(refusal);
      else resolve(Buffer.concat(chunks).toString());
    };
    const timer = setTimeout(() => end(tooLate(timeoutMs)), timeoutMs);
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostOutputBytes)
        end(new RuntimeError('HOOK_FAILED', `${program} wrote more than ${mostOutputBytes} bytes.`));
      else chunks.push(chunk);
    });
    // Whatever still runs keeps its output open.
    child.once('exit', () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'));
    child.once('close', (code) =>
      end(code === 0 ? undefined : new RuntimeError('HOOK_FAILED', `${program} ended with ${code ?? 'a signal'}.`)),
    );
    // It may end without reading.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function tooLate(timeoutMs: number): RuntimeError {
  return new RuntimeError('HOOK_FAILED', `It did not answer within ${timeoutMs} ms.`);
}
