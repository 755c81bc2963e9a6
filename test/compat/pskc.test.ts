import {execFileSync, spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {openTokenFile} from '../../src/importers/open.js'
import {makeWriter} from '../../src/importers/writers/registry.js'
import type {ImportedToken} from '../../src/lib/types/imported-token.js'
import {projectRoot, temporaryFolder} from '../support/folders.js'

/** How many files of each direction; the long run sets it to 1000. */
const files = Number(process.env['PI_TEST_PSKC_FILES'] ?? 60)

const python = '/usr/bin/python3'
const script = join(projectRoot, 'test/compat/python_pskc.py')
const present = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
const hasPskc = present(python, '-c', 'import pskc')
const hasPskctool = present('pskctool', '--version')

interface Fact {
  file: string
  key?: string
  password?: string
  cipher: string | null
  tokens: (Omit<ImportedToken, 'secret'> & {secret: string; timeDrift?: number})[]
}

/** Runs where the program is there; in CI a missing one is a failure. */
function itWith(there: boolean, needs: string, title: string, body: () => Promise<void>): void {
  if (there) it(title, body).timeout(1_200_000)
  else if (process.env['CI'] === 'true') {
    it(title, () => {
      throw new Error(`${needs} is not installed`)
    })
  } else it(`${title} (needs the Debian package ${needs})`)
}

describe('PSKC and python3-pskc', () => {
  itWith(hasPskc, 'python3-pskc', 'agree on random files that it writes', async () => {
    const folder = temporaryFolder('pskc')
    const facts = JSON.parse(
      execFileSync(python, [script, 'write', folder, String(files), '1'], {encoding: 'utf8', maxBuffer: 1e8}),
    ) as Fact[]

    for (const {file, key, password, tokens, cipher} of facts) {
      const opened = await openTokenFile(join(folder, file), {
        presharedKey: key === undefined ? undefined : Buffer.from(key, 'hex'),
        password: async () => password,
      })
      const read: unknown[] = []
      for await (const row of opened.rows()) read.push('token' in row ? row.token : row)
      expect(read, `${file} (${String(cipher)})`).to.have.length(tokens.length)
      for (const [at, {timeDrift, counter, ...expected}] of tokens.entries()) {
        expect(read[at], `${file} (${String(cipher)})`).to.deep.include({
          ...expected,
          ...(counter ? {counter} : {}),
          ...(timeDrift ? {timeShift: timeDrift * (expected.timeStep ?? 30)} : {}),
        })
      }
    }
  })

  itWith(
    hasPskc && hasPskctool,
    'python3-pskc and pskctool',
    'agree on random files that we write, which are valid by the schema',
    async () => {
      const folder = temporaryFolder('pskc')

      for (let at = 0; at < files; at++) {
        const path = join(folder, `${String(at)}.xml`)
        const presharedKey =
          at % 3 === 0 ? randomBytes([16, 24, 32][at % 9 === 0 ? 0 : at % 9 === 3 ? 1 : 2]!) : undefined
        const password = at % 3 === 1 ? `pässword ${String(at)}` : undefined
        const tokens = randomTokens(at)
        const writer = await makeWriter('pskc', {presharedKey, password, plain: at % 3 === 2})
        writeFileSync(
          path,
          [await writer.begin(), ...tokens.map((token) => writer.token(token)), writer.end()].join(''),
        )

        execFileSync('pskctool', ['--validate', path], {stdio: 'pipe'})
        const key = presharedKey?.toString('hex') ?? ''
        const read = JSON.parse(
          execFileSync(python, [script, 'read', path, key, password ?? ''], {encoding: 'utf8'}),
        ) as Record<string, unknown>[]
        expect(read).to.have.length(tokens.length)
        for (const [number, token] of tokens.entries()) {
          expect(read[number]).to.deep.include({
            serial: token.serial,
            algorithm: `urn:ietf:params:xml:ns:keyprov:pskc:${token.type}`,
            secret: token.secret,
            length: token.otplen,
            suite: `HMAC-${token.hashlib!.toUpperCase()}`,
            checked: true,
            ...(token.type === 'hotp' ? {counter: token.counter} : {timeInterval: token.timeStep}),
          })
        }
      }
    },
  )
})

function randomTokens(at: number): (ImportedToken & {secret: string})[] {
  return Array.from({length: 1 + (at % 3)}, (_, number) => {
    const timed = (at + number) % 2 === 0
    return {
      serial: `OUR${String(at)}-${String(number)}`,
      type: timed ? 'totp' : 'hotp',
      secret: randomBytes(16 + ((at * 7 + number) % 49)).toString('hex'),
      otplen: 6 + (at % 3),
      hashlib: ['sha1', 'sha256', 'sha512'][at % 3]!,
      description: 'Maker & <Söhne>',
      ...(timed ? {timeStep: 30 + 30 * (at % 2)} : {counter: at * 11}),
    }
  })
}
