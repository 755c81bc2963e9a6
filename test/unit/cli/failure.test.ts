import {readFileSync} from 'node:fs'
import {CLIError, ExitError} from '@oclif/core/errors'
import {expect} from 'chai'
import {exitCodes} from '../../../src/cli/exit-codes.js'
import {asPiError, failureText, traceOf} from '../../../src/cli/failure.js'
import {nearest} from '../../../src/cli/nearest.js'
import {PiError} from '../../../src/lib/errors.js'
import {projectRoot} from '../../support/folders.js'

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('failures', () => {
  it('take what oclif says about usage as one line', () => {
    const rows: [string, string][] = [
      ['Nonexistent flag: --bogus\nSee more help with --help', 'Nonexistent flag: --bogus'],
      [
        'Missing 1 required arg:\nserial  serials of the tokens\nSee more help with --help',
        'Missing 1 required arg: serial - serials of the tokens',
      ],
      [
        'Parsing --attempts \n\tExpected an integer but received: x',
        'Parsing --attempts: Expected an integer but received: x',
      ],
      [
        'The following errors occurred:\n  Missing required flag a\n  Missing required flag b',
        'Missing required flag a: Missing required flag b',
      ],
    ]
    for (const [message, expected] of rows) {
      expect(asPiError(new CLIError(message))).to.include({code: 'USAGE', message: expected})
    }
  })

  it('let oclif end on its own', () => {
    expect(asPiError(new ExitError(0))).to.equal(undefined)
  })

  it('explain what the file system says', () => {
    const missing = asPiError(thrownBy(() => readFileSync('/nonexistent/file')))
    const folder = asPiError(thrownBy(() => readFileSync('/')))
    const full = asPiError(Object.assign(new Error('x'), {code: 'ENOSPC', path: '/data/x', syscall: 'write'}))

    expect(missing).to.include({code: 'INVALID_INPUT', message: '/nonexistent/file: it does not exist.'})
    expect(folder).to.include({code: 'INVALID_INPUT', message: 'read: it is a directory.'})
    expect(asPiError(new Error('No directory found at /x'))).to.include({
      code: 'INVALID_INPUT',
      message: 'No directory found at /x.',
    })
    expect(full).to.include({code: 'UNAVAILABLE', message: '/data/x: no space is left on the device.'})
  })

  it('call the rest a defect, and a prompt that was left an interruption', () => {
    expect(asPiError(new TypeError('x is undefined'))).to.include({
      code: 'INTERNAL',
      message: 'This is a defect: x is undefined',
    })
    expect(asPiError(Object.assign(new Error('force closed'), {name: 'ExitPromptError'}))?.code).to.equal('INTERRUPTED')
  })

  it('show message and hints, and for DEBUG all causes', () => {
    const failure = new PiError('REFUSED', 'No.', {cause: new Error('inner'), hints: ['Try a', 'Try b']})

    expect(failureText(failure)).to.equal('Error: No.\n  Try a\n  Try b')
    expect(traceOf(failure)).to.match(/No\.[^]*Caused by: Error: inner/)
  })

  it('have the exit statuses that docs/exit-codes.md lists', () => {
    const page = readFileSync(`${projectRoot}/docs/exit-codes.md`, 'utf8')

    for (const [code, status] of Object.entries(exitCodes)) {
      expect(page, code).to.match(new RegExp(`^\\| ${status} \\|[^\\n]*\`${code}\``, 'm'))
    }
  })
})

describe('nearest', () => {
  it('finds what was probably meant, and nothing far away', () => {
    const known = ['admin list', 'token list', 'token show', 'db status']

    expect(nearest('admni list', known)).to.equal('admin list')
    expect(nearest('token lst', known)).to.equal('token list')
    expect(nearest('tokne show', known)).to.equal('token show')
    expect(nearest('something else', known)).to.equal(undefined)
  })
})
