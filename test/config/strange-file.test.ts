import { describe, expect, test } from 'vitest';
import { parseManifests } from '../../src/config/manifest.ts';
import {
  namedProblems,
  refusePointer,
  submodulesIn,
  whyNoKustomization,
  whyNothing,
} from '../../src/config/strange-file.ts';
import { isInputError, StepgateError } from '../../src/release/error.ts';

const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: b }\n';

/** The problems of files, as a source tells them. */
function told(files: Readonly<Record<string, string>>): readonly string[] {
  const texts = Object.entries(files).map(([file, text]) => ({ file, text }));
  try {
    parseManifests(texts);
  } catch (error) {
    if (!(error instanceof StepgateError) || !isInputError(error)) throw error;
    return namedProblems(texts, error.problems).map(({ at, message, hint }) => `${at?.file}: ${message}; ${hint}`);
  }
  return [];
}

describe('a file that is no manifest is told once, as what it is', () => {
  test.each([
    ['deploy/kustomization.yaml', 'resources: [shop.yaml]', /is a kustomization.*source: { kustomize: deploy }/],
    ['base/k.yaml', 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n', /{ kustomize: base }/],
    ['kustomization.yml', 'resources: []', /source: { kustomize: \. }/],
    [
      'charts/shop/templates/cm.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n',
      /is a template, such as those of Helm.*{ helm: { chart: charts\/shop } }/,
    ],
    ['t.yaml', '{{- if .Values.on }}\nkind: ConfigMap\n{{- end }}\n', /is a template/],
    ['t.yaml', '{{/* a comment */}}\n{{ include "x" . }}\n', /is a template/],
    ['shop/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.0.0\n', /a part of a Helm chart.*{ chart: shop }/],
    ['shop/values-prod.yaml', 'image: { tag: v1 }\n', /a part of a Helm chart/],
    [
      'deploy/cm.yaml',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n',
      /is a pointer of Git LFS.*git lfs migrate export --include=deploy\/cm.yaml/,
    ],
    ['stepgate.yaml', 'version: 1\ndeliveries: []\n', /is a config of stepgate/],
    ['deploy/README.md', 'Shop\n====\n', /neither YAML nor JSON by its name.*deploy\/\*\.yaml/],
  ])('%s', (file, text, says) => {
    const problems = told({ 'deploy/good.yaml': map, [file]: text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(says);
  });

  test.each([
    ['text of an alert', `${map.replace('{ a: b }', '{ a: "{{ $labels.pod }}" }')}`],
    ['a label that is a number', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, labels: { a: 1 } }\n'],
    ['no kind', 'apiVersion: v1\nmetadata: { name: a }\n'],
    [
      "Flux's Kustomization with a mistake",
      'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: a, labels: { a: 1 } }\n',
    ],
  ])('%s is a manifest', (_, text) => {
    for (const problem of told({ 'deploy/a.yaml': text })) expect(problem).not.toContain('this is');
  });
});

describe('why no file matches', () => {
  const all = ['deploy/shop.yaml', 'deploy/sub/a.yaml', 'base.yml'];
  const modules = submodulesIn('[submodule "v"]\n\tpath = vendor/shop\n\turl = ../v\n');
  test.each([
    ['deploy', /^deploy is a folder: write deploy\/\*\.yaml .* deploy\/\*\*\/\*\.yaml/],
    ['deploy/', /^deploy is a folder/],
    ['vendor/shop/deploy/*.yaml', /^vendor\/shop is a submodule/],
    ['vendor/shop', /^vendor\/shop is a submodule/],
    ['base.yaml', /^there is base\.yml$/],
    ['Deploy/Shop.yaml', /^there is deploy\/shop\.yaml$/],
    [' base.yml', /^there is base\.yml$/],
    ['!deploy/shop.yaml', /^a pattern with ! takes nothing away/],
    ['deploi/*.yaml', /^correct the path or pattern/],
  ])('%s', (pattern, says) => {
    expect(whyNothing([pattern], { all, modules })).toMatch(says);
  });

  test('no submodules are named where there is no .gitmodules', () => {
    expect(submodulesIn(null)).toEqual([]);
  });
});

describe('why a folder has no kustomization', () => {
  const all = [
    'deploy/shop.yaml',
    'shop/base/kustomization.yaml',
    'shop/prod/Kustomization',
    'chart/Chart.yaml',
    'a.yaml',
  ];
  const modules = ['vendor'];
  test.each([
    ['deploy', /files: \[deploy\/\*\.yaml\]/],
    ['shop', /one of the folders that have one: shop\/base, shop\/prod/],
    ['chart', /helm: { chart: chart }/],
    ['a.yaml', /the folder of the kustomization/],
    ['vendor/shop', /^vendor is a submodule/],
    ['nowhere', /^correct the path/],
  ])('%s', (folder, says) => {
    expect(whyNoKustomization(folder, { all, modules })).toMatch(says);
  });
});

test('a config that is a pointer of Git LFS is told as one', () => {
  const file = 'stepgate.yaml';
  expect(() => refusePointer({ file, text: 'version: 1\n' })).not.toThrow();
  expect(() => refusePointer({ file, text: 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n' })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', at: { file, line: 1, column: 1 } }),
  );
});
