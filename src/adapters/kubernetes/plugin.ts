import path from 'node:path';
import { environmentError } from '../../release/error.ts';
import { isObject, stringAt } from '../../release/json.ts';
import { type Env, named, type Programs } from '../programs.ts';
import { type ProgramOutcome, runProgram } from '../run-program.ts';
import { checkedToken, type ExecPlugin, invalid } from './login.ts';
import { parsed } from './status.ts';

export interface PluginOptions {
  readonly plugin: ExecPlugin;
  /** Programs that may run: names in PATH, and absolute paths. */
  readonly allowed: readonly string[];
  readonly env: Env;
  readonly programs: Programs;
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
      `allow it in stepgate.yaml, at the delivery or at its environment: cluster: { exec: [${command}] }`,
    );
  }
  for (const { name } of plugin.env) {
    if (leadsAstray.test(name)) {
      throw invalid(
        `the kubeconfig's exec plugin sets ${JSON.stringify(name)} in its environment, which is not allowed`,
        'it could start another program: take it out, or set it in the environment of stepgate',
      );
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw invalid("the kubeconfig's exec plugin sets a variable with an invalid name");
  }
}

/**
 * Environment variables that make an allowed program run other code. Some are read by the loader, by interpreters and by OpenSSL. Others
 * name a program, such as an editor. The rest name configuration files, which may name a program: `credential_process` of aws, extensions
 * of az.
 */
const leadsAstray = new RegExp(
  `^(${[
    'PATH|PATHEXT|ENV|BASH_ENV|BASH_FUNC_.*|IFS|LD_.*|DYLD_.*|GCONV_PATH|GLIBC_TUNABLES|OPENSSL_.*',
    'NODE_.*|PYTHON.*|PERL.*|RUBY.*|JAVA_.*|JDK_.*|_JAVA_.*|DOTNET_.*|CORECLR_.*|COR_.*|COMPLUS_.*|CLOUDSDK_.*PYTHON.*',
    'SHELL|BROWSER|EDITOR|VISUAL|(.*_)?PAGER|(.*_)?ASKPASS|GIT_.*',
    'HOME|XDG_.*|USERPROFILE|APPDATA|LOCALAPPDATA',
    'AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|CLOUDSDK_CONFIG|AZURE_CONFIG_DIR|AZURE_EXTENSION_DIR',
    'KUBERNETES_EXEC_INFO',
  ].join('|')})$`,
  'i',
);

/** A name without a slash is looked up in PATH; a relative path starts from the kubeconfig's folder, as in kubectl. */
function commandOf({ command, folder }: ExecPlugin): string {
  return command.includes('/') ? path.resolve(folder, command) : command;
}

/**
 * Runs the plugin and parses its answer: without shell and terminal, with a clean environment, a time limit and an output
 * limit. Throws TOOL_MISSING or CLUSTER_FORBIDDEN (environment). No message has its standard output.
 */
export async function runPlugin(options: PluginOptions): Promise<PluginCredential> {
  const { plugin, programs, timeoutMs, signal } = options;
  checkAllowed(plugin, options.allowed);
  const name = commandOf(plugin);
  const file = await programs.find(name);
  if (file === null) {
    throw environmentError('TOOL_MISSING', `the kubeconfig's exec plugin ${name} is not installed`, {
      hint: plugin.installHint?.slice(0, 500) ?? 'install it into an absolute folder of PATH outside of the repository',
    });
  }
  const env = { ...environmentOf(options), PATH: await programs.path() };
  const outcome = await runProgram({ file, args: plugin.args, env, timeoutMs, outputBytes: outputCap, signal });
  if (outcome.problem !== null) {
    const said = redacted(outcome, env);
    const sentence = `the kubeconfig's exec plugin ${name} ${outcome.problem}`;
    throw environmentError('CLUSTER_FORBIDDEN', said === '' ? sentence : `${sentence}: ${said}`, {
      hint: `sign in again with ${plugin.command}, or run what exec of the kubeconfig's user says by hand, with the same environment, to see what is missing`,
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
  const passed = named(env, [...common, ...Object.keys(env).filter((name) => own?.test(name))]);
  const { apiVersion, cluster } = plugin;
  const spec = { interactive: false, ...(cluster === null ? {} : { cluster }) };
  return {
    ...passed,
    ...Object.fromEntries(plugin.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec }),
  };
}

const outputCap = 1024 * 1024;

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
function redacted({ stderr }: ProgramOutcome, env: Readonly<Record<string, string>>): string {
  let text = stderr;
  for (const value of secretsIn(env)) text = text.replaceAll(value, '***');
  return text.trim().slice(-500);
}

function secretsIn(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    !common.includes(name) && name !== 'KUBERNETES_EXEC_INFO' && value.length >= 8 ? [value] : [],
  );
}
