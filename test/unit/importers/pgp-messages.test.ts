import {readFileSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'
import {createMessage, encrypt, generateKey} from 'openpgp'
import {openTokenFile, tokenFileOf} from '../../../src/importers/open.js'
import {inputOf} from '../../../src/importers/shared/input.js'
import type {ImportedRow} from '../../../src/lib/types/imported-token.js'
import {fixture, temporaryFolder} from '../../support/folders.js'
import {failureOf} from '../../support/importers.js'

const seed = '3132333435363738393031323334353637383930'
const password = (text: string) => async () => text

describe('OpenPGP messages', () => {
  const encrypted = fixture('interop/privacyidea-3.8/imports/gpg_oath.csv.asc')
  const gnupgHome = async () => fixture('interop/privacyidea-3.8/gpg')

  it('are opened with the key ring of the installation', async () => {
    const file = await openTokenFile(encrypted, {gnupgHome})
    const rows: ImportedRow[] = []
    for await (const row of file.rows()) rows.push(row)

    expect(file.format).to.equal('oath-csv')
    expect(rows.map((row) => 'token' in row && row.token.serial)).to.deep.equal(['IMPG0001', 'IMPG0002'])
  })

  it('are refused without key, with another key, and when damaged', async () => {
    const {privateKey} = await generateKey({userIDs: [{name: 'other'}]})
    const pgpKeyFile = `${temporaryFolder('pgp')}/key.asc`
    writeFileSync(pgpKeyFile, privateKey)
    const text = readFileSync(encrypted, 'utf8')

    expect((await failureOf(openTokenFile(encrypted))).code).to.equal('USAGE')
    expect((await failureOf(openTokenFile(encrypted, {pgpKeyFile}))).code).to.equal('INTEGRITY')
    const changed = inputOf(
      'changed',
      Buffer.from(text.replace('hQEMA3BObASHjFv9AQgAiu8e', 'hQEMA3BObASHjFv9AQgAiu9e')),
    )
    expect((await failureOf(tokenFileOf(changed, {gnupgHome}))).code).to.equal('INTEGRITY')
    const cut = inputOf('cut', Buffer.from(text.slice(0, 400)))
    expect((await failureOf(tokenFileOf(cut, {gnupgHome}))).code).to.be.oneOf(['INTEGRITY', 'INVALID_INPUT'])
  })

  it('are recognised behind blanks and in binary form, and written by ourselves', async () => {
    const message = await createMessage({text: `A1,${seed}\n`})
    const binary = await encrypt({message, passwords: ['geheim'], format: 'binary'})
    const armored = `\uFEFF\n  ${await encrypt({message, passwords: ['geheim']})}`

    for (const bytes of [binary, Buffer.from(armored)]) {
      const file = await tokenFileOf(inputOf('x', bytes), {password: password('geheim')})
      expect(file.format).to.equal('oath-csv')
      expect((await failureOf(tokenFileOf(inputOf('x', bytes), {password: password('wrong')}))).code).to.equal(
        'INTEGRITY',
      )
    }
  })
})
