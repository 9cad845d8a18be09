import { posix } from 'node:path';

/** A source file: its path from the top of the repository, with `/`, and what stands in it. */
export interface Source {
  path: string;
  text: string;
}

/** Who may import whom. A folder may always import itself; what is not listed is forbidden. Brothers are strangers. */
export const mayImport: Record<string, readonly string[]> = {
  'src/shared': [],
  'src/main/lib': ['src/shared'],
  'src/main/store': ['src/shared', 'src/main/lib'],
  'src/main/journal': ['src/shared', 'src/main/lib', 'src/main/store'],
  'src/main/context': ['src/shared', 'src/main/lib', 'src/main/store', 'src/main/journal'],
  'src/main/messaging': ['src/shared', 'src/main/lib', 'src/main/store', 'src/main/journal'],
  'src/main/agent': below(4),
  'src/main/triggers': below(4),
  'src/main/governance': below(4),
  'src/main/processes': [...below(4), 'src/main/agent', 'src/main/triggers', 'src/main/governance'],
  'src/main/runtime': [...below(4), 'src/main/agent', 'src/main/triggers', 'src/main/governance', 'src/main/processes'],
  // Both see runtimes only as the table of operations in shared.
  'src/main/cluster': ['src/shared', 'src/main/lib', 'src/main/store', 'src/main/journal'],
  'src/main/transport': ['src/shared', 'src/main/lib', 'src/main/store'],
  'src/main/desktop': ['src/shared', 'src/main/lib', 'src/main/transport'],
  'src/main/cli': ['src/shared', 'src/main/lib', 'src/main/runtime', 'src/main/transport'],
  'src/preload': ['src/shared'],
  'src/renderer': ['src/shared'],
};

/** Put everything together, so may import everything. */
const wiring = ['src/main/index.ts', 'src/main/headless.ts', 'src/main/compose/', 'src/main/library.ts'];

/** Packages that have one home: where else they are named, even as a type, is a breach. */
export const homes: Record<string, readonly string[]> = {
  'electron-updater': ['src/main/desktop/'],
  electron: ['src/main/desktop/', 'src/main/index.ts', 'src/main/transport/ipc.ts', 'src/preload/'],
  express: ['src/main/transport/'],
  'better-sqlite3': ['src/main/store/'],
  pg: ['src/main/store/'],
  chokidar: ['src/main/triggers/'],
  croner: ['src/main/triggers/'],
  yaml: ['src/main/runtime/', 'src/renderer/design/manifest-text.ts'],
  openai: ['src/main/agent/models/'],
  'quickjs-wasi': ['src/main/agent/sandbox/'],
  playwright: ['src/main/agent/tools/browser/'],
  '@modelcontextprotocol/sdk': ['src/main/agent/tools/mcp/', 'src/main/transport/mcp'],
  react: ['src/renderer/'],
  'react-dom': ['src/renderer/'],
  zustand: ['src/renderer/'],
};

const banned =
  'manager helper helpers util utils service services handler handlers data info item items misc common base impl';
const bannedWords = new Set(banned.split(' '));

function below(layer: 4): string[] {
  const four = ['src/shared', 'src/main/lib', 'src/main/store', 'src/main/journal'];
  return layer === 4 ? [...four, 'src/main/context', 'src/main/messaging'] : four;
}

/** What a file imports, also for types only and later on: as it is written. */
export function importsOf({ text }: Source): string[] {
  const statements = /^\s*(?:import|export)\s[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]/gm;
  const bare = /^\s*import\s+['"]([^'"]+)['"]/gm;
  const later = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [statements, bare, later].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

function target(from: Source, specifier: string): string {
  return posix.join(posix.dirname(from.path), specifier);
}

function folderOf(path: string): string | undefined {
  return Object.keys(mayImport).find((folder) => path.startsWith(`${folder}/`));
}

export function upwardImports(sources: readonly Source[]): string[] {
  const breaches: string[] = [];
  for (const source of sources) {
    if (wiring.some((place) => source.path.startsWith(place))) continue;
    const folder = folderOf(source.path);
    if (!folder) {
      breaches.push(`${source.path} stands in no folder of the table`);
      continue;
    }
    for (const specifier of importsOf(source)) {
      if (!specifier.startsWith('.')) continue;
      const path = target(source, specifier);
      // Facts beside the source: package.json, prices.
      if (!path.startsWith('src/') && path.endsWith('.json')) continue;
      const other = folderOf(path);
      if (other === folder || (other && mayImport[folder]?.includes(other))) continue;
      breaches.push(`${source.path} imports ${path}`);
    }
  }
  return breaches;
}

export function strayPackages(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((specifier) => {
      const name = Object.keys(homes).find((known) => specifier === known || specifier.startsWith(`${known}/`));
      if (!name || homes[name]?.some((home) => source.path.startsWith(home))) return [];
      return [`${source.path} imports ${specifier}, whose home is ${homes[name]?.join(' and ')}`];
    }),
  );
}

/** Each cycle once, as the files on the way round. */
export function cycles(sources: readonly Source[]): string[] {
  const known = new Set(sources.map(({ path }) => path));
  const edges = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source)
        .map((specifier) => (specifier.startsWith('.') ? target(source, specifier) : ''))
        .filter((path) => known.has(path)),
    ]),
  );
  const found = new Set<string>();
  const finished = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): void => {
    const before = way.indexOf(path);
    if (before >= 0) found.add([...way.slice(before), path].join(' → '));
    if (before >= 0 || finished.has(path)) return;
    way.push(path);
    for (const next of edges.get(path) ?? []) visit(next);
    way.pop();
    finished.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return [...found];
}

/** Lines that match, as `path:line text`; comments do not count. */
export function linesWith(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      if (/^\s*(?:\/\/|\*|\/\*)/.test(line) || !pattern.test(line)) return [];
      return [`${path}:${index + 1} ${line.trim()}`];
    }),
  );
}

export function tooLong(sources: readonly Source[], mostLines: number): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    return lines > mostLines ? [`${path} has ${lines} lines`] : [];
  });
}

/** Files and types whose last word says nothing; "inbox item" and "menu item" are words of the product and of Electron. */
export function emptyNames(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const stem = posix.basename(path).replace(/\..*$/, '');
    const files = bannedWords.has(stem.split('-').at(-1) ?? '') ? [`${path}: the file`] : [];
    const types = [...text.matchAll(/^\s*(?:export )?(?:abstract )?(?:interface|type|class) ([A-Z]\w*)/gm)];
    const bad = types.flatMap(([, name = '']) => {
      const last = name.match(/[A-Z][a-z0-9]*$/)?.[0]?.toLowerCase() ?? '';
      const isWord = ['InboxItem', 'OpenItem', 'MenuItem'].includes(name);
      return (bannedWords.has(last) && !isWord) || /^I[A-Z][a-z]/.test(name) ? [`${path}: ${name}`] : [];
    });
    return [...files, ...bad];
  });
}

/** Where links of Markdown pages lead to nothing. `exists` is asked for paths from the top of the repository. */
export function deadLinks(pages: readonly Source[], exists: (path: string) => boolean): string[] {
  return pages.flatMap((page) =>
    [...page.text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [path = '', anchor] = link.split('#');
      const full = path === '' ? page.path : target(page, path);
      if (!exists(full)) return [`${page.path} → ${link}`];
      const other = pages.find((candidate) => candidate.path === full);
      return anchor && other && !anchorsOf(other).has(anchor) ? [`${page.path} → ${link}`] : [];
    }),
  );
}

function anchorsOf({ text }: Source): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}
