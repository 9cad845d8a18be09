import { basename } from 'node:path';
import type { ServerConfig } from '../../../../shared/config/server-config.ts';
import { toMs } from '../../../../shared/duration.ts';
import { RuntimeError } from '../../../../shared/errors.ts';
import { hashOf } from '../../../lib/hash.ts';

/** Puts in the value of a secret; other text comes back as it is. */
export type Reveal = (text: string) => Promise<string>;

/** What two processes must have in common to use one server: all that it can see. */
export interface ServerSpec {
  command: string | undefined;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string | undefined;
  url: string | undefined;
  headers: Readonly<Record<string, string>>;
  /** Whose sign-in it is: a server that knows who signed in is never shared between processes. */
  oauth?: {
    owner: string;
    clientId?: string | undefined;
    clientSecret?: string | undefined;
    scope?: string | undefined;
  };
  startTimeoutMs: number;
  idleMs: number;
}

/** The spec with its secrets put in. */
export async function specOf(config: ServerConfig, reveal: Reveal, owner: string): Promise<ServerSpec> {
  const { oauth } = config;
  return {
    command: config.command,
    args: await Promise.all(config.args.map(reveal)),
    env: await revealed(config.env, reveal),
    cwd: config.cwd,
    url: config.url,
    headers: await revealed(config.headers, reveal),
    ...(oauth
      ? {
          oauth: {
            owner,
            clientId: oauth.clientId,
            clientSecret: oauth.clientSecret === undefined ? undefined : await reveal(oauth.clientSecret),
            scope: oauth.scope,
          },
        }
      : {}),
    startTimeoutMs: toMs(config.startTimeout),
    idleMs: toMs(config.idleAfter),
  };
}

async function revealed(values: Readonly<Record<string, string>>, reveal: Reveal): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(values).map(async ([key, value]) => [key, await reveal(value)])),
  );
}

/** Equal for specs that can share a server. Holds no secret. */
export const specKey = (spec: ServerSpec): string => hashOf(spec);

/** The exact command or address for people to see; the values of variables and headers are left out. */
export function shownSpec(config: Pick<ServerConfig, 'command' | 'args' | 'env' | 'url'>): string {
  if (config.url !== undefined) return config.url;
  const words = [config.command ?? '', ...config.args].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word),
  );
  return [...Object.keys(config.env).map((key) => `${key}=…`), ...words].join(' ');
}

/** How launchers of packages are called, and where among their arguments the package stands. */
const launchers: Record<string, { subcommands: readonly string[]; package: RegExp; example: string }> = {
  npx: { subcommands: [], package: /^(-p|--package)$/, example: 'package@1.2.3' },
  bunx: { subcommands: [], package: /^(-p|--package)$/, example: 'package@1.2.3' },
  pnpx: { subcommands: [], package: /^--package$/, example: 'package@1.2.3' },
  npm: { subcommands: ['exec', 'x'], package: /^--package$/, example: 'package@1.2.3' },
  pnpm: { subcommands: ['dlx'], package: /^--package$/, example: 'package@1.2.3' },
  yarn: { subcommands: ['dlx'], package: /^(-p|--package)$/, example: 'package@1.2.3' },
  uvx: { subcommands: [], package: /^--from$/, example: 'package==1.2.3' },
};
const exact = /^(?:@[\w.-]+\/)?[\w.-]+(?:\[[\w,-]+\])?(?:@|==)\d+\.\d+[\w.+-]*$/;
const local = /^(\.{0,2}\/|[A-Za-z]:[\\/]|file:)/;

/**
 * Refuses launchers that would fetch whatever is newest at the moment: what was looked at once must be what runs.
 * @throws RuntimeError MCP_COMMAND_REFUSED that says how to name an exact version.
 */
export function checkLaunch(name: string, { command, args }: Pick<ServerSpec, 'command' | 'args'>): void {
  const launcher = launchers[basename(command ?? '').replace(/\.(cmd|exe|ps1)$/i, '')];
  if (!launcher) return;
  const { subcommands } = launcher;
  if (subcommands.length > 0 && !subcommands.includes(args.find((arg) => !arg.startsWith('-')) ?? '')) return;
  const wanted = packageIn(args, launcher);
  if (wanted !== undefined && (exact.test(wanted) || local.test(wanted))) return;
  throw new RuntimeError(
    'MCP_COMMAND_REFUSED',
    `Server "${name}" starts ${wanted ?? 'a package'} without an exact version; write ${launcher.example.replace('package', wanted?.replace(/(.)(@|==).*$/, '$1') ?? 'package')}.`,
    { server: name },
  );
}

function packageIn(
  args: readonly string[],
  { subcommands, package: flag }: (typeof launchers)[string] & object,
): string | undefined {
  const words = [...args];
  if (subcommands.length > 0) words.splice(0, words.findIndex((word) => subcommands.includes(word)) + 1);
  for (const [index, word] of words.entries()) {
    const [option = '', value] = word.split('=', 2);
    if (flag.test(option)) return option === word ? words[index + 1] : value;
    if (!word.startsWith('-')) return word;
  }
  return undefined;
}
