/** Test support: the series of the requirement: aws-rds-mysql from 1.0.0 to 2.0.0, as its owners would have written it. */

import { stringify } from 'yaml';

export interface Written {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Record<string, unknown>;
  readonly spec: Record<string, unknown> & { required_inputs: Record<string, unknown>[]; optional_inputs: Record<string, unknown>[]; outputs: Record<string, unknown>[] };
}

const instanceClass = (pattern: string) => ({ name: 'instance_class', type: 'string', description: 'DB instance class (e.g., db.t3.micro)', validation: { pattern } });
const storage = { name: 'allocated_storage', type: 'integer', description: 'Allocated storage in GB', validation: { min: 20, max: 1000 } };
const retention = { name: 'backup_retention_period', type: 'integer', default: 7, description: 'Backup retention period in days' };
const multiAz = { name: 'multi_az', type: 'boolean', default: false, description: 'A standby in another zone' };

/** `edit` alters it in place. */
export function mysql(version: string, edit: (definition: Written) => void = () => undefined): Written {
  const optional = version === '1.0.0' ? [] : version === '1.1.0' ? [retention] : [retention, multiAz];
  const definition: Written = structuredClone({
    apiVersion: 'catalog.nestor.io/v1',
    kind: 'ResourceDefinition',
    metadata: {
      name: 'aws-rds-mysql', version, provider: 'aws', category: 'database', resource_type: 'mysql',
      description: 'AWS RDS MySQL database instance', maintainers: ['platform-team@company.com'],
    },
    spec: {
      supported_engines: ['crossplane', 'pulumi', 'terraform'],
      required_inputs: [instanceClass(version.startsWith('2.') ? '^db\\.[a-z0-9]+\\.(large|xlarge)$' : '^db\\.[a-z0-9]+\\.[a-z]+$'), storage],
      optional_inputs: optional,
      outputs: [{ name: 'endpoint', type: 'string', description: 'Database connection endpoint' }, { name: 'port', type: 'integer', description: 'Database port' }],
      engine_configs: {
        crossplane: { composition_ref: 'aws-rds-mysql-composition', version: 'v1.2.0' },
        pulumi: { program_template: 'aws-rds-mysql-pulumi', language: 'typescript' },
        terraform: { module_source: 'terraform-aws-modules/rds/aws', module_version: '~> 5.0' },
      },
    },
  });
  edit(definition);
  return definition;
}

export const series = ['1.0.0', '1.1.0', '1.2.0', '2.0.0'] as const;

export function write(...definitions: readonly unknown[]): string {
  return definitions.map((definition) => stringify(definition)).join('---\n');
}
