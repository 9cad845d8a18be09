import { z } from 'zod';
import { isOperation, type OperationName, operations, type Scope } from '../../../shared/api.ts';
import { errorCodes, RuntimeError } from '../../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../shared/json.ts';

/** Asks the node for something, in the name of whoever is at the other end. */
export type CallOperation = (name: OperationName, input: unknown) => Promise<unknown>;

const ranks: Record<Scope, number> = { read: 0, operate: 1, admin: 2 };
/** Take back what was done, though no DELETE. */
const destructive = new Set<string>(['rewind', 'restore', 'stopAll']);

/** The operations that a scope may use, as tools. */
export function operationTools(scope: Scope) {
  return (Object.keys(operations) as OperationName[])
    .filter((name) => ranks[operations[name].scope] <= ranks[scope])
    .map(toolOf);
}

function toolOf(name: OperationName) {
  const { route, summary, input, scope } = operations[name];
  const [method = ''] = route.split(' ');
  const { $schema: _draft, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  const isRead = scope === 'read';
  const repeatable =
    isRead || method === 'PUT' || method === 'DELETE' || Object.hasOwn((input as z.ZodObject).shape, 'idempotencyKey');
  return {
    name,
    description: summary,
    inputSchema: { ...schema, type: 'object' as const },
    annotations: {
      title: summary,
      readOnlyHint: isRead,
      destructiveHint: !isRead && (method === 'DELETE' || destructive.has(name)),
      idempotentHint: repeatable,
      openWorldHint: false,
    },
  };
}

/** What a tool call gave, as MCP has it: refusals are results too, so that a model can read them. */
export async function callTool(call: CallOperation, name: string, input: unknown) {
  try {
    if (!isOperation(name))
      throw new RuntimeError('TOOL_UNKNOWN', `There is no tool "${name}"; list the tools to see which there are.`);
    const value = (await call(name, input ?? {})) as Json;
    const content = [{ type: 'text' as const, text: JSON.stringify(value) ?? 'null' }];
    return isJsonObject(value) ? { content, structuredContent: value as JsonObject } : { content };
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError)) throw thrown;
    const text = `${thrown.code}: ${thrown.message} ${errorCodes[thrown.code].hint}`;
    return { content: [{ type: 'text' as const, text }], isError: true };
  }
}
