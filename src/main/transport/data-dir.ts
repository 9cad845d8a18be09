import { join } from 'node:path';

/**
 * Where a node keeps what it has when nobody says otherwise: `AGENT_RUNTIME_HOME`, else the platform's place for the
 * data of programs. Desktop, headless node and CLI agree on it, and so find each other.
 */
export function defaultDataDir(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
): string {
  if (env['AGENT_RUNTIME_HOME']) return env['AGENT_RUNTIME_HOME'];
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Agent Runtime');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Agent Runtime');
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'agent-runtime');
}

/**
 * Where is kept what must not travel with the data: `AGENT_RUNTIME_STATE`, else the platform's place for the state of
 * programs. Null where that variable is empty: then nothing is kept.
 */
export function defaultStateDir(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
): string | null {
  const named = env['AGENT_RUNTIME_STATE'];
  if (named !== undefined) return named || null;
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Agent Runtime Folders');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Agent Runtime Folders');
  return join(env['XDG_STATE_HOME'] ?? join(home, '.local', 'state'), 'agent-runtime', 'folders');
}
