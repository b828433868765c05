import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../release/error.ts';
import { isObject, stringAt } from '../../release/json.ts';
import { systemCode } from './files.ts';
import { checkedToken, type ExecPlugin, invalid } from './login.ts';
import { parsed } from './status.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface PluginOptions {
  readonly plugin: ExecPlugin;
  /** Programs that may run: names in PATH, and absolute paths. */
  readonly allowed: readonly string[];
  readonly env: Environment;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface PluginCredential {
  readonly token: string | null;
  readonly certificate: { readonly cert: string; readonly key: string } | null;
  /** Expiry in milliseconds since 1970; null: valid until the server refuses it. */
  readonly expires: number | null;
}

/** Refuses a plugin that is not allowed, without running it. */
export function checkAllowed(plugin: ExecPlugin, allowed: readonly string[]): void {
  const command = commandOf(plugin);
  if (!allowed.includes(command)) {
    throw invalid(
      `the kubeconfig runs the program ${JSON.stringify(command)} to get credentials, which is not allowed here`,
      `name it under environments.<name>.cluster.exec in stepgate.yaml: exec: [${command}]`,
    );
  }
  for (const { name } of plugin.env) {
    // These variables of the loader or interpreter could turn an allowed program into another one.
    if (
      /^(PATH|PATHEXT|ENV|BASH_ENV|BASH_FUNC_.*|IFS|LD_.*|DYLD_.*|NODE_.*|PYTHON.*|PERL.*|RUBY.*|JAVA_.*|JDK_.*|_JAVA_.*|KUBERNETES_EXEC_INFO)$/i.test(
        name,
      )
    ) {
      throw invalid(
        `the kubeconfig's exec plugin sets ${JSON.stringify(name)} in its environment, which is not allowed`,
      );
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw invalid("the kubeconfig's exec plugin sets a variable with an invalid name");
  }
}

/** A name without a slash is looked up in PATH; a relative path starts from the kubeconfig's folder, as in kubectl. */
function commandOf({ command, folder }: ExecPlugin): string {
  return command.includes('/') ? path.resolve(folder, command) : command;
}

/**
 * Runs the plugin and parses its answer: without shell and terminal, with a clean environment, a time limit and an output
 * limit. Throws TOOL_MISSING or CLUSTER_FORBIDDEN (environment). No message has its standard output.
 */
export async function runPlugin(options: PluginOptions): Promise<PluginCredential> {
  const { plugin, env } = options;
  checkAllowed(plugin, options.allowed);
  const name = commandOf(plugin);
  const file = await find(name, env);
  if (file === null) {
    throw environmentError('TOOL_MISSING', `the kubeconfig's exec plugin ${name} is not installed`, {
      ...(plugin.installHint === null ? {} : { hint: plugin.installHint.slice(0, 500) }),
    });
  }
  const outcome = await run(file, options);
  if (outcome.problem !== null) {
    const said = redacted(outcome, options);
    const sentence = `the kubeconfig's exec plugin ${name} ${outcome.problem}`;
    throw environmentError('CLUSTER_FORBIDDEN', said === '' ? sentence : `${sentence}: ${said}`, {
      hint: 'run it by hand, with the same environment, to see what is missing',
    });
  }
  return credentialIn(outcome.stdout, plugin, name);
}

/** Variables that every program gets; `ofPlugin` has further ones. */
const common = [
  'PATH HOME USER LOGNAME SHELL LANG LC_ALL LC_CTYPE TZ TMPDIR TEMP TMP XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME',
  'SSL_CERT_FILE SSL_CERT_DIR HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy',
  'SYSTEMROOT USERPROFILE APPDATA LOCALAPPDATA',
]
  .join(' ')
  .split(' ');

/** Variables with the identity for the plugin of one cloud; other plugins do not get them. */
const ofPlugin: readonly { readonly plugin: RegExp; readonly variable: RegExp }[] = [
  { plugin: /^aws(-iam-authenticator)?$/, variable: /^AWS_/ },
  { plugin: /^(gke-gcloud-auth-plugin|gcloud)$/, variable: /^(GOOGLE_|CLOUDSDK_)/ },
  { plugin: /^(kubelogin|az)$/, variable: /^(AZURE_|AAD_)/ },
  { plugin: /^doctl$/, variable: /^DIGITALOCEAN_/ },
  { plugin: /^oci$/, variable: /^OCI_/ },
];

function environmentOf({ plugin, env }: PluginOptions): Record<string, string> {
  const base = path.basename(plugin.command).replace(/\.exe$/, '');
  const own = ofPlugin.find((row) => row.plugin.test(base))?.variable;
  const passed = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && (common.includes(name) || own?.test(name)) ? [[name, value] as const] : [],
  );
  const { apiVersion, cluster } = plugin;
  const spec = { interactive: false, ...(cluster === null ? {} : { cluster }) };
  return {
    ...Object.fromEntries(passed),
    ...Object.fromEntries(plugin.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec }),
  };
}

/** The absolute path of the program; null when there is none. PATH entries relative to the current folder are skipped. */
async function find(name: string, env: Environment): Promise<string | null> {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const candidates = path.isAbsolute(name) ? [name] : folders.map((folder) => path.join(folder, name));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch (error) {
      systemCode(error);
    }
  }
  return null;
}

const outputCap = 1024 * 1024;

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** The problem, as the rest of a sentence about the plugin; null when there was none. */
  readonly problem: string | null;
}

function run(file: string, options: PluginOptions): Promise<Outcome> {
  const { plugin, timeoutMs, signal } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A separate process group, so that child processes of the plugin end with it.
    const grouped = process.platform !== 'win32';
    const child = spawn(file, [...plugin.args], {
      env: environmentOf(options),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
      detached: grouped,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    let ended = false;
    const end = (problem: string | null) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (problem !== null) kill();
      resolve({
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8'),
        problem,
      });
    };
    const kill = () => {
      child.stdout.destroy();
      child.stderr.destroy();
      try {
        if (grouped && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch (error) {
        // The process may have ended already.
        if (systemCode(error) !== 'ESRCH') throw error;
      }
    };
    const onAbort = () => {
      reject(signal.reason);
      end('was stopped');
    };
    const timer = setTimeout(() => end(`did not answer within ${timeoutMs / 1000} s`), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputCap) end(`wrote more than ${outputCap} bytes`);
      else into.push(chunk);
    };
    child.stdout.on('data', collect(stdout));
    child.stderr.on('data', collect(stderr));
    child.on('error', (error) => end(`could not be started (${error.message})`));
    child.on('close', (code, killed) => {
      end(code === 0 ? null : killed === null ? `ended with exit code ${code}` : `was ended by ${killed}`);
    });
  });
}

function credentialIn(stdout: string, plugin: ExecPlugin, name: string): PluginCredential {
  const what = `the answer of the kubeconfig's exec plugin ${name}`;
  const answer = parsed(stdout);
  if (!isObject(answer) || stringAt(answer, 'kind') !== 'ExecCredential')
    throw invalid(`${what} is not an ExecCredential`);
  if (stringAt(answer, 'apiVersion') !== plugin.apiVersion) {
    throw invalid(`${what} has another apiVersion than the kubeconfig (${plugin.apiVersion})`);
  }
  const token = stringAt(answer, 'status', 'token');
  const cert = stringAt(answer, 'status', 'clientCertificateData');
  const key = stringAt(answer, 'status', 'clientKeyData');
  const until = stringAt(answer, 'status', 'expirationTimestamp');
  const expires = until === null ? null : Date.parse(until);
  if (token === null && (cert === null || key === null)) throw invalid(`${what} has neither a token nor a certificate`);
  if (expires !== null && Number.isNaN(expires)) throw invalid(`${what} has an expirationTimestamp that is not a time`);
  return {
    token: token === null ? null : checkedToken(token, what),
    certificate: cert === null || key === null ? null : { cert, key },
    expires,
  };
}

/** The error output of the plugin, without the values that it was given. */
function redacted({ stderr }: Outcome, options: PluginOptions): string {
  let text = stderr;
  for (const value of secretsIn(environmentOf(options))) text = text.replaceAll(value, '***');
  return text.trim().slice(-500);
}

function secretsIn(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    !common.includes(name) && name !== 'KUBERNETES_EXEC_INFO' && value.length >= 8 ? [value] : [],
  );
}
