import { existsSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Output } from '../../../shared/api.ts';
import { nearest } from '../../../shared/casing.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { processNamePattern } from '../../../shared/ids.ts';
import type { ManifestCheck } from '../../../shared/views/views.ts';
import { type Command, type Invocation, operationCommand, ownFlag } from '../command.ts';
import { readText } from '../flags.ts';
import { exits, UsageError } from '../terminal.ts';
import { printable, table } from '../text.ts';

export const manifestCommands: Command[] = [
  {
    name: 'validate',
    summary: 'Says whether .agent files are right, and where they are not.',
    args: ['file...'],
    flags: {},
    async run(call) {
      const checks: { file: string; check: ManifestCheck }[] = [];
      for (const file of call.words) {
        const manifest = readText(file, call.terminal);
        checks.push({ file, check: await checkManifest(call, manifest) });
      }
      call.show(checks.length === 1 ? checks[0]?.check : checks, () =>
        checks.flatMap(({ file, check }) => checkLines(file, check)).join('\n'),
      );
      return checks.every(({ check }) => check.valid) ? undefined : exits.refused;
    },
  },
  loadCommand(),
  operationCommand<'listTemplates', Output<'listTemplates'>>({
    name: 'templates',
    summary: 'Lists agents to begin with.',
    operation: 'listTemplates',
    text: ({ items }, { terminal }) =>
      table(
        items,
        [
          { title: 'TEMPLATE', value: ({ id }) => id },
          { title: 'NEEDS', value: ({ needs }) => needs.join(', ') || 'nothing' },
          { title: 'WHAT', value: ({ title, description }) => `${title}: ${description}` },
        ],
        terminal.columns,
      ),
  }),
  {
    name: 'init',
    summary: 'Writes a .agent file to begin with, from a template or blank.',
    args: ['name'],
    flags: {
      template: ownFlag('template', 'text', 'Which template; see "templates". Needs a node that runs.'),
      file: ownFlag('file', 'text', 'Where to write it (default <name>.agent).'),
      force: ownFlag('force', 'boolean', 'Replace a file that is there.'),
    },
    run: (call) => init(call),
  },
];

/** Asks the node; where none runs and none was named, this program reads manifests itself. */
async function checkManifest(call: Invocation, manifest: string): Promise<ManifestCheck> {
  try {
    return await call.node().validateManifest({ manifest });
  } catch (thrown) {
    if (!(thrown instanceof RuntimeError) || thrown.code !== 'NODE_UNREACHABLE' || call.place.url) throw thrown;
    const reader = await import('../../runtime/manifests/manifest.ts');
    return reader.checkManifest(manifest);
  }
}

function checkLines(file: string, { valid, name, problems, warnings }: ManifestCheck): string[] {
  const lines = problems.map(({ path, line, column, message }) => {
    const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
    return printable(`${place}: ${path ? `${path}: ` : ''}${message}`);
  });
  return [
    ...(valid ? [`${file}: ${name} is right`] : lines),
    ...warnings.map((text) => printable(`${file}: warning: ${text}`)),
  ];
}

function loadCommand(): Command {
  const load = operationCommand<'loadManifests', Output<'loadManifests'>>({
    name: 'load',
    summary: 'Loads a .agent file, or all of a folder: creates what is new, updates what has changed.',
    args: ['path'],
    operation: 'loadManifests',
    text: () => '',
  });
  return {
    ...load,
    async run(call) {
      const path = resolve(call.terminal.cwd, String(call.input['path']));
      const answer = await call.node().loadManifests({ ...call.input, path });
      call.show(answer, () => {
        const list = (title: string, names: string[]) => (names.length > 0 ? [`${title}: ${names.join(', ')}`] : []);
        return [
          ...list('created', answer.created),
          ...list('updated', answer.updated),
          ...list('unchanged', answer.unchanged),
          ...answer.failed.map(({ file, message }) => printable(`${file}: ${message}`)),
        ].join('\n');
      });
      return answer.failed.length > 0 ? exits.refused : undefined;
    },
  };
}

async function init(call: Invocation): Promise<undefined> {
  const { name, template, file, force } = call.input as {
    name: string;
    template?: string;
    file?: string;
    force?: boolean;
  };
  if (!processNamePattern.test(name)) {
    throw new UsageError(`"${name}" cannot be a name: use a letter, then letters, digits, "_" or "-"; at most 64.`);
  }
  const texts = template === undefined ? [{ name, manifest: blank(name) }] : await fromTemplate(call, name, template);
  const written: string[] = [];
  for (const agent of texts) {
    const target = resolve(
      call.terminal.cwd,
      texts.length === 1 ? (file ?? `${agent.name}.agent`) : `${agent.name}.agent`,
    );
    if (existsSync(target) && !(force === true && statSync(target).isFile())) {
      throw new RuntimeError('NAME_TAKEN', `${target} is there already; use --force to replace it.`, { file: target });
    }
    writeFileSync(target, agent.manifest);
    written.push(target);
  }
  call.show({ files: written }, () =>
    [...written.map((path) => `wrote ${path}`), 'next: agent-runtime load <file> --start'].join('\n'),
  );
  return undefined;
}

async function fromTemplate(call: Invocation, name: string, id: string): Promise<{ name: string; manifest: string }[]> {
  const { items } = await call.node().listTemplates({});
  const template = items.find((item) => item.id === id);
  if (!template) {
    const meant = nearest(
      id,
      items.map((item) => item.id),
    );
    throw new RuntimeError(
      'TEMPLATE_NOT_FOUND',
      `There is no template "${id}".${meant ? ` Did you mean ${meant}?` : ''}`,
    );
  }
  const [only] = template.agents;
  if (template.agents.length !== 1 || !only) return template.agents;
  return [{ name, manifest: only.manifest.replace(/^name:.*$/m, `name: ${name}`) }];
}

/** Runs as it stands: no model, no key, one trigger by hand. */
function blank(name: string): string {
  return `version: "1.0"
name: ${name}
description: Says hello and counts how often.

# A model thinks:      model: openai:gpt-5-mini   with   instructions: …
# A script needs none: model: script              with   script: …
model: script
script: |
  export default async function run(event, agent) {
    const count = ((await agent.context.get('count')) ?? 0) + 1;
    await agent.context.set('count', count);
    return \`Hello number \${count}\`;
  }

triggers: []
#  - type: cron
#    cron_expression: "*/5 * * * *"
`;
}
