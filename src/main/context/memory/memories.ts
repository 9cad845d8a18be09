import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbedderConfig, MemoryConfig } from '../../../shared/config/memory-config.ts';
import { RuntimeError } from '../../../shared/errors.ts';
import { hashOf } from '../../lib/hash.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { runtimeMigrations } from '../../store/migrations.ts';
import { chromaProvider } from './chroma-provider.ts';
import { hashedEmbedder } from './hashed-embedder.ts';
import { inMemoryProvider } from './in-memory-provider.ts';
import { localProvider } from './local-provider.ts';
import { mem0Provider } from './mem0-provider.ts';
import type { Embedder, MemoryProvider } from './memory-provider.ts';
import { ProcessMemory } from './process-memory.ts';

export interface MemoriesOptions {
  /** Where local memory is kept. Asked for with the first use. */
  database: () => Database;
  /** That holds memories and nothing else. */
  alone?: boolean | undefined;
  connectEmbedder(config: EmbedderConfig): Embedder;
  /** The value of `secret://name` of a process, when it is used. */
  reveal?(process: string, reference: string): string;
  log(message: string): void;
}

/** The memory of all processes of a node: equal settings share one provider. */
export class Memories {
  readonly #options: MemoriesOptions;
  readonly #providers = new Map<string, MemoryProvider>();

  constructor(options: MemoriesOptions) {
    this.#options = options;
  }

  of(process: string, config: MemoryConfig): ProcessMemory {
    const { provider, url, collection, persistDirectory } = config;
    const apiKey = this.#reveal(process, config.apiKey);
    const embedder = config.embedder && { ...config.embedder, apiKey: this.#reveal(process, config.embedder.apiKey) };
    const key = hashOf({ provider, url, apiKey, collection, persistDirectory, embedder });
    const known = this.#providers.get(key) ?? this.#open({ ...config, apiKey, embedder });
    this.#providers.set(key, known);
    return new ProcessMemory(process, config, known);
  }

  #reveal(process: string, key: string | undefined): string | undefined {
    return key?.startsWith('secret://') ? (this.#options.reveal?.(process, key) ?? key) : key;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#providers.values()].map((provider) => provider.close()));
    this.#providers.clear();
  }

  #open({ provider, url, apiKey, collection, persistDirectory, embedder: wanted }: MemoryConfig): MemoryProvider {
    const embedder = wanted && this.#options.connectEmbedder(wanted);
    if (provider === 'in_memory') return inMemoryProvider();
    if (provider === 'local') {
      const { log, database, alone } = this.#options;
      if (persistDirectory === undefined) return localProvider({ database, alone, embedder, log });
      return localProvider({ database: () => ownFile(persistDirectory), embedder, log, owned: true });
    }
    if (url === undefined)
      throw new RuntimeError('MANIFEST_INVALID', `memory.url: ${provider} needs the address of its server.`);
    if (provider === 'chroma') return chromaProvider({ url, apiKey, collection, embedder: embedder ?? hashedEmbedder });
    return mem0Provider({ url, apiKey });
  }
}

function ownFile(folder: string): Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return openDatabase(join(folder, 'memory.db'), runtimeMigrations);
}
