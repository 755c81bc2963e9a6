import {readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {listBackups, pruneBackups} from '../../../../../src/lib/services/backup/list.js'
import {temporaryFolder} from '../../../../support/folders.js'

const now = new Date(2026, 2, 31, 12, 0)

function folderWith(...names: string[]): string {
  const folder = temporaryFolder('backups')
  for (const name of names) writeFileSync(join(folder, name), 'x')
  return folder
}

/** One backup each night. */
function nights(count: number): string[] {
  return Array.from({length: count}, (_, back) => {
    const day = new Date(2026, 2, 31 - back)
    const text = [day.getFullYear(), day.getMonth() + 1, day.getDate()]
      .map((part) => String(part).padStart(2, '0'))
      .join('')
    return `privacyidea-backup-${text}-0300.tgz`
  })
}

describe('the backups of a folder', () => {
  it('are listed newest first, and nothing else', async () => {
    const folder = folderWith(
      'privacyidea-backup-20260301-0300.tgz',
      'eduMFA-backup-20260302-0300.tgz.gpg',
      'privacyidea-keys-20260303-0300.tgz',
      'privacyidea-backup-20260304-0300.tgz.part-0a1b2c3d',
      'privacyidea-backup-20261399-0300.tgz',
      'notes.txt',
    )

    const found = await listBackups(folder, now)

    expect(
      found.map(({kind, product, encrypted, ageSeconds}) => ({
        kind,
        product,
        encrypted,
        days: Math.floor(ageSeconds / 86_400),
      })),
    ).to.deep.equal([
      {kind: 'keys', product: 'privacyidea', encrypted: false, days: 28},
      {kind: 'backup', product: 'edumfa', encrypted: true, days: 29},
      {kind: 'backup', product: 'privacyidea', encrypted: false, days: 30},
    ])
  })

  it('are kept by day, week and month', async () => {
    const folder = folderWith(...nights(90))

    const {kept, removed} = await pruneBackups(folder, {daily: 3, weekly: 2, monthly: 3}, {dryRun: false, now})

    const names = (list: {file: string}[]) => list.map(({file}) => /\d{8}/.exec(file)![0])
    // The 29th is a Sunday: the newest of the week before.
    expect(names(kept)).to.deep.equal(['20260331', '20260330', '20260329', '20260228', '20260131'])
    expect(removed).to.have.length(85)
    expect(readdirSync(folder)).to.have.length(5)
  })

  it('go with their keys, and keys without a backup stay', async () => {
    const folder = folderWith(
      'privacyidea-backup-20260330-0300.tgz',
      'privacyidea-keys-20260330-0300.tgz',
      'privacyidea-backup-20260331-0300.tgz',
      'privacyidea-keys-20260331-0300.tgz',
      'privacyidea-keys-20250101-0300.tgz',
    )

    await pruneBackups(folder, {last: 1}, {dryRun: false, now})

    expect(readdirSync(folder).sort()).to.deep.equal([
      'privacyidea-backup-20260331-0300.tgz',
      'privacyidea-keys-20250101-0300.tgz',
      'privacyidea-keys-20260331-0300.tgz',
    ])
  })

  it('are all left alone without a rule, and in a dry run', async () => {
    const folder = folderWith(...nights(5))

    const refusal = await pruneBackups(folder, {}, {dryRun: false, now}).catch((error: unknown) => error)
    await pruneBackups(folder, {last: 1}, {dryRun: true, now})

    expect(refusal).to.include({code: 'USAGE'})
    expect(readdirSync(folder)).to.have.length(5)
  })
})
