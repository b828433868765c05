import { mkdir, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { includedJsonSchema, rootJsonSchema } from './src/policy/json-schema.ts';
import { bundledFiles, licenceText } from './tools/licences.ts';

/** The `require` that CommonJS dependencies have. It finds Node's own modules only: everything else is in the bundle. */
export const banner = 'const require=process.getBuiltinModule;';

/**
 * The two entries and the chunks they load when they need them. The same source gives the same bytes.
 * Tests build other versions with `more`.
 */
export function bundle(outdir: string, more: readonly Plugin[] = []) {
  return build({
    absWorkingDir: import.meta.dirname,
    entryPoints: { cli: 'src/cli.ts', action: 'src/action.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Identifiers stay, so that a stack trace names functions. esbuild's keepNames with short identifiers instead defines the name of
    // every closure each time one is made: a third of the time of a tick, and an object for each.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'linked',
    chunkNames: 'chunks/[name]-[hash]',
    metafile: true,
    write: false,
    logLevel: 'warning',
    plugins: [leanToolkit, withoutEvent, withoutOptional, modulesOfYaml, requiredBuiltins, ...more],
    banner: { js: banner },
  });
}

/** @actions/core is inputs, outputs and annotations to us: what it imports for tokens (an HTTP client, 430 kB) is dropped. */
const leanToolkit: Plugin = {
  name: 'lean toolkit',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, pluginData, importer, ...how }) => {
      if (pluginData === leanToolkit || !/node_modules[/\\]@actions[/\\]core[/\\]/.test(importer)) return;
      return { ...(await resolve(path, { ...how, importer, pluginData: leanToolkit })), sideEffects: false };
    });
  },
};

/**
 * @actions/github reads the event of the run while it is loaded: it writes to stdout where there is no such file, and fails
 * where it is no JSON. Nothing of it is used.
 */
const withoutEvent: Plugin = {
  name: 'without event',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@actions[/\\]github[/\\]lib[/\\]context\.js$/ }, () => ({
      contents: 'export class Context {}',
    }));
  },
};

/**
 * debug takes supports-color where it is installed: Node would look for it in every folder above `dist`, and run what anybody has
 * put there. It is never installed.
 */
const withoutOptional: Plugin = {
  name: 'without optional',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^supports-color$/ }, ({ path }) => ({ path, namespace: 'not installed' }));
    onLoad({ filter: /./, namespace: 'not installed' }, () => ({ contents: 'module.exports = null;' }));
  },
};

/** The ES modules of yaml, which only their own package calls the browser's: they load in half of the time of its others. */
const modulesOfYaml: Plugin = {
  name: 'modules of yaml',
  setup({ onResolve }) {
    onResolve({ filter: /^yaml$/ }, () => ({
      path: path.join(import.meta.dirname, 'node_modules/yaml/browser/index.js'),
    }));
  },
};

/**
 * Node's own modules come by `require`: an `import` reads each of their exports at once, and some of them load a whole fetch
 * client or Web Crypto then, which is a tenth of what `status` takes.
 */
const requiredBuiltins: Plugin = {
  name: 'required builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path: name, kind }) =>
      kind === 'import-statement' && isBuiltin(name)
        ? { path: name, namespace: 'required', sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'required' }, ({ path: name }) => ({
      contents: `module.exports = require(${JSON.stringify(name)});`,
    }));
  },
};

if (import.meta.main) {
  const outdir = process.argv[2] ?? 'dist';
  const { metafile, outputFiles } = await bundle(outdir);
  const licences = await licenceText(import.meta.dirname, bundledFiles(metafile));
  // Only a build that went through replaces the one before.
  await rm(outdir, { recursive: true, force: true });
  await mkdir(`${outdir}/chunks`, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  await writeFile(`${outdir}/LICENSES.txt`, licences);
  await writeFile(`${outdir}/stepgate.schema.json`, `${JSON.stringify(rootJsonSchema(), null, 2)}\n`);
  await writeFile(`${outdir}/stepgate.included.schema.json`, `${JSON.stringify(includedJsonSchema(), null, 2)}\n`);
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(`${outdir}: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} kB`);
}
