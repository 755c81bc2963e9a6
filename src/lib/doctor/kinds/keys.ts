import {createPrivateKey, createPublicKey, type KeyObject} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import type {Settings} from '../../config/settings.js'
import {enckeyBytes} from '../../crypto/enckey.js'
import {reasonOf} from '../../errors.js'
import {outcome, type DoctorCheck, type Fault} from '../contract.js'

/** The keys of the installation: those that encrypt, and the pair that signs. */
export const keyChecks: readonly DoctorCheck[] = [
  {
    id: 'encryption-key',
    title: 'the encryption key can be used',
    severity: 'error',
    mend: 'Bring the key file back from a backup, or correct PI_ENCFILE',
    owns: 'security',
    async run({security}) {
      const {description} = await security()
      return outcome(description, [])
    },
  },
  {
    id: 'encryption-key-fits',
    title: 'the encryption key belongs to the database',
    severity: 'error',
    mend: 'Find the right key file; pi-manage enckey verify looks at every value',
    timeoutMs: 30_000,
    async run({security, database, encryptionCheck}) {
      await Promise.all([security(), database()])
      const {checked, failed} = await encryptionCheck()
      const [first] = failed
      if (!first) return outcome(`${checked} values decrypt, one of each kind`, [])
      const place = `${first.table}.${first.column} of row ${first.id}`
      return outcome('', [{message: `${failed.length} of ${checked} values do not decrypt, e.g. ${place}.`}])
    },
  },
  {
    id: 'encryption-key-strength',
    title: 'the key file holds three random keys',
    severity: 'error',
    mend: 'pi-manage enckey rotate',
    async run({settings, security}) {
      const content = await plainKeyFile(await settings())
      await security()
      if (!content) return {skipped: 'There is no key file without password.'}
      const keys = [0, 32, 64].map((from) => content.subarray(from, from + 32))
      const weak = keys.some((key) => new Set(key).size < 12)
      const same = keys.some((key, at) => keys.some((other, index) => index < at && key.equals(other)))
      content.fill(0)
      if (weak) return outcome('', [{message: 'The key file does not hold random bytes: secrets can be read.'}])
      return outcome('three keys', same ? [{message: 'Two of the three keys are the same.', severity: 'warning'}] : [])
    },
  },
  {
    id: 'encryption-key-password',
    title: 'a key file without password is readable for one user only',
    severity: 'warning',
    mend: 'chmod 0400 the key file, or give it a password: pi-manage enckey encrypt',
    async run({settings, fileFacts}) {
      const found = await settings()
      const content = await plainKeyFile(found)
      content?.fill(0)
      const facts = await fileFacts(found.path('PI_ENCFILE') ?? '')
      if (!content || !facts) return {skipped: 'There is no key file without password.'}
      const shared = (facts.mode & 0o077) !== 0
      return outcome(
        'one user only',
        shared
          ? [{message: `The key file has no password, and its mode ${octal(facts.mode)} lets others read it.`}]
          : [],
      )
    },
  },
  {
    id: 'hsm',
    title: 'the security module and the keys in it are in order',
    severity: 'error',
    mend: 'pi-manage hsm doctor',
    timeoutMs: 30_000,
    async run({settings, security, hsmChecks}) {
      const found = await settings()
      if (found.text('PI_HSM_MODULE_MODULE') === undefined) return {skipped: 'There is no hardware security module.'}
      await security()
      const checks = await hsmChecks()
      const faults = checks
        .filter(({result}) => result === 'failed' || result === 'warning')
        .map(({fix, message, result}): Fault => ({
          message,
          severity: result === 'failed' ? 'error' : 'warning',
          ...(fix && {mend: fix}),
        }))
      return outcome(`${checks.length} checks of hsm doctor`, faults)
    },
  },
  {
    id: 'key-rotation',
    title: 'no key rotation was left half way',
    severity: 'warning',
    mend: 'pi-manage enckey rotate --resume, or --abort',
    async run({settings, unfinishedRotation}) {
      await settings()
      const phase = await unfinishedRotation()
      return outcome(
        'none under way',
        phase === undefined ? [] : [{message: `A key rotation is in phase '${phase}'. Is it still running?`}],
      )
    },
  },
  {
    id: 'audit-keys',
    title: 'the key pair that signs audit rows and answers is whole and strong',
    severity: 'error',
    mend: 'pi-manage setup create-audit-keys makes a pair; pi-manage keys rotate audit replaces one',
    async run({settings}) {
      const found = await settings()
      if (found.flag('PI_AUDIT_NO_SIGN') && found.flag('PI_NO_RESPONSE_SIGN')) return {skipped: 'Nothing is signed.'}
      const faults: Fault[] = []
      const [privateKey, publicKey] = await Promise.all([
        readKey(found.path('PI_AUDIT_KEY_PRIVATE'), 'PI_AUDIT_KEY_PRIVATE', createPrivateKey, faults),
        readKey(found.path('PI_AUDIT_KEY_PUBLIC'), 'PI_AUDIT_KEY_PUBLIC', createPublicKey, faults),
      ])
      if (!privateKey || !publicKey) return outcome('', faults)
      const der = (key: KeyObject) => key.export({format: 'der', type: 'spki'})
      if (!der(createPublicKey(privateKey)).equals(der(publicKey))) {
        faults.push({message: 'The public key does not belong to the private key: nothing that is signed verifies.'})
      }
      const bits = privateKey.asymmetricKeyDetails?.modulusLength
      if (bits !== undefined && bits < 2048) {
        faults.push({
          message: `The key has only ${bits} bits.`,
          severity: 'warning',
          mend: 'pi-manage keys rotate audit',
        })
      }
      return outcome(`RSA, ${bits ?? '?'} bits`, faults)
    },
  },
]

/** The bytes of a key file that has no password; the caller overwrites them. */
async function plainKeyFile(settings: Settings): Promise<Buffer | undefined> {
  const file = settings.path('PI_ENCFILE')
  const content = file === undefined ? undefined : await readFile(file).catch(() => undefined)
  return content?.length === enckeyBytes ? content : undefined
}

async function readKey(
  file: string | undefined,
  setting: string,
  parse: (pem: Buffer) => KeyObject,
  faults: Fault[],
): Promise<KeyObject | undefined> {
  if (file === undefined) {
    faults.push({message: `The setting ${setting} is missing.`})
    return undefined
  }
  try {
    return parse(await readFile(file))
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'it is not there' : code === 'EACCES' ? 'permission denied' : reasonOf(error)
    faults.push({message: `The key file ${file} cannot be used: ${why}.`})
    return undefined
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}
