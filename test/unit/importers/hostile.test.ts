import {expect} from 'chai'
import {hostileFiles} from '../../support/hostile-files.js'
import {failureOf, rowsOf} from '../../support/importers.js'

const seed = '3132333435363738393031323334353637383930'

describe('Hostile token files', () => {
  for (const {name, content, message} of hostileFiles) {
    it(`are refused with one clear line: ${name}`, async () => {
      if (!message) {
        const rows = await rowsOf(content)
        expect(rows.every((row) => 'error' in row)).to.equal(true)
        expect(JSON.stringify(rows)).not.to.contain(seed)
        return
      }
      const {code, message: said} = await failureOf(rowsOf(content))
      expect(code).to.be.oneOf(['INTEGRITY', 'INVALID_INPUT', 'USAGE'])
      expect(said).to.match(message)
      expect(said).not.to.contain('\n')
      expect(said).not.to.contain(seed)
    })
  }

  it('of every encoding and line break give the same tokens', async () => {
    const text = `# version: 2\n,,corp,A1,${seed},hotp,6,7\n,,corp,A2,${seed},totp,8,60\n`
    const expected = await rowsOf(text)
    const crlf = text.replaceAll('\n', '\r\n')
    const big = Buffer.from(`\uFEFF${crlf}`, 'utf16le').swap16()

    const variants: (Buffer | string)[] = [
      crlf,
      text.replaceAll('\n', '\r'),
      `\uFEFF${text}`,
      Buffer.from(`\uFEFF${crlf}`, 'utf16le'),
      Buffer.from(text, 'utf16le'),
      big,
    ]

    for (const [at, variant] of variants.entries()) {
      expect(await rowsOf(variant), `variant ${String(at)}`).to.deep.equal(expected)
    }
    expect(expected).to.have.length(2)
  })
})
