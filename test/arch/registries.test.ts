import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {expect} from 'chai'
import {projectRoot} from '../support/folders.js'

/** Every `registry.ts` below src, with the folder of what it registers. */
const families = (readdirSync(join(projectRoot, 'src'), {encoding: 'utf8', recursive: true}) as string[])
  .filter((file) => /(?:^|\/)registry\.ts$/.test(file))
  .map((file) => join(projectRoot, 'src', file))
  .flatMap((registry) =>
    ['kinds', 'drivers']
      .map((name) => join(dirname(registry), name))
      .filter((folder) => existsSync(folder))
      .map((folder) => ({folder, registry})),
  )

/** The files of ours that a file imports, without extension. */
function importsOf(file: string): string[] {
  const matches = readFileSync(file, 'utf8').matchAll(/(?:import\(|from )'(\.[^']+)\.js'/g)
  return [...matches].map((match) => resolve(dirname(file), match[1]!))
}

describe('the registries', () => {
  it('are found', () => {
    expect(families).to.have.length.greaterThan(0)
  })

  for (const {folder, registry} of families) {
    const name = relative(projectRoot, folder)
    const imported = importsOf(registry)
    // A driver may be built from parts that lie beside it.
    const parts = readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => (name.endsWith('drivers') ? importsOf(join(folder, file)) : []))

    it(`of ${name} name every file in it`, () => {
      const kinds = readdirSync(folder).map((file) =>
        statSync(join(folder, file)).isDirectory()
          ? join(folder, file, 'index')
          : join(folder, file.replace(/\.ts$/, '')),
      )

      expect(
        kinds.filter((kind) => ![...imported, ...parts].includes(kind)).map((kind) => relative(folder, kind)),
      ).to.deep.equal([])
    })

    it(`of ${name} name only files that exist`, () => {
      expect(imported.filter((file) => !existsSync(`${file}.ts`))).to.deep.equal([])
    })
  }
})
