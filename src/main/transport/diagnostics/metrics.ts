/** One measured thing with its present values, told apart by labels. */
export interface Metric {
  /** Lower case with underscores; counters end in `_total`. */
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  samples: readonly { labels?: Record<string, string>; value: number }[];
}

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** The text exposition format 0.0.4 of Prometheus. */
export function renderMetrics(metrics: readonly Metric[]): string {
  return metrics.map(render).join('');
}

/** A metric without labels. */
export function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] };
}

/** Counts by one label, such as the status of an answer. */
export class CounterBy {
  readonly #counts = new Map<string, number>();
  readonly #metric: Omit<Metric, 'samples' | 'type'>;
  readonly #label: string;

  constructor(name: string, help: string, label: string) {
    this.#metric = { name, help };
    this.#label = label;
  }

  add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  metric(): Metric {
    const samples = [...this.#counts].map(([label, value]) => ({ labels: { [this.#label]: label }, value }));
    return { ...this.#metric, type: 'counter', samples };
  }
}

function render({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${numberText(value)}\n`);
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Record<string, string> = {}): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value).replaceAll('"', '\\"')}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
