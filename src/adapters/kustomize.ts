import { execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { environmentError, inputError, type StepgateError } from '../release/error.ts';
import type { Kustomize } from '../release/ports.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The environment for kustomize: paths to find git for remote bases, and network settings. No secrets. */
const passedOn = [
  'PATH',
  'HOME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'http_proxy',
  'https_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

const always = {
  // git fetches remote bases: without prompts, and never over a protocol that runs a program.
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'https:ssh',
  // kubectl would read flags from a file in the home folder.
  KUBERC: 'off',
};

const outputLimit = 16 * 1024 * 1024;

/** The two programs that render a kustomization, in the order of trial. Plugins, exec and helm are off by default. */
const programs = [
  { program: 'kustomize', args: ['build', '--load-restrictor', 'LoadRestrictionsRootOnly', '--'] },
  { program: 'kubectl', args: ['kustomize', '--load-restrictor', 'LoadRestrictionsRootOnly', '--'] },
] as const;

/** kustomize from PATH, or else the one in kubectl. */
export function kustomize({ env, timeout = 60_000 }: { readonly env: Env; readonly timeout?: number }): Kustomize {
  const inherited = passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const environment = { ...Object.fromEntries(inherited), ...always };

  return {
    async build(folder) {
      if (!isAbsolute(folder)) throw new Error(`kustomize needs the whole path of the folder, not ${folder}`);
      for (const { program, args } of programs) {
        const ran = await run(program, [...args, folder], environment, timeout);
        if (ran.is === 'missing') continue;
        if (ran.is === 'failed') throw buildFailed(folder, ran.why);
        return ran.out;
      }
      throw environmentError('TOOL_MISSING', 'kustomize is not installed, or not on PATH', {
        hint: "install kustomize 5 (GitHub's runners have it) or kubectl, or use source: { files: ... }",
      });
    },
  };
}

type Ran =
  | { readonly is: 'built'; readonly out: string }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'missing' };

function run(program: string, args: readonly string[], env: Record<string, string>, timeout: number): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env, timeout, killSignal: 'SIGKILL', maxBuffer: outputLimit, encoding: 'utf8' } as const;
    const child = execFile(program, args, options, (error, out, err) => {
      if (error === null) resolve({ is: 'built', out });
      else if (error.code === 'ENOENT') resolve({ is: 'missing' });
      else if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
        resolve({ is: 'failed', why: `it printed more than ${outputLimit / 1024 / 1024} MiB` });
      } else if (error.killed) resolve({ is: 'failed', why: `it took longer than ${timeout / 1000} s` });
      else resolve({ is: 'failed', why: err.trim() || out.trim() || error.message });
    });
    child.stdin?.end();
  });
}

function buildFailed(folder: string, why: string): StepgateError {
  const [place, words] = [folder, why].map(withoutTemporaryFolder);
  return inputError(
    'SOURCE_INVALID',
    `kustomize cannot build ${place || 'the root of the repository'}: ${words?.slice(0, 4_000)}`,
  );
}

/** Removes the path of the temporary tree, so that messages of kustomize have paths in the repository. */
function withoutTemporaryFolder(words: string): string {
  return words.replace(/[^\s'"]+/g, (word) => word.replace(/^.*\/stepgate-tree-\w+\/?/, ''));
}
