import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { z } from 'zod';
import { modelId, type ProcessConfig } from '../../../shared/config/process-config.ts';
import { asError, RuntimeError } from '../../../shared/errors.ts';
import type { Json } from '../../../shared/json.ts';
import type { AgentEstimate } from '../../../shared/views/forecast-view.ts';
import type { TemplateView } from '../../../shared/views/views.ts';
import { abilityOf } from '../../processes/versions/definition.ts';
import { ownFilesFolder } from '../../store/own-files.ts';
import type { AskingAgent, StatedUsage } from '../planning/template-estimate.ts';
import { parseManifest } from './manifest.ts';

const Usage = z.strictObject({
  input_tokens: z.number().min(0),
  output_tokens: z.number().min(0),
  /** Beside what its schedule brings; left out: nobody knows. */
  runs_per_day: z.number().min(0).nullable().default(null),
});

export interface TemplatePlace {
  dataDir: string | null;
  url: string | null;
}

/**
 * The agents that come with the program: a `.agent` file, or a folder of them with a `sample` folder of input; beside
 * `x.agent` may stand `x.payload.json`, which it can be tried with, and `x.usage.json`, which says what a run with its model
 * usually takes. In their text `{{samples}}` stands for a copy of that folder which is the person's own, `{{node}}` for the node's address.
 */
export async function readTemplates(
  folder: string | undefined,
  place: TemplatePlace,
  estimate: (agent: AskingAgent) => AgentEstimate,
): Promise<TemplateView[]> {
  if (!folder) return [];
  const templates: TemplateView[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const isFolder = (await stat(path)).isDirectory();
    if (!isFolder && !name.endsWith('.agent')) continue;
    const files = isFolder
      ? (await readdir(path))
          .filter((file) => file.endsWith('.agent'))
          .sort()
          .map((file) => join(path, file))
      : [path];
    if (files.length > 0)
      templates.push(await template(parse(name).name, files, isFolder ? path : folder, place, estimate));
  }
  return templates;
}

async function template(
  id: string,
  files: readonly string[],
  folder: string,
  place: TemplatePlace,
  estimate: (agent: AskingAgent) => AgentEstimate,
): Promise<TemplateView> {
  const samples = await ownSamples(id, folder, place.dataDir);
  const agents: TemplateView['agents'] = [];
  const needs = new Set<string>();
  let description = '';
  const asking: AskingAgent[] = [];
  for (const file of files) {
    const text = (await readFile(file, 'utf8'))
      .replaceAll('{{samples}}', samples)
      .replaceAll('{{node}}', place.url ? new URL(place.url).host : '127.0.0.1:7420');
    try {
      const { name, definition } = parseManifest(text);
      const { config } = abilityOf(definition, process.env);
      agents.push({ name, manifest: text, sample: await samplePayload(file) });
      description ||= config.description ?? '';
      for (const need of needsOf(config)) needs.add(need);
      if (modelId(config.model) !== 'script') asking.push({ name, config, stated: await statedUsage(file) });
    } catch (thrown) {
      throw new RuntimeError(
        'MANIFEST_INVALID',
        `The template ${file} is not right: ${asError(thrown).message}`,
        {},
        { cause: thrown },
      );
    }
  }
  return {
    id,
    title: title(id),
    description,
    needs: [...needs],
    cost: costOf(asking.map(({ config }) => config)),
    estimates: asking.map(estimate),
    agents,
  };
}

async function samplePayload(file: string): Promise<Json> {
  const text = await readFile(file.replace(/\.agent$/, '.payload.json'), 'utf8').catch(() => 'null');
  return JSON.parse(text) as Json;
}

/** What the author says of a usual run, where there is something beside the template. */
async function statedUsage(file: string): Promise<StatedUsage | null> {
  const text = await readFile(file.replace(/\.agent$/, '.usage.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    runs_per_day: runsPerDay,
  } = Usage.parse(JSON.parse(text));
  return { inputTokens, outputTokens, runsPerDay };
}

async function ownSamples(id: string, folder: string, dataDir: string | null): Promise<string> {
  const source = [join(folder, 'sample'), join(folder, `${id}.sample`)];
  const target = join(dataDir ?? process.cwd(), ownFilesFolder, id);
  for (const path of source) {
    const found = await stat(path).catch(() => null);
    if (!found || !dataDir) continue;
    await copyNew(path, target);
  }
  return target.replaceAll('\\', '/');
}

/**
 * Copies what is not there yet, so that nothing of the person's is written over. By reading and writing: from within a
 * packed archive Electron offers nothing else (its `fs.cp` fails there).
 */
async function copyNew(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyNew(source, target);
    else
      await writeFile(target, await readFile(source), { flag: 'wx' }).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'EEXIST') throw thrown;
      });
  }
}

function needsOf(config: ProcessConfig): string[] {
  const needs: string[] = [];
  if (modelId(config.model) !== 'script') needs.push(`the model ${modelId(config.model)}`);
  for (const [name, mount] of Object.entries(config.context.fileMounts)) {
    const { path, mode } = typeof mount === 'string' ? { path: mount, mode: 'read_only' } : mount;
    needs.push(`the folder ${name} (${path}${mode === 'read_write' ? ', may write' : ''})`);
  }
  for (const [name, { command, args, url }] of Object.entries(config.servers))
    needs.push(`the MCP server ${name} (${url ?? args.find((arg) => arg.includes('@')) ?? command})`);
  const fetch = config.tools['http_fetch'];
  const hosts = typeof fetch === 'object' ? fetch['allow_hosts'] : undefined;
  if (Array.isArray(hosts)) needs.push(`to call ${hosts.join(', ')}`);
  return needs;
}

/** The most that agents with a model can cost, where each of them has a limit of money for a day. */
function costOf(asking: readonly ProcessConfig[]): TemplateView['cost'] {
  const caps = asking.map(({ budget }) => (budget?.enabled ? budget.maxUsdPerDay : undefined));
  const known = caps.filter((cap) => cap !== undefined);
  return {
    asksModel: asking.length > 0,
    maxUsdPerDay: known.length > 0 && known.length === caps.length ? known.reduce((sum, cap) => sum + cap, 0) : null,
  };
}

function title(id: string): string {
  const words = id.replaceAll('-', ' ').replace(/^ci cd\b/, 'CI/CD');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
