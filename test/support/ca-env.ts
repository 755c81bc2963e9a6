import {caKind} from '../../src/lib/ca/registry.js'
import type {CaConnector, CaEnv} from '../../src/lib/ca/contract.js'

/** Surroundings of a connector in tests, with what it warned of. */
export interface TestCaEnv extends CaEnv {
  readonly warnings: string[]
}

export function caEnv(settings: Record<string, string>, more: Partial<CaEnv> = {}): TestCaEnv {
  const warnings: string[] = []
  return {
    settings,
    directory: '/',
    env: () => '/nonexistent',
    now: () => new Date(),
    warn: (message) => void warnings.push(message),
    passphrase: async () => {
      throw new Error('nobody knows the passphrase')
    },
    openDeviceKey: async () => {
      throw new Error('there is no device')
    },
    warnings,
    ...more,
  }
}

export async function openCa(settings: Record<string, string>, more: Partial<CaEnv> = {}): Promise<CaConnector> {
  return (await caKind('local')).open(caEnv(settings, more))
}
