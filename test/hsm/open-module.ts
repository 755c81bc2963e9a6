/** Opens the module of the settings on standard input, encrypts once, and prints the failure as JSON. */
import {readFileSync} from 'node:fs'
import {openSecurityModule} from '../../src/hsm/registry.js'
import {PiError} from '../../src/lib/errors.js'
import {settingsOf} from '../support/settings.js'

try {
  const module = await openSecurityModule(settingsOf(JSON.parse(readFileSync(0, 'utf8')) as Record<string, string>))
  await module.encrypt('token', Buffer.from('x'), Buffer.alloc(16))
  await module.close()
  process.stdout.write('{}')
} catch (error) {
  if (!(error instanceof PiError)) throw error
  process.stdout.write(JSON.stringify({code: error.code, message: error.message}))
}
