import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';

/** A place of a manifest that holds a secret, and the name that secret gets in the vault. */
export interface SensitivePlace {
  path: (string | number)[];
  name: string;
  value: string;
}

/** What people write where a program wants a key and the server does not. */
const placeholder =
  /^(|ollama|lm-?studio|none|null|no|no-?key|not-?(needed|required|used|a-key)|unused|dummy|fake|test|empty|anything|change-?me|local|x+|sk-(no-key-required|x+))$/i;
const secretHeader = /authorization|cookie|(^|[-_])(key|token|secret|password|credential)s?$/i;
/** An option whose value is the next argument. */
const secretOption = /^--?(api[-_]?key|token|access[-_]token|password|secret)$/i;
const secretVariable = /(^|_)(key|apikey|token|secret|password|passwd|pass|credential|credentials|pat)$/i;

/**
 * Every place where a key or password stands in words of its own: not as a variable or a handle. Takes a manifest as it is
 * written (snake_case) or its settings (camelCase).
 */
export function sensitivePlaces(manifest: JsonObject): SensitivePlace[] {
  const found: SensitivePlace[] = [];
  const note = (path: (string | number)[], name: string, value: Json | undefined) => {
    if (Array.isArray(value)) {
      for (const [index, one] of value.entries()) note([...path, index], `${name}_${index + 1}`, one);
    } else if (typeof value === 'string' && !/\$\{|secret:\/\//.test(value) && !placeholder.test(value))
      found.push({ path, name: name.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60), value });
  };
  const config = manifest['config'];
  for (const [root, section] of [[[], manifest] as const, [['config'], config] as const]) {
    if (!isJsonObject(section)) continue;
    const at = (...steps: (string | number)[]) => [...root, ...steps];
    noteKeys(section['model'], at('model'), 'model', note);
    for (const [index, model] of listed(section['models']))
      noteKeys(model, at('models', index), `model_${index + 2}`, note);
    noteKeys(section['memory'], at('memory'), 'memory', note);
    if (isJsonObject(section['memory']))
      noteKeys(section['memory']['embedder'], at('memory', 'embedder'), 'embedder', note);
    for (const [index, trigger] of listed(section['triggers'])) {
      const known = ['id', 'webhook_path', 'webhookPath']
        .map((key) => trigger[key])
        .find((one) => typeof one === 'string');
      const name = known ? String(known).replace(/^[^A-Za-z]+/, '') || 'webhook' : `trigger_${index + 1}`;
      noteKeys(trigger, at('triggers', index), /^[A-Za-z]/.test(name) ? name : `trigger_${name}`, note);
    }
    noteServers(section['servers'], at('servers'), note);
  }
  return found;
}

type Note = (path: (string | number)[], name: string, value: Json | undefined) => void;

function noteKeys(section: Json | undefined, path: (string | number)[], name: string, note: Note): void {
  if (!isJsonObject(section)) return;
  for (const key of ['api_key', 'apiKey']) note([...path, key], `${name}_api_key`, section[key]);
  for (const key of ['hmac_secret', 'hmacSecret']) note([...path, key], `${name}_secret`, section[key]);
  for (const key of ['client_secret', 'clientSecret']) note([...path, key], `${name}_client_secret`, section[key]);
}

function noteServers(servers: Json | undefined, path: (string | number)[], note: Note): void {
  if (!isJsonObject(servers)) return;
  for (const [name, server] of Object.entries(servers)) {
    if (!isJsonObject(server)) continue;
    noteKeys(server['oauth'], [...path, name, 'oauth'], name, note);
    const args = Array.isArray(server['args']) ? server['args'] : [];
    for (const [index, arg] of args.entries())
      if (secretOption.test(String(arg)))
        note([...path, name, 'args', index + 1], `${name}_${String(arg).replace(/^-+/, '')}`, args[index + 1]);
    for (const [where, isSecret] of [
      ['env', secretVariable],
      ['headers', secretHeader],
    ] as const) {
      const values = server[where];
      if (!isJsonObject(values)) continue;
      for (const [key, value] of Object.entries(values))
        if (isSecret.test(key)) note([...path, name, where, key], `${name}_${key}`, value);
    }
  }
}

function listed(value: Json | undefined): [number, JsonObject][] {
  return Array.isArray(value)
    ? [...value.entries()].flatMap(([index, one]): [number, JsonObject][] => (isJsonObject(one) ? [[index, one]] : []))
    : [];
}
