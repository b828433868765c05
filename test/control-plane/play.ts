import { buildMissing, built } from './build.ts';
import { bootCluster } from './cluster.ts';

/** Boots a cluster to play with and keeps it until Ctrl-C. Names given as arguments become users without rights. */
await buildMissing((line) => console.error(line));
const started = performance.now();
const cluster = await bootCluster({ users: process.argv.slice(2) });
console.error(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s; Ctrl-C ends it. In another shell:`);
console.log(`export KUBECONFIG=${cluster.kubeconfig} KUBECACHEDIR=${cluster.dir}/kubectl-cache`);
console.log(`export PATH=${built('kubectl').replace(/\/kubectl$/, '')}:$PATH`);
for (const [name, { kubeconfig }] of Object.entries(cluster.users)) console.log(`# ${name}: ${kubeconfig}`);
console.log(`# logs: ${cluster.dir}/*.log`);
console.log(`# kill ${process.pid} ends it`);

const keepAlive = setInterval(() => {}, 60_000);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    clearInterval(keepAlive);
    await cluster.stop();
  });
}
