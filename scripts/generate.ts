import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { allCommands } from '../src/main/cli/commands.ts';
import { explanation } from '../src/main/cli/help.ts';
import { type Operation, operations } from '../src/shared/api.ts';
import { entryBodies } from '../src/shared/entries/journal-entries.ts';
import { errorCodes } from '../src/shared/errors.ts';
import { isJsonObject, type JsonObject } from '../src/shared/json.ts';
import { outwardJsonSchema } from '../src/shared/json-schema.ts';
import { Manifest } from '../src/shared/manifest.ts';

/**
 * Writes what follows from the contracts: the JSON Schema of `.agent` files, the OpenAPI description and the reference
 * pages. `--check` writes nothing and ends with 1 where a file is not what it should be.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const tableHead = '| key | value | default | meaning |\n|---|---|---|---|\n';
const generated = 'Made by `npm run generate` from the schemas; edit those.';

const files: Record<string, string> = {
  'resources/agent.schema.json': json({ $id: 'agent.schema.json', ...outwardJsonSchema(Manifest) }),
  'docs/reference/openapi.json': json(openApi()),
  'docs/reference/api.md': apiPage(),
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/manifest.md': manifestPage(),
  'docs/reference/journal.md': journalPage(),
  'docs/reference/cli.md': cliPage(),
  'docs/reference/metrics.md': metricsPage(),
};

const stale: string[] = [];
for (const [path, content] of Object.entries(files)) {
  const file = join(root, path);
  if (read(file) === content) continue;
  stale.push(path);
  if (process.argv.includes('--check')) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`not as the schemas say, run npm run generate: ${stale.join(', ')}`);
  process.exit(1);
}
console.log(stale.length === 0 ? 'all generated files are fresh' : `wrote ${stale.join(', ')}`);

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function json(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function page(title: string, ...parts: string[]): string {
  return `${[`# ${title}`, `_${generated}_`, ...parts].join('\n\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, retryable, hint }]) => `| \`${code}\` | ${status} | ${retryable ? 'yes' : ''} | ${cell(hint)} |`,
  );
  return page(
    'Errors',
    'Every refusal carries a `code`. Over HTTP it is a problem document (RFC 9457) with this status.',
    ['| code | status | may pass by itself | what to do |', '|---|---|---|---|', ...rows].join('\n'),
  );
}

function fieldRows(schema: JsonObject, prefix = '', depth = 0): string[] {
  const { properties } = schema;
  if (!isJsonObject(properties)) return [];
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).flatMap(([name, field]) => {
    if (!isJsonObject(field)) return [];
    const preset =
      field['default'] === undefined
        ? required.includes(name)
          ? '**required**'
          : ''
        : `\`${JSON.stringify(field['default'])}\``;
    const words = [field['title'], field['description'], field['unit'] ? `(${String(field['unit'])})` : undefined]
      .filter(Boolean)
      .join(': ');
    const row = `| \`${prefix}${name}\` | ${cell(typeText(field))} | ${cell(preset)} | ${cell(words)} |`;
    return depth < 1 ? [row, ...fieldRows(field, `${prefix}${name}.`, depth + 1)] : [row];
  });
}

function typeText(field: JsonObject): string {
  if (Array.isArray(field['enum'])) return field['enum'].map(String).join(', ');
  if (field['const'] !== undefined) return String(field['const']);
  const options = field['anyOf'] ?? field['oneOf'];
  if (Array.isArray(options)) return [...new Set(options.filter(isJsonObject).map(typeText))].join(' or ');
  return String(field['type'] ?? 'any');
}

function manifestPage(): string {
  const schema = outwardJsonSchema(Manifest);
  const triggers = (schema['properties'] as JsonObject)['triggers'] as JsonObject;
  const kinds = ((triggers['items'] as JsonObject)['oneOf'] as JsonObject[]).map(
    (kind) =>
      `### ${String(kind['title'])}\n\n${String(kind['description'])}\n\n${tableHead}${fieldRows(kind, '', 1).join('\n')}`,
  );
  const { triggers: _triggers, config: _config, ...properties } = schema['properties'] as JsonObject;
  return page(
    'The .agent file',
    'YAML. Keys are snake_case; durations are seconds or text such as `5m`. Any setting may also stand in a `config:` block. `${VAR}` and `${VAR:-default}` are put in when the file is used.',
    `## Settings\n\n${tableHead}${fieldRows({ ...schema, properties }).join('\n')}`,
    '## Triggers',
    ...kinds,
  );
}

function apiPage(): string {
  const sections = Object.entries(operations as Record<string, Operation>).map(
    ([name, { route, scope, summary, status, input }]) => {
      const fields = fieldRows(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as JsonObject, '', 1);
      return `## ${name}\n\n\`${route.replace(' ', ' /api/v1')}\` · ${scope} · ${status}\n\n${summary}${fields.length > 0 ? `\n\n${tableHead}${fields.join('\n')}` : ''}`;
    },
  );
  return page(
    'Operations',
    'JSON over HTTP. Send `Authorization: Bearer …` with the token of the data folder. Lists answer `{ items, next }`; give `next` as `cursor` for the next page.',
    ...sections,
  );
}

function journalPage(): string {
  const sections = Object.entries(entryBodies).map(
    ([kind, schema]) =>
      `## ${kind}\n\n${tableHead}${fieldRows(z.toJSONSchema(schema, { unrepresentable: 'any' }) as JsonObject, '', 1).join('\n')}`,
  );
  return page(
    'Journal entries',
    'What each kind of entry holds. Every entry also has `process`, `seq`, `at` (epoch ms), `commit`, `epoch` and `hash`.',
    ...sections,
  );
}

function cliPage(): string {
  return page(
    'Command line',
    ...allCommands(version).map((command) => `## ${command.name}\n\n\`\`\`\n${explanation(command).trim()}\n\`\`\``),
  );
}

/** Metrics are named where they are measured; this reads their names and what they say from there. */
function metricsPage(): string {
  const folder = join(root, 'src/main');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(join(folder, name)));
  const named = sources.flatMap((text) => [
    ...text.matchAll(/'(agent_runtime_[a-z0-9_]+)',\s*(?:help: )?'((?:[^'\\]|\\.)+)'(?:,\s*'([a-z]+)')?/g),
  ]);
  const rows = named
    .map(([, name = '', help = '', label]) => [name, cell(help), label ? `\`${label}\`` : ''] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([name, help, label]) =>
        `| \`${name}\` | ${name.endsWith('_total') ? 'counter' : 'gauge'} | ${label} | ${help} |`,
    );
  return page(
    'Metrics',
    '`GET /metrics` answers in the text format of Prometheus, behind the same token as the API (scope read).',
    ['| name | kind | label | meaning |', '|---|---|---|---|', ...rows].join('\n'),
  );
}

function openApi(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [name, operation] of Object.entries(operations as Record<string, Operation>)) {
    const [method = '', path = ''] = operation.route.split(' ');
    const schema = z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as JsonObject;
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, field]) => field as string);
    const properties = (schema['properties'] ?? {}) as JsonObject;
    const rest = Object.fromEntries(Object.entries(properties).filter(([field]) => !inPath.includes(field)));
    const inQuery = method === 'GET' ? Object.keys(rest) : [];
    const parameters = [
      ...inPath.map((field) => ({ name: field, in: 'path', required: true, schema: properties[field] ?? {} })),
      ...inQuery.map((field) => ({ name: field, in: 'query', schema: properties[field] ?? {} })),
    ];
    const body =
      method === 'GET' || Object.keys(rest).length === 0
        ? {}
        : { requestBody: { content: { 'application/json': { schema: { type: 'object', properties: rest } } } } };
    const output = z.toJSONSchema(operation.output, { unrepresentable: 'any' }) as JsonObject;
    const { $schema: _draft, ...answer } = output;
    const key = `/api/v1${path.replace(/:(\w+)/g, '{$1}')}`;
    paths[key] = {
      ...paths[key],
      [method.toLowerCase()]: {
        operationId: name,
        summary: operation.summary,
        parameters: parameters as unknown as JsonObject[],
        ...body,
        responses: {
          [operation.status]: { description: 'Done.', content: { 'application/json': { schema: answer } } },
          default: {
            description: 'Refused, with a code.',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Agent Runtime', version, description: generated },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          type: 'object',
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { enum: Object.keys(errorCodes) },
            hint: { type: 'string' },
          },
        },
      },
    },
  };
}
