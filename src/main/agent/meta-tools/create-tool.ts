import { RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';
import { ToolCapabilities } from '../../../shared/open-mode.ts';
import { runnable } from '../tools/created-tool.ts';
import { objectOf } from '../tools/parameters.ts';
import { checkSchema } from './check-schema.ts';
import { selfChanging } from './self-changing.ts';

/** `create_tool`: the agent makes a script into a tool of its own. */
export const createTool = selfChanging({
  name: 'create_tool',
  description:
    'Makes a tool for yourself out of JavaScript, or replaces one that you made. The code is `export default async function run(args, agent) { … }` and returns what the tool answers. It runs alone: no files, no network, no modules, 1 s of computing. Name in capabilities what else it needs; a person has to approve that: http (hosts that you may reach; then agent.tool("http_fetch", {url})) and context (keys; then agent.context.get and set).',
  parameters: objectOf(
    {
      tool_name: { type: 'string', description: 'Lower-case letters, digits and "_".' },
      tool_description: { type: 'string', minLength: 1, maxLength: 2_000 },
      parameters: { type: 'object', description: 'JSON Schema of the arguments: an object with its properties.' },
      javascript_code: { type: 'string', minLength: 1, maxLength: 100_000 },
      capabilities: {
        type: 'object',
        properties: {
          http: { type: 'array', items: { type: 'string' } },
          context: { type: 'array', items: { type: 'string' } },
        },
        additionalProperties: false,
      },
    },
    ['tool_name', 'tool_description', 'javascript_code'],
  ),
  isPermitted: ({ config }) => config.openMode.allowToolCreation,
  changeOf(args) {
    const parameters: JsonObject = isJsonObject(args['parameters']) ? args['parameters'] : { type: 'object' };
    checkSchema(parameters);
    return {
      do: 'put_tool',
      name: String(args['tool_name']),
      tool: {
        description: String(args['tool_description']),
        parameters,
        script: String(args['javascript_code']),
        ...capabilitiesOf(args['capabilities']),
      },
    };
  },
  async examine(change, mode) {
    if (change.do === 'put_tool') await mode.checkScript(runnable(String(change.tool['script'])));
  },
});

function capabilitiesOf(given: Json | undefined): JsonObject {
  if (given === undefined || given === null) return {};
  const read = ToolCapabilities.safeParse(given);
  if (!read.success)
    throw new RuntimeError(
      'TOOL_ARGS_INVALID',
      `The capabilities of a tool are lists of text, http and context: ${read.error.issues[0]?.message ?? ''}.`,
    );
  const { http, context } = read.data;
  if (http.length === 0 && context.length === 0) return {};
  return { capabilities: { ...(http.length > 0 ? { http } : {}), ...(context.length > 0 ? { context } : {}) } };
}
