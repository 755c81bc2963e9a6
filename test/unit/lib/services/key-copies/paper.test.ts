import {randomBytes} from 'node:crypto'
import {expect} from 'chai'
import fc from 'fast-check'
import {printKeys, readSheets} from '../../../../../src/lib/services/key-copies/paper.js'
import {failureOf} from '../../../../hsm/failure.js'

const keys = Buffer.from(Array.from({length: 96}, (_, at) => at))
const about = {at: '2026-01-01T00:00:00Z', fingerprint: '0123456789abcdef'}

describe('paper copies of a key', () => {
  it('give the key back, also with capitals, letters for digits and other blanks', async () => {
    const [sheet = ''] = await printKeys(keys, about)
    const [heading = '', ...rest] = sheet.split('\n\n')
    const lines = rest.join('\n').replaceAll('0', 'O').replaceAll('1', 'l').replaceAll(' ', '   ')
    // The numbers of the lines are digits.
    const numbered = lines.replaceAll(/^[\dOl]+/gm, (text) => text.replaceAll('O', '0').replaceAll('l', '1'))

    expect((await readSheets([sheet])).equals(keys)).to.equal(true)
    expect(
      (await readSheets([`${heading}\n\n${numbered.toUpperCase().replaceAll('\n', '\r\n')}`])).equals(keys),
    ).to.equal(true)
  })

  it('name the line of a slip', async () => {
    const [sheet = ''] = await printKeys(keys, about)
    const lines = sheet.split('\n')
    const at = lines.findIndex((line) => line.startsWith('07:'))
    const wrong = lines.with(at, lines[at]!.replace('3031', '3032'))
    const swapped = lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!)
    const missing = lines.toSpliced(at, 1)

    for (const text of [wrong, swapped, missing]) {
      const failure = await failureOf(readSheets([text.join('\n')]))
      expect(failure.code).to.equal('INVALID_INPUT')
      expect(failure.message).to.equal('Line 7 of sheet 1 is not right.')
    }
  })

  it('find every change of a single character in the lines', async () => {
    const [sheet = ''] = await printKeys(randomBytes(96), about)
    const start = sheet.indexOf('01:')
    const places = [...sheet].flatMap((character, at) => (at >= start && /[0-9a-f]/.test(character) ? [at] : []))

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.constantFrom(...'0123456789abcdef'), async (at, character) => {
        fc.pre(sheet[at] !== character)
        const failure = await failureOf(readSheets([sheet.slice(0, at) + character + sheet.slice(at + 1)]))
        expect(failure.code).to.equal('INVALID_INPUT')
      }),
    )
  })

  it('split into shares of which any so many suffice, and fewer do not', async () => {
    const sheets = await printKeys(keys, {...about, shares: 5, needed: 3})

    for (const chosen of [
      [0, 1, 2],
      [4, 2, 0],
      [1, 3, 4],
      [0, 1, 2, 3, 4],
    ]) {
      const read = await readSheets(chosen.map((at) => sheets[at]!))
      expect(read.equals(keys)).to.equal(true)
    }
    expect((await failureOf(readSheets([sheets[0]!, sheets[1]!, sheets[1]!]))).message).to.equal(
      '3 different sheets are needed, there are 2.',
    )
    expect(sheets.every((sheet) => !sheet.includes('0001 0203'))).to.equal(true)
  })

  it('refuse sheets of two copies, other texts and impossible numbers', async () => {
    const [one = ''] = await printKeys(keys, {...about, shares: 2, needed: 2})
    const [, two = ''] = await printKeys(keys, {...about, shares: 2, needed: 2})

    expect((await failureOf(readSheets([one, two]))).message).to.equal('The sheets belong to different copies.')
    expect((await failureOf(readSheets(['something else']))).code).to.equal('INVALID_INPUT')
    expect((await failureOf(printKeys(keys, {...about, shares: 3, needed: 4}))).code).to.equal('USAGE')
    expect((await failureOf(printKeys(keys, {...about, shares: 3, needed: 1}))).code).to.equal('USAGE')
  })
})
