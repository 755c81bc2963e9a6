import {mkdtempSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {editConfig, type ConfigEdit} from '../../../../src/lib/config/edit.js'
import {loadSettings} from '../../../../src/lib/config/load.js'
import {PiError} from '../../../../src/lib/errors.js'
import {temporaryFolder} from '../../../support/folders.js'

const folder = temporaryFolder('edit')

function edit(text: string, change: Omit<ConfigEdit, 'comment'>): string {
  return editConfig(Buffer.from(text, 'utf8'), {...change, comment: 'changed'}).toString('utf8')
}

async function settingsIn(text: string): ReturnType<typeof loadSettings> {
  const file = join(mkdtempSync(join(folder, 'one-')), 'pi.cfg')
  writeFileSync(file, text)
  return loadSettings({configFile: file, env: {}})
}

describe('editing a configuration file', () => {
  it('keeps what it replaces as a comment and appends the new line', () => {
    const text = "# mine\nPI_PEPPER = 'old'  # secret\nPI_NODE = 'a'\n"

    expect(edit(text, {set: {PI_PEPPER: 'new'}})).to.equal(
      "# mine\n# PI_PEPPER = 'old'  # secret\nPI_NODE = 'a'\n\n# changed\nPI_PEPPER = 'new'\n",
    )
  })

  it('comments out every line of a value that spans lines', () => {
    const text = "PI_HSM_MODULE_X = ['a',\n  'b',\n]\nPI_NODE = 'a'"

    expect(edit(text, {set: {}, remove: ['PI_HSM_MODULE_X']})).to.equal(
      "# PI_HSM_MODULE_X = ['a',\n#   'b',\n# ]\nPI_NODE = 'a'",
    )
  })

  it('overrides what a block sets, and refuses to remove that', async () => {
    const text = "if True:\n    PI_HSM_MODULE_SLOT = 1\nPI_NODE = 'a'\n"

    const settings = await settingsIn(edit(text, {set: {PI_HSM_MODULE_SLOT: 2}}))

    expect(settings.integer('PI_HSM_MODULE_SLOT')).to.equal(2)
    expect(() => edit(text, {set: {}, remove: ['PI_HSM_MODULE_SLOT']})).to.throw(PiError, 'PI_HSM_MODULE_SLOT')
    expect(() => edit('A, PI_X = 1, 2\n', {set: {}, remove: ['PI_X']})).to.throw(PiError, 'PI_X')
    expect(() => edit('A = 1; PI_X = 2\n', {set: {}, remove: ['PI_X']})).to.throw(PiError, 'PI_X')
  })

  it('does not touch names in values, texts and comments', () => {
    const text = "# PI_X = 1\nA = 'PI_X = 2'\nB = A + str(PI_Y)\n"

    expect(edit(text, {set: {}, remove: ['PI_X', 'PI_Y']})).to.equal(text)
  })

  it('keeps bytes of another encoding', () => {
    const content = Buffer.from("# -*- coding: latin-1 -*-\nPI_LOGO = 'M\xfcnchen'\nPI_X = 1\n", 'latin1')

    const edited = editConfig(content, {set: {PI_X: 'ä'}, comment: 'changed'})

    expect(edited.toString('latin1'))
      .to.contain("PI_LOGO = 'M\xfcnchen'\n# PI_X = 1\n")
      .and.to.contain("PI_X = '\\u00e4'\n")
  })

  it('writes values that read back the same, and expressions as they are', async () => {
    const secret = join(folder, 'pin')
    writeFileSync(secret, 'pin from file\n')
    await fc.assert(
      fc.asyncProperty(fc.string({unit: 'grapheme'}), fc.integer(), async (text, number) => {
        const settings = await settingsIn(
          edit("PI_NODE = 'a'", {
            set: {
              PI_PEPPER: text,
              PI_HSM_MODULE_SLOT: number,
              PI_HSM_MODULE_PASSWORD: {expression: `open('${secret}').read().strip()`},
            },
          }),
        )
        expect(settings.text('PI_PEPPER')).to.equal(text)
        expect(settings.integer('PI_HSM_MODULE_SLOT')).to.equal(number)
        expect(settings.text('PI_HSM_MODULE_PASSWORD')).to.equal('pin from file')
      }),
      {numRuns: 50},
    )
  })

  it('refuses a file that is no Python', () => {
    expect(() => edit('this is (no Python', {set: {PI_X: 1}})).to.throw(PiError, 'not valid Python')
  })
})
