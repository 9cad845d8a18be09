import { FolderOpen, Variable } from 'lucide-react';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { readText } from '../design/manifest-text.ts';
import { hrefOf } from '../frame/route.ts';
import { useProcess, useRead } from '../stores/use-runtime.ts';
import { mountsOf } from '../tools/permissions.ts';
import { LinkButton } from '../ui/button.tsx';
import { ErrorNote, Loading } from '../ui/notes.tsx';
import { Panel } from '../ui/panel.tsx';

/** Which folders and variables of its computer the agent may use. */
export function FilesTab({ name }: { name: string }) {
  const version = useProcess(name)?.version ?? 0;
  const detail = useRead(`process:${name}:${version}`, [], (client) => client.getProcess({ name }));
  if (detail.error) return <ErrorNote error={detail.error} retry={detail.reload} />;
  if (!detail.value) return <Loading />;
  const read = readText(detail.value.manifest);
  const manifest = read.ok ? read.value : {};
  return (
    <div className="grid grid-cols-1 items-start gap-(--gap) lg:grid-cols-2">
      <Folders name={name} manifest={manifest} />
      <Variables name={name} manifest={manifest} />
    </div>
  );
}

function Folders({ name, manifest }: { name: string; manifest: JsonObject }) {
  const mounts = mountsOf(manifest);
  return (
    <Panel title="Folders" icon={FolderOpen} aside={<Change name={name} />}>
      {mounts.length === 0 && (
        <p className="text-[0.8125rem] text-dim">
          It sees no files. A folder is given under a name of its own, read only unless you say more; there is no way
          out of it.
        </p>
      )}
      <ul>
        {mounts.map(({ name: mount, path, mode }) => (
          <li key={mount} className="border-line/60 py-2 text-[0.8125rem] not-first:border-t">
            <span className="flex items-baseline justify-between gap-3">
              <code className="font-medium">{mount}/</code>
              <span className={mode === 'read_write' ? 'text-warn text-xs' : 'text-dim text-xs'}>
                {mode === 'read_write' ? 'may read and write' : 'may read'}
              </span>
            </span>
            <code className="block break-all text-dim text-xs">{path}</code>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Variables({ name, manifest }: { name: string; manifest: JsonObject }) {
  const context = isJsonObject(manifest['context']) ? manifest['context'] : {};
  const prefix = String(context['env_prefix'] ?? 'AGENT_');
  const found = [...JSON.stringify(manifest).matchAll(/\$\{([A-Z_][A-Z0-9_]*)/gi)];
  const used = [...new Set(found.map(([, variable = '']) => variable))];
  return (
    <Panel title="Environment" icon={Variable} aside={<Change name={name} />}>
      <p className="text-[0.8125rem] text-dim">
        {prefix === '' ? (
          'It can read no variable of the node.'
        ) : (
          <>
            It can read variables of the node whose names begin with <code className="text-xs">{prefix}</code>, and no
            others.
          </>
        )}
      </p>
      {used.length > 0 && (
        <p className="mt-2 text-[0.8125rem] text-dim">
          Its manifest is filled in from{' '}
          {used.map((variable) => (
            <code key={variable} className="mr-2 text-xs">
              {variable}
            </code>
          ))}
        </p>
      )}
    </Panel>
  );
}

function Change({ name }: { name: string }) {
  return (
    <LinkButton look="ghost" href={hrefOf(['agents', name, 'design'], { select: 'agent' })}>
      Change
    </LinkButton>
  );
}
