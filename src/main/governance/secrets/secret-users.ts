import type { ProcessConfig } from '../../../shared/config/process-config.ts';
import type { Json } from '../../../shared/json.ts';
import { handlesIn } from '../../../shared/secret-handles.ts';
import type { SecretView } from '../../../shared/views/governance-views.ts';

type Users = SecretView['usedBy'];
type Part = Users[number]['part'];

const parts: Partial<Record<keyof ProcessConfig, Part>> = {
  model: 'model',
  models: 'model',
  memory: 'memory',
  triggers: 'trigger',
  servers: 'server',
  script: 'agent',
  instructions: 'agent',
};

/** What of an agent names a secret; one that it declares is its agent's as well. */
export function secretUsers(config: ProcessConfig, secret: string): Users {
  const users: Users = config.secrets?.secrets[secret] === undefined ? [] : [{ part: 'agent', name: null }];
  const note = (part: Part, name: string | null, value: unknown) => {
    if (!handlesIn((value ?? null) as Json).includes(secret)) return;
    if (!users.some((user) => user.part === part && user.name === name)) users.push({ part, name });
  };
  for (const [section, value] of Object.entries(config)) {
    const part = parts[section as keyof ProcessConfig];
    if (section === 'secrets') continue;
    if (section === 'servers')
      for (const [name, server] of Object.entries(config.servers)) note('server', name, server);
    else if (section === 'triggers')
      for (const trigger of config.triggers) note('trigger', trigger.id ?? null, trigger);
    else note(part ?? 'settings', part ? null : section, value);
  }
  return users;
}
