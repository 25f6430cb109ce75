// Writes what editors are told of policies from the one place that reads them (src/core/policy): the schema of policy
// files, and the settings of package.json. `--check` writes nothing and fails where something differs.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentSchema, policyFileSchema, policySchema, type Schema } from '../src/core/policy-file';

const ROOT = join(import.meta.dirname, '..');

interface Manifest {
  contributes: { configuration: { properties: Record<string, Record<string, unknown>> } };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function fileSchema(): string {
  const $schema = 'http://json-schema.org/draft-07/schema#';
  return json({ $schema, title: 'Mesh Redirect: policy file', ...policyFileSchema() });
}

/** The manifest with the schemas of its two policy settings; everything else as it is. */
function manifest(text: string): string {
  const parsed = JSON.parse(text) as Manifest;
  const { properties } = parsed.contributes.configuration;
  const put = (setting: string, schema: Pick<Schema, 'properties' | 'additionalProperties' | 'items'>) => {
    properties[setting] = { ...properties[setting], ...schema };
  };
  const { properties: fields = {}, additionalProperties = false } = policySchema();
  put('meshRedirect.policy', { additionalProperties, properties: fields });
  put('meshRedirect.policies', { items: documentSchema() });
  return json(parsed);
}

/** Each file and what is to be in it. */
export function generated(): [file: string, text: string][] {
  return [
    ['schemas/policy-file.schema.json', fileSchema()],
    ['package.json', manifest(readFileSync(join(ROOT, 'package.json'), 'utf8'))],
  ];
}

if (process.argv[1] === import.meta.filename)
  for (const [file, text] of generated()) writeFileSync(join(ROOT, file), text);
