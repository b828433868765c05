import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChartFile, callsIn, schemaReferences } from '../../src/config/chart.ts';

const files = (texts: Readonly<Record<string, string>>): readonly ChartFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, text }));
const told = (texts: Readonly<Record<string, string>>, rendered = '') =>
  callsIn(files(texts), rendered, ['lookup', 'now']).map(({ name, path, line }) => `${path}:${line} ${name}`);

describe('calls that a rendering may reach', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'in a template',
      { 'templates/a.yaml': 'x: 1\ny: {{ lookup "v1" "Secret" "a" "b" }}' },
      ['templates/a.yaml:2 lookup'],
    ],
    [
      'in parentheses',
      { 'templates/a.yaml': '{{- if (lookup "v1" "Secret" "a" "b") }}{{ end }}' },
      ['templates/a.yaml:1 lookup'],
    ],
    ['behind a pipe', { 'templates/a.yaml': '{{ now | date "2006" }}' }, ['templates/a.yaml:1 now']],
    ['in a template of a folder', { 'templates/x/a.yaml': '{{ now }}' }, ['templates/x/a.yaml:1 now']],
    [
      'in a partial that is included',
      { 'templates/a.yaml': '{{ include "a" . }}', 'templates/_h.tpl': '{{ define "a" }}\n{{ now }}{{ end }}' },
      ['templates/_h.tpl:2 now'],
    ],
    [
      'in a partial of a partial',
      {
        'templates/a.yaml': '{{ template "a" . }}',
        'templates/_h.tpl':
          '{{ define "a" }}{{ include `b` . }}{{ end }}{{ define "b" }}{{ if .x }}{{ now }}{{ end }}{{ end }}',
      },
      ['templates/_h.tpl:1 now'],
    ],
    [
      'in a partial whose name is computed',
      {
        'templates/a.yaml': '{{ include (printf "%s" .x) . }}',
        'templates/_h.tpl': '{{ define "a" }}{{ now }}{{ end }}',
      },
      ['templates/_h.tpl:1 now'],
    ],
    ['in a block', { 'templates/a.yaml': '{{ block "a" . }}{{ now }}{{ end }}' }, ['templates/a.yaml:1 now']],
    [
      'in a value that tpl renders',
      { 'templates/a.yaml': '{{ tpl .Values.x . }}', 'values.yaml': 'x: "{{ now }}"' },
      ['values.yaml:1 now'],
    ],
    ['in a value that nothing renders', { 'templates/a.yaml': '{{ .Values.x }}', 'values.yaml': 'x: "{{ now }}"' }, []],
    ['in a partial that nothing includes', { 'templates/_h.tpl': '{{ define "a" }}{{ now }}{{ end }}' }, []],
    ['after a partial', { 'templates/a.yaml': '{{ define "a" }}{{ end }}{{ now }}' }, ['templates/a.yaml:1 now']],
    ['in a comment', { 'templates/a.yaml': '{{/* lookup now */}}{{- /* }} now */ -}}' }, []],
    ['in a string', { 'templates/a.yaml': '{{ "now }} lookup" }}{{ `now` }}{{ "\\"now" }}' }, []],
    ['in the text around', { 'templates/a.yaml': 'now: lookup' }, []],
    ['as a field or a variable', { 'templates/a.yaml': '{{ .Values.now }}{{ $now }}{{ .lookup.x }}{{ nowhere }}' }, []],
    ['in notes', { 'templates/NOTES.txt': '{{ now }}' }, []],
    ['in a page', { 'README.md': '{{ now }}', 'templates/a.yaml': '{{ tpl "x" . }}' }, []],
  ])('%s', (_, texts, expected) => {
    expect(told(texts)).toEqual(expected);
  });

  const sub = { 'templates/a.yaml': 'a: 1', 'charts/redis/templates/s.yaml': '{{ lookup "v1" "Secret" "a" "b" }}' };
  test.each<[string, string, number]>([
    ['that is switched off', '# Source: shop/templates/a.yaml', 0],
    ['that is rendered', '# Source: shop/templates/a.yaml\n# Source: shop/charts/redis/templates/x.yaml', 1],
    ['that may be rendered under another name', '# Source: shop/charts/cache/templates/x.yaml', 1],
  ])('in a chart below charts/ %s', (_, rendered, count) => {
    expect(told(sub, rendered)).toHaveLength(count);
  });

  test('whatever the text, it ends, and a text without braces has none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{{', '}}', '"', '`', '\\', '/*', '*/', 'now', ' ', 'end', 'define "a"', '\n')),
        (parts) => {
          const text = parts.join('');
          const found = told({ 'templates/a.yaml': text });
          if (!text.includes('{{')) expect(found).toEqual([]);
        },
      ),
    );
  });
});

test.each<[string, readonly string[]]>([
  ['{"$ref":"https://a.example/x.json"}', ['https://a.example/x.json']],
  ['{"properties":{"x":{"allOf":[{"$ref":"file:///etc/passwd"}]}}}', ['file:///etc/passwd']],
  ['{"$ref":"other.json"}', ['other.json']],
  ['{"$schema":"http://json-schema.org/draft-07/schema#","$id":"https://a.example","$ref":"#/$defs/x"}', []],
  ['no JSON', []],
])('references of the schema %s', (text, expected) => {
  const found = schemaReferences(
    files({ 'values.schema.json': text, 'charts/a/values.schema.json': '{"$ref":"b"}', 'x.json': text }),
  );
  expect(found.map(({ to }) => to)).toEqual([...expected, 'b']);
});
