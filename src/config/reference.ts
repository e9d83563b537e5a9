/** Config: docs/configuration.md, the reference of every key, written from the JSON Schemas. Pure. */

import type { ConfigJsonSchemas, JsonSchema } from './json-schema.js';

export function renderReference(schemas: ConfigJsonSchemas): string {
  const variants = schemas['repos.d'].oneOf ?? [];
  const types = variants.map((variant) => String(asSchema(variant.properties?.['type']).const));
  const common = Object.entries(asSchema(variants[0]).properties ?? {})
    .filter(([key]) => !types.includes(key) && key !== 'credentials');
  const credentials = asSchema(asSchema(variants[0]).properties?.['credentials']).oneOf ?? [];
  return [
    introduction,
    '## conf.d\n',
    ...Object.entries(schemas['conf.d'].properties ?? {}).flatMap(([key, block]) => renderBlock(key, asSchema(block))),
    '## repos.d\n',
    repositories,
    renderTable(common.flatMap(([key, schema]) => rowsOf(key, asSchema(schema), asSchema(variants[0]).required ?? [], types))),
    '### credentials\n',
    'For upstream. They are sent to the origins of `upstream.url` and `upstream.urls`, or of the list itself, and nowhere else, whatever a redirect or a list says. Other servers see what `origins` gives them.\n',
    ...credentials.flatMap((variant) => renderCredentials(asSchema(variant))),
    ...types.flatMap((type, index) => renderBlock(type, asSchema(asSchema(variants[index]).properties?.[type]))),
  ].join('\n');
}

const introduction = `# Configuration

This page is written by \`npm run docs\` from the schema that checks the files. \`chantal config check\` reports everything that is wrong with
them at once, each with file, line and column; \`chantal config show\` prints what they amount to, secrets masked; \`chantal config schema\`
prints the JSON Schema for an editor.

- \`conf.d/*.yaml\`: global settings. All files in name order, merged deeply; a later file wins, a list replaces a list. Any block in any file, every
  block may be missing.
- \`repos.d/*.yaml\`: one repository a file. Editors' hidden files and other endings are not read.
- \`policies.d/*.yaml\`: rules for definitions, see [definitions.md](definitions.md).
- \`\${NAME}\` in a text is the environment variable's value, \`$\${NAME}\` the characters themselves. A variable that is not set is an error. Where a
  number or a switch is due, the variable's text is read as one.
- A key that ends in \`_file\` names a file of one line that holds the secret; its line break is not part of it.
- Durations are seconds, or \`30s\`, \`5m\`, \`2h\`, \`1d\`, \`1w\`. Bandwidths are bits a second, or \`500K\`, \`100M\`, \`1G\` (decimal).
- Paths are absolute. No publish path may lie in another one, in the pool or in the cache.
`;

const repositories = `Four lines are enough: \`name\`, \`type\`, \`upstream.url\` and a key, or \`gpgcheck: false\`, in the section named after the type.

\`\`\`yaml
name: example
type: apt
upstream: {url: https://packages.example.org/debian}
apt: {distribution: bookworm, gpgkey_file: /etc/chantal/keys/example.asc}
\`\`\`
`;

function renderBlock(key: string, block: JsonSchema): readonly string[] {
  if (block.properties === undefined && typeof block.additionalProperties === 'object') return [`### ${key}\n`, `${block.description ?? ''}\n`, renderTable(rowsOf('<name>', block.additionalProperties, [], []))];
  if (block.properties === undefined) return [`### ${key}\n`, renderTable(rowsOf(key, block, [], []))];
  const rows = Object.entries(block.properties).flatMap(([name, schema]) => rowsOf(name, asSchema(schema), block.required ?? [], []));
  return [`### ${key}\n`, `${block.description ?? ''}\n`, ...(rows.length === 0 ? [] : [renderTable(rows)])];
}

function renderCredentials(variant: JsonSchema): readonly string[] {
  const { type, ...properties } = variant.properties ?? {};
  const rows = Object.entries(properties).flatMap(([name, schema]) => rowsOf(name, asSchema(schema), variant.required ?? [], []));
  return [`\`type: ${String(asSchema(type).const)}\`\n`, renderTable(rows)];
}

type Row = readonly [key: string, value: string, standard: string, description: string];

function rowsOf(key: string, schema: JsonSchema, required: readonly string[], types: readonly string[]): readonly Row[] {
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, inner]) => rowsOf(`${key}.${name}`, asSchema(inner), (schema.required ?? []).map((each) => `${key}.${each}`), types));
  }
  const items = asSchema(schema.items as JsonSchema);
  if (schema.type === 'array' && items.properties !== undefined) {
    const inner = Object.entries(items.properties).flatMap(([name, each]) => rowsOf(`${key}[].${name}`, asSchema(each), (items.required ?? []).map((one) => `${key}[].${one}`), types));
    return [[`\`${key}\``, 'list of blocks', `\`${JSON.stringify(schema.default ?? [])}\``, schema.description ?? ''], ...inner];
  }
  if (schema.type === 'object') return [[`\`${key}\``, '`{}`', '', schema.description ?? '']];
  const standard = schema.default === undefined || schema.default === '' ? (required.includes(key) ? 'required' : '') : `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``;
  return [[`\`${key}\``, key === 'type' ? types.map((type) => `\`${type}\``).join(', ') : describeType(schema), standard, schema.description ?? '']];
}

function renderTable(rows: readonly Row[]): string {
  return ['| key | value | default | |', '|---|---|---|---|', ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`), ''].join('\n');
}

function describeType(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.properties !== undefined) return `\`{${Object.keys(schema.properties).join(', ')}}\``;
  if (schema.oneOf !== undefined) return 'block';
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => describeType(asSchema(each))).join(' or ');
  if (schema.type === 'array') return `list of ${describeType(asSchema(schema.items as JsonSchema)).replace('text', 'texts')}`;
  const range = schema.minimum !== undefined && schema.maximum !== undefined ? ` ${schema.minimum}–${schema.maximum}` : '';
  const names: Readonly<Record<string, string>> = { string: 'text', integer: 'number', number: 'number', boolean: 'true, false' };
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return `${types.map((type) => names[String(type)] ?? String(type)).join(' or ')}${range}`;
}

function asSchema(schema: JsonSchema | boolean | undefined): JsonSchema {
  return typeof schema === 'object' ? schema : {};
}
