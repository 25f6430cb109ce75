import * as z from 'zod';
import { portRangeText } from '../net';
import {
  ANNOTATION_PREFIX,
  DEFAULT_POLICY,
  FSM_LISTS,
  PolicyDocument,
  PolicySettings,
  type Policy,
} from '../policy';

/** As much of JSON Schema as is used here. */
export interface Schema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  const?: unknown;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
}

const asSchema = (schema: z.ZodType): Schema => {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  delete described.$schema;
  return described as Schema;
};

/** FSM's default of a field as a person writes it. */
function defaultOf(field: keyof Policy): unknown {
  const value = DEFAULT_POLICY[field];
  if (!Array.isArray(value)) return value;
  return value.map((item) => {
    if (typeof item === 'string' || !('first' in item)) return item;
    return item.first === item.last ? item.first : portRangeText(item);
  });
}

/** A policy as it stands in the settings, with FSM's defaults. */
export function policySchema(): Schema {
  const { properties = {}, ...schema } = asSchema(PolicySettings);
  const described = Object.entries(properties).map(([field, property]): [string, Schema] => {
    const { type, ...rest } = property;
    return [field, { ...(type && { type }), default: defaultOf(field as keyof Policy), ...rest }];
  });
  return { ...schema, properties: Object.fromEntries(described) };
}

/** A document of a policy file; also an entry of `meshRedirect.policies`. */
export function documentSchema(): Schema {
  const schema = asSchema(PolicyDocument);
  const policy = policySchema();
  const annotations = FSM_LISTS.flatMap(([field, , name]): [string, Schema][] => {
    const description = policy.properties?.[field]?.description;
    return name ? [[ANNOTATION_PREFIX + name, { type: 'string', ...(description && { description }) }]] : [];
  });
  return {
    ...schema,
    properties: {
      ...schema.properties,
      policy: { ...policy, description: 'What is to be redirected, in the words of FSM.' },
      annotations: {
        ...schema.properties?.['annotations'],
        properties: Object.fromEntries(annotations),
      },
    },
  };
}

/** What is read of FSM's `MeshConfig`. */
export function meshConfigSchema(): Schema {
  const fields = policySchema().properties ?? {};
  const lists = FSM_LISTS.flatMap(([field, name]): [string, Schema][] => {
    const schema = fields[field];
    return schema ? [[name, schema]] : [];
  });
  const localProxyMode: Schema = {
    type: 'string',
    oneOf: [{ const: 'Localhost' }, { const: 'PodIP' }],
    default: 'Localhost',
    ...(fields['podIpMode']?.description && { description: fields['podIpMode'].description }),
  };
  return {
    type: 'object',
    required: ['kind'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { const: 'MeshConfig', description: 'FSM’s configuration of a mesh.' },
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        properties: {
          traffic: {
            type: 'object',
            description: 'Which traffic the mesh takes.',
            properties: Object.fromEntries(lists),
          },
          sidecar: { type: 'object', properties: { localProxyMode } },
        },
      },
    },
  };
}

/**
 * Without what judges values: the editor's own words for a wrong one would stand beside ours, which know a remedy.
 */
function withoutLimits({ type, description, default: preset, ...schema }: Schema): Schema {
  const choices = schema.oneOf?.filter((choice) => choice.const !== undefined) ?? [];
  const properties = Object.entries(schema.properties ?? {});
  return {
    ...(type && { type }),
    ...(description && { description }),
    ...(preset !== undefined && { default: preset }),
    ...(schema.const !== undefined && { const: schema.const }),
    ...(schema.required && { required: schema.required }),
    ...(choices.length > 0 && { oneOf: choices }),
    ...(schema.items && { items: withoutLimits(schema.items) }),
    ...(properties.length > 0 && {
      properties: Object.fromEntries(properties.map(([name, property]) => [name, withoutLimits(property)])),
    }),
  };
}

/** What editors offer and explain in a policy file. */
export function policyFileSchema(): Schema {
  return { anyOf: [withoutLimits(documentSchema()), withoutLimits(meshConfigSchema())] };
}
