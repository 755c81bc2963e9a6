import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import type {ImportedToken} from '../../../src/lib/types/imported-token.js'
import {fixture} from '../../support/folders.js'
import {rowsOfFile, tokensOf} from '../../support/importers.js'

interface RecordedToken {
  type: string
  otpkey: string
  otplen: number
  count: number
  description: string
  tokeninfo: Record<string, {value: string}>
  owners: {login: string | null; realm: string}[]
}

const folder = 'interop/privacyidea-3.8'
const {tokens} = JSON.parse(readFileSync(fixture(folder, 'expect.json'), 'utf8')) as {
  tokens: Record<string, RecordedToken>
}
const commands = JSON.parse(readFileSync(fixture(folder, 'exports/commands.json'), 'utf8')) as {
  file: string
  stderr: string
}[]

/** What 3.8 writes into the export of a token is all there, but for what spec/03 F 22 says it forgets. */
function compare(read: ImportedToken, file: string): void {
  const recorded = tokens[read.serial]!
  const {type, otpkey, otplen, tokeninfo} = recorded
  const title = `${file}, ${read.serial}`
  expect(read.type, title).to.equal(type)
  expect(String(read.secret).toLowerCase(), title).to.equal(type === 'pw' ? otpkey.toLowerCase() : otpkey)
  if (type === 'pw') return
  expect(read.otplen, title).to.equal(otplen)
  expect(read.hashlib ?? 'sha1', title).to.equal(tokeninfo['hashlib']?.value || 'sha1')
  if (type === 'totp') expect(read.timeStep, title).to.equal(Number(tokeninfo['timeStep']?.value ?? 30))
}

describe('Exports that privacyIDEA 3.8 wrote', () => {
  for (const file of ['janitor_37.xml', 'janitor_38.xml', 'janitor_export_noorphans.xml']) {
    it(`are read as PSKC with every secret and parameter: ${file}`, async () => {
      const {stderr} = commands.find((command) => command.file === file)!
      const key = /^\s+([0-9a-f]{32})$/m.exec(stderr)![1]!
      const count = Number(/(\d+) tokens exported/.exec(stderr)![1])

      const read = tokensOf(await rowsOfFile(fixture(folder, 'exports', file), {presharedKey: Buffer.from(key, 'hex')}))

      expect(read).to.have.length(count)
      for (const token of read) {
        compare(token, file)
        if (token.type === 'hotp') expect(token.counter ?? 0).to.equal(tokens[token.serial]!.count)
      }
    })
  }

  for (const file of ['janitor_export_noorphans.csv', 'janitor_export_noorphans_b32.csv']) {
    it(`are read as CSV with owners: ${file}`, async () => {
      const read = tokensOf(await rowsOfFile(fixture(folder, 'exports', file)))

      expect(read.length).to.be.greaterThan(30)
      for (const token of read) {
        compare(token, file)
        const [owner] = tokens[token.serial]!.owners
        if (owner?.login) expect(token.user).to.include({login: owner.login})
      }
    })
  }
})
