import { createServer } from 'node:http';

/** What a pod would say of itself: series whose values the test sets, as Prometheus scrapes them. */
export type Exporter = AsyncDisposable & {
  /** `host:port`; stays the same when it goes away and comes back. */
  readonly target: string;
  /** Sets one series, which is there from the next scrape on. With `at`, the sample is of that time and not of the scrape. */
  set(name: string, labels: Labels, value: number, at?: Date): void;
  /** Takes one series away. */
  drop(name: string, labels: Labels): void;
  /** Answers no scrape until {@link Exporter.comeBack}. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
};

type Labels = Readonly<Record<string, string>>;

/** Starts an exporter on loopback. */
export async function startExporter(): Promise<Exporter> {
  const lines = new Map<string, string>();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end([...lines.values()].map((line) => `${line}\n`).join(''));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const goAway = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  await listen(0);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the exporter has no port');
  const { port } = bound;
  return {
    target: `127.0.0.1:${port}`,
    set(name, labels, value, at) {
      const series = seriesOf(name, labels);
      lines.set(series, `${series} ${numberText(value)}${at === undefined ? '' : ` ${at.getTime()}`}`);
    },
    drop: (name, labels) => void lines.delete(seriesOf(name, labels)),
    goAway,
    comeBack: () => listen(port),
    [Symbol.asyncDispose]: goAway,
  };
}

/** JSON's escapes are those of the format, for texts without control characters. */
function seriesOf(name: string, labels: Labels): string {
  return `${name}{${Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)}}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
