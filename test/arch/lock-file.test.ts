import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {projectRoot} from '../support/folders.js'

interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(projectRoot, name), 'utf8'))

describe('the lock file', () => {
  const manifest = read('package.json') as Manifest
  const lock = read('package-lock.json') as {packages: Record<string, Manifest & {resolved?: string}>}

  it('agrees with package.json, so that a clean clone installs', () => {
    const root = lock.packages['']!

    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
      expect(root[kind] ?? {}, kind).to.deep.equal(manifest[kind] ?? {})
      for (const name of Object.keys(manifest[kind] ?? {}))
        expect(lock.packages).to.have.property(`node_modules/${name}`)
    }
  })

  it('names no registry host', () => {
    const named = Object.entries(lock.packages).filter(([, {resolved}]) => resolved !== undefined)

    expect(named.map(([name]) => name)).to.deep.equal([])
  })
})
