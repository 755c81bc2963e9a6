import {execFileSync, spawnSync} from 'node:child_process'
import {randomBytes, randomInt} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {openTokenFile, type OpenTokenFileOptions} from '../../src/importers/open.js'
import {makeWriter} from '../../src/importers/writers/registry.js'
import type {ImportedToken} from '../../src/lib/types/imported-token.js'
import {projectRoot, temporaryFolder} from '../support/folders.js'
import {failureOf, rowsOf} from '../support/importers.js'

/** How many files of each direction; bench/pskc.ts sets it to 1000. */
const files = Number(process.env['PI_TEST_PSKC_FILES'] ?? 50)

const python = '/usr/bin/python3'
const script = join(projectRoot, 'test/fixtures/importers/recipes/python_pskc.py')
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
      const written: {path: string; key: string; password: string; tokens: ReturnType<typeof randomTokens>}[] = []

      for (let at = 0; at < files; at++) {
        const path = join(folder, `${String(at)}.xml`)
        const presharedKey =
          at % 3 === 0 ? randomBytes([16, 24, 32][at % 9 === 0 ? 0 : at % 9 === 3 ? 1 : 2]!) : undefined
        const password = at % 6 === 1 ? `pässword ${String(at)}` : undefined
        const tokens = randomTokens(at)
        const compat = at % 9 === 0 ? '3.8' : undefined
        const writer = await makeWriter('pskc', {
          presharedKey,
          password,
          plain: !presharedKey && password === undefined,
          compat,
        })
        const text = [await writer.begin(), ...tokens.map((token) => writer.token(token)), writer.end()].join('')
        writeFileSync(path, text)
        execFileSync('pskctool', ['--validate', path], {stdio: 'pipe'})
        written.push({path, key: presharedKey?.toString('hex') ?? '', password: password ?? '', tokens})
        if (presharedKey ?? password) await refusesChange(text, {presharedKey, password: async () => password})
      }
      const read = JSON.parse(
        execFileSync(python, [script, 'read'], {
          encoding: 'utf8',
          input: JSON.stringify(written.map(({path, key, password}) => [path, key, password])),
          maxBuffer: 1e8,
        }),
      ) as Record<string, unknown>[][]

      for (const [at, {tokens}] of written.entries()) {
        expect(read[at]).to.have.length(tokens.length)
        for (const [number, token] of tokens.entries()) {
          const hash = token.hashlib!.toUpperCase()
          expect(read[at]![number]).to.deep.include({
            serial: token.serial,
            algorithm: `urn:ietf:params:xml:ns:keyprov:pskc:${token.type}`,
            secret: token.secret,
            length: token.otplen,
            suite: at % 9 === 0 ? hash : `HMAC-${hash}`,
            checked: true,
            ...(token.type === 'hotp' ? {counter: token.counter} : {timeInterval: token.timeStep}),
            ...(token.info && at % 9 !== 0 && {transactions: 20, expiry: '2034-05-01 12:30:00+00:00'}),
          })
        }
      }
    },
  )
})

/** One byte of a cipher text or of its MAC is another, so the file is refused. */
async function refusesChange(text: string, options: OpenTokenFileOptions): Promise<void> {
  const values = [...text.matchAll(/<(?:xenc:CipherValue|pskc:ValueMAC)>([^<]+)/g)]
  const {0: whole, 1: value = '', index} = values[randomInt(values.length)]!
  const at = index + whole.length - value.length + randomInt(value.replace(/=+$/, '').length - 1)
  const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  expect((await failureOf(rowsOf(changed, options))).code).to.equal('INTEGRITY')
}

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
      ...(number === 1 && {
        info: {validity_period_end: '2034-05-01T12:30+0000', count_auth_success_max: '20'},
      }),
      ...(timed ? {timeStep: 30 + 30 * (at % 2)} : {counter: at * 11}),
    }
  })
}
