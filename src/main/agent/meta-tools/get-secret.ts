import { RuntimeError } from '../../../shared/errors.ts';
import { objectOf } from '../tools/parameters.ts';
import type { MetaTool } from './open-mode.ts';

/** `get_secret`: the handle of a secret. Its value is put in where a call leaves; no agent ever sees it. */
export const getSecret: MetaTool = {
  name: 'get_secret',
  isPermitted: (mode) => mode.config.secrets?.enabled === true || mode.secrets().length > 0,
  make: (mode) => ({
    name: 'get_secret',
    description:
      'Gives the handle of a secret, such as secret://api_key. Put the handle where the value belongs in the arguments of a tool; you never see the value.',
    parameters: objectOf({ name: { type: 'string', minLength: 1, maxLength: 64 } }, ['name']),
    reach: 'readOnly',
    async execute({ name }) {
      const secrets = mode.secrets();
      const found = secrets.find((secret) => secret.name === name);
      if (!found)
        throw new RuntimeError(
          'SECRET_NOT_FOUND',
          `There is no secret "${String(name)}"; there are: ${secrets.map((secret) => secret.name).join(', ') || 'none'}.`,
          { name: String(name) },
        );
      if (found.expired) throw new RuntimeError('SECRET_EXPIRED', `The time of secret "${found.name}" is over.`, {});
      return { content: { handle: `secret://${found.name}`, expires_at: found.expiresAt } };
    },
  }),
};
