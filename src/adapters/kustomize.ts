import { isAbsolute } from 'node:path';
import { limits } from '../config/guard.ts';
import { whereTooLarge } from '../config/manifest.ts';
import { environmentError, inputError, type StepgateError } from '../release/error.ts';
import type { Kustomize } from '../release/ports.ts';
import { checkLoads } from './kustomize-loads.ts';
import { onlyTo, proxies } from './no-network.ts';
import { type Env, named, programsFor, type RendererOptions } from './programs.ts';
import { runProgram } from './run-program.ts';

/** The environment for kustomize: paths, and trust. No secrets. */
const passedOn = ['HOME', 'TMPDIR', 'XDG_CONFIG_HOME', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

const always = {
  GIT_TERMINAL_PROMPT: '0',
  // kubectl would read flags from a file in the home folder.
  KUBERC: 'off',
};

/** The two programs that render a kustomization, in the order of trial. Plugins, exec and helm are off by default. */
const programs = [
  { program: 'kustomize', args: ['build', '--load-restrictor', 'LoadRestrictionsRootOnly', '--'] },
  { program: 'kubectl', args: ['kustomize', '--load-restrictor', 'LoadRestrictionsRootOnly', '--'] },
] as const;

/**
 * Runs kustomize from PATH, or else the one in kubectl. Every remote reference is checked against the allowed hosts before it runs, and
 * its proxy variables make requests to other hosts fail. `folder` is a folder of the repository in which stepgate runs.
 */
export function kustomize({ env, folder: own, timeout = 60_000 }: RendererOptions): Kustomize {
  const { find, path } = programsFor({ env, folder: own });

  return {
    async build(folder, { tree, hosts, signal }) {
      if (!isAbsolute(folder)) throw new Error(`kustomize needs the whole path of the folder, not ${folder}`);
      await checkLoads(folder, { tree, hosts });
      const environment = { ...named(env, passedOn), ...always, ...network(env, hosts), PATH: await path() };
      for (const { program, args } of programs) {
        const file = await find(program);
        if (file === null) continue;
        const { stdout, stderr, problem } = await runProgram({
          file,
          args: [...args, folder],
          env: environment,
          timeoutMs: timeout,
          outputBytes: limits.sourceBytes,
          signal,
        });
        // stdout is left out of the error: it may contain rendered Secrets.
        if (problem !== null) throw buildFailed(folder, stderr.trim(), problem);
        return stdout;
      }
      throw environmentError('TOOL_MISSING', 'kustomize is not installed, or not on PATH', {
        hint: "install kustomize 5 (GitHub's runners have it) or kubectl into an absolute folder of PATH outside of the repository, or use source: { files: ... }",
      });
    },
  };
}

/**
 * Environment variables that keep kustomize, and the git that it starts, from connecting to hosts that are not allowed. Two limits: Go and
 * git connect to loopback addresses without a proxy, and a proxy that the user has configured passes requests to every host.
 */
function network(env: Env, hosts: readonly string[]): Readonly<Record<string, string>> {
  const own = named(env, proxies);
  const isProxied = hosts.length > 0 && ['https_proxy', 'HTTPS_PROXY'].some((name) => (own[name] ?? '') !== '');
  const isHere = hosts.some((host) => /^(127\.|\[::1\])/.test(host));
  const settings = [
    ['http.followRedirects', 'false'],
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['submodule.recurse', 'false'],
  ] as const;
  return {
    ...(isProxied ? own : onlyTo(hosts)),
    GIT_ALLOW_PROTOCOL: hosts.length === 0 ? 'none' : isHere ? 'https:http' : 'https',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key] as const,
        [`GIT_CONFIG_VALUE_${index}`, value] as const,
      ]),
    ),
  };
}

function buildFailed(folder: string, words: string, problem: string): StepgateError {
  const place = withoutTemporaryFolder(folder) || 'the root of the repository';
  const isLimit = !problem.startsWith('ended with exit code');
  const said = withoutTemporaryFolder(withoutLogHead(words)).slice(0, 4_000);
  const why = isLimit || said === '' ? `it ${problem}` : said;
  const isKept = /127\.0\.0\.1:1\b|transport '[^']*' not allowed/.test(words);
  const hint = isKept
    ? 'something of it is on a host that fetch in stepgate.yaml does not allow'
    : problem.startsWith('wrote more than')
      ? whereTooLarge
      : null;
  return inputError('SOURCE_INVALID', `kustomize cannot build ${place}: ${why}`, hint === null ? {} : { hint });
}

/** Removes the path of the temporary tree, so that messages of kustomize have paths in the repository. */
function withoutTemporaryFolder(words: string): string {
  return words.replace(/[^\s'"]+/g, (word) => word.replace(/^.*\/stepgate-tree-\w+\/?/, ''));
}

/** The error alone, where kubectl writes it as a line of its log. */
function withoutLogHead(words: string): string {
  const [, error] = /^[EF]\d{4} [\d:.]+ +\d+ [\w.]+:\d+\] "command failed" err="(.*)"$/s.exec(words) ?? [];
  return error === undefined ? words : error.replaceAll('\\"', '"').replaceAll('\\n', '\n');
}
