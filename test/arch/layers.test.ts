import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import {projectRoot} from '../support/folders.js'

describe('the layers', function () {
  this.timeout(180_000)

  it('import only what docs/architecture.md allows, without circles', () => {
    const {status, stdout} = spawnSync(
      'node_modules/.bin/depcruise',
      ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
      {cwd: projectRoot, encoding: 'utf8'},
    )

    expect(status, stdout).to.equal(0)
  })
})
