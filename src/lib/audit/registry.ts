import {PiError} from '../errors.js'
import type {AuditEnv, AuditKind, AuditSink} from './contract.js'

/** The audit modules, loaded when first used. */
const kinds: Readonly<Record<string, () => Promise<AuditKind>>> = {
  containeraudit: async () => (await import('./kinds/container.js')).container,
  loggeraudit: async () => (await import('./kinds/logger.js')).logger,
  sqlaudit: async () => (await import('./kinds/sql.js')).sql,
}

/** Opens what PI_AUDIT_MODULE names. @throws PiError CONFIG (unknown module), UNAVAILABLE */
export async function openAudit(env: Omit<AuditEnv, 'open'>): Promise<AuditSink> {
  const open = async (module: string, inside: readonly string[]): Promise<AuditSink> => {
    const name = module.split('.').at(-1) ?? ''
    const load = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (!load || inside.includes(name)) {
      throw new PiError('CONFIG', `There is no audit module '${module}'.`, {
        hints: [`Known: ${Object.keys(kinds).join(', ')}`],
      })
    }
    return (await load()).open({...env, open: (other) => open(other, [...inside, name])})
  }
  return open(env.settings.text('PI_AUDIT_MODULE') ?? 'sqlaudit', [])
}
