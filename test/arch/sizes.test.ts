import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {projectRoot} from '../support/folders.js'

const most = 400

/** Files that may be longer, and why. */
const reasons: Record<string, string> = {}

describe('the size of files', () => {
  const files = ['src', 'test', 'scripts', 'bin', 'bench'].flatMap((folder) =>
    (readdirSync(join(projectRoot, folder), {encoding: 'utf8', recursive: true}) as string[])
      .filter((file) => /\.(?:ts|m?js)$/.test(file) && !file.startsWith('fixtures/'))
      .map((file) => join(folder, file)),
  )
  const length = (file: string) => readFileSync(join(projectRoot, file), 'utf8').split('\n').length - 1

  it(`stays below ${most} lines, unless there is a reason`, () => {
    const long = files.filter((file) => length(file) > most && !reasons[file])

    expect(long.map((file) => `${file}: ${length(file)}`)).to.deep.equal([])
  })

  it('has no reason that is not needed any more', () => {
    expect(Object.keys(reasons).filter((file) => !files.includes(file) || length(file) <= most)).to.deep.equal([])
  })
})
