import path, { isAbsolute } from 'node:path';
import { type ChartFile, callsIn, schemaReferences } from '../config/chart.ts';
import { limits } from '../config/guard.ts';
import { environmentError, inputError, type StepgateError } from '../release/error.ts';
import type { Helm } from '../release/ports.ts';
import { chartFiles } from './chart-files.ts';
import { onlyTo } from './no-network.ts';
import { named, programsFor, type RendererOptions } from './programs.ts';
import { runProgram } from './run-program.ts';

const passedOn = ['TMPDIR'];

/** Asks a cluster. stepgate renders without one, where it finds nothing. */
const ASKS = ['lookup'];
/** Gives another answer at another time, which two renderings in one second do not show. */
const TELLS_TIME = ['now', 'ago'];

/**
 * Runs `helm template` with the helm of PATH, without a cluster, plugins, repositories and the settings of a person. Before it runs, the
 * chart's files are read: what helm would load from elsewhere is refused. `folder` is a folder of the repository in which stepgate runs.
 */
export function helm({ env, folder: own, timeout = 60_000 }: RendererOptions): Helm {
  const { find, path: programPath } = programsFor({ env, folder: own });

  return {
    async template({ chart, values, release, namespace, kubeVersion, apiVersions }, { tree, signal }) {
      for (const place of [chart, ...values]) {
        if (!isAbsolute(place)) throw new Error(`helm needs whole paths, not ${place}`);
      }
      const shown = shownIn(tree, chart);
      const files = await chartFiles(chart, shown);
      refuseReferences(files, shown);
      const file = await find('helm');
      if (file === null) {
        throw environmentError('TOOL_MISSING', 'helm is not installed, or not on PATH', {
          hint: "install helm 3.8 or newer (GitHub's runners have it) into an absolute folder of PATH outside of the repository, or commit the output of helm template and use source: { files: ... }",
        });
      }
      const { stdout, stderr, problem } = await runProgram({
        file,
        args: [
          'template',
          ...['--namespace', namespace],
          ...['--kube-version', kubeVersion],
          ...apiVersions.flatMap((one) => ['--api-versions', one]),
          // Tests are run by `helm test` alone.
          '--skip-tests',
          ...values.flatMap((one) => ['--values', one]),
          '--',
          release,
          chart,
        ],
        env: { ...named(env, passedOn), ...alone(tree), ...onlyTo([]), PATH: await programPath() },
        timeoutMs: timeout,
        outputBytes: limits.sourceBytes,
        signal,
      });
      // stdout is left out of the error: it may contain rendered Secrets.
      if (problem !== null) throw renderFailed(shown, withoutTree(stderr.trim(), tree), problem);
      refuseCalls(files, stdout, shown);
      return stdout;
    },
  };
}

/** Variables that leave helm nothing but the chart: nobody's settings, plugins and logins, and no cluster. */
function alone(tree: string): Readonly<Record<string, string>> {
  // Not in the tree, where anybody may commit files.
  const none = `${tree}.none`;
  const folders = ['HOME', 'HELM_CONFIG_HOME', 'HELM_CACHE_HOME', 'HELM_DATA_HOME', 'HELM_PLUGINS'];
  const files = ['HELM_REGISTRY_CONFIG', 'HELM_REPOSITORY_CONFIG', 'HELM_REPOSITORY_CACHE', 'KUBECONFIG'];
  return { HELM_NO_PLUGINS: '1', ...Object.fromEntries([...folders, ...files].map((name) => [name, none])) };
}

function refuseReferences(files: readonly ChartFile[], shown: string): void {
  const [first] = schemaReferences(files);
  if (first === undefined) return;
  throw inputError(
    'SOURCE_INVALID',
    `${place(shown, first.path)} refers to ${JSON.stringify(first.to.slice(0, 200))}, which helm would load`,
    {
      hint: "write that schema into the file, and refer to it by '#/...': nothing of a chart is loaded from elsewhere",
    },
  );
}

function refuseCalls(files: readonly ChartFile[], rendered: string, shown: string): void {
  const [asks] = callsIn(files, rendered, ASKS);
  if (asks !== undefined) {
    throw inputError(
      'SOURCE_INVALID',
      `${place(shown, asks.path)}:${asks.line} calls ${asks.name}, which asks a cluster: a release is what the commit says, and is rendered without one`,
      { hint: 'give what it looks for as a value, or make the object outside of the chart and name it in the values' },
    );
  }
  const [tells] = callsIn(files, rendered, TELLS_TIME);
  if (tells !== undefined) {
    throw inputError(
      'SOURCE_UNSTABLE',
      `${place(shown, tells.path)}:${tells.line} calls ${tells.name}, which renders something else at another time`,
      { hint: 'give the time as a value, or take it out: every run renders the commit again, and a rollback too' },
    );
  }
}

function renderFailed(shown: string, words: string, problem: string): StepgateError {
  const isLimit = !problem.startsWith('ended with exit code');
  const said = words.replace('Use --debug flag to render out invalid YAML', '').trim().slice(0, 4_000);
  const why = isLimit || said === '' ? `it ${problem}` : said;
  return inputError('SOURCE_INVALID', `helm cannot render ${shown}: ${why}`, hintFor(words));
}

function hintFor(words: string): { readonly hint?: string } {
  if (/missing in charts\/ directory|checking for chart dependencies/.test(words)) {
    return { hint: 'commit the dependencies: helm dependency build puts them into charts/, and stepgate loads none' };
  }
  if (/incompatible with Kubernetes/.test(words)) {
    return { hint: 'write the version of the cluster into source.helm.kubeVersion' };
  }
  return {};
}

/** The path of a folder in the repository, for messages. */
function shownIn(tree: string, folder: string): string {
  return path.relative(tree, folder).split(path.sep).join('/') || 'the root of the repository';
}

function place(shown: string, file: string): string {
  return shown === 'the root of the repository' ? file : `${shown}/${file}`;
}

/** Removes the path of the temporary tree, so that messages of helm have paths in the repository. */
function withoutTree(words: string, tree: string): string {
  return words.replaceAll(`${tree}${path.sep}`, '').replaceAll(tree, '.');
}
