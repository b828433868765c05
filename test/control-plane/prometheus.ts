import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { built } from './build.ts';
import { type Exporter, startExporter } from './exporter.ts';
import { freePort, makeHousehold, type Service } from './processes.ts';

/** A Prometheus that scrapes one exporter each second. Everything goes when it is disposed of, or when this process dies. */
export type Prometheus = AsyncDisposable & {
  /** With the path that its API is under. */
  readonly url: string;
  /** Without the path. */
  readonly root: string;
  readonly exporter: Exporter;
  /** What it has scraped outlives it. */
  readonly server: Service;
};

/** Boots Prometheus in a temporary folder and on a free port of loopback; `buildMissing` must have run. */
export async function bootPrometheus(): Promise<Prometheus> {
  await using parts = new AsyncDisposableStack();
  const exporter = parts.use(await startExporter());
  const household = await makeHousehold();
  parts.defer(household.release);
  const root = `http://127.0.0.1:${await freePort()}`;
  const config = join(household.dir, 'prometheus.json');
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'pods', static_configs: [{ targets: [exporter.target] }] }],
    }),
  );
  const server = household.service({
    name: 'prometheus',
    program: built('prometheus'),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(household.dir, 'data')}`,
      `--web.listen-address=${new URL(root).host}`,
      '--web.route-prefix=/prefix',
      // Otherwise the first scrape is 5 s later.
      '--scrape.discovery-reload-interval=1s',
      '--log.level=warn',
    ],
    ready: async () => (await fetch(`${root}/prefix/-/ready`).catch(() => null))?.status === 200,
  });
  await server.start();
  const owned = parts.move();
  return {
    url: `${root}/prefix`,
    root,
    exporter,
    server,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
